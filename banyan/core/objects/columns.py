"""Columns of built-in fields that an organization may have encrypted: as long as a sealed value needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    _Base = models.CharField[Any, Any]
else:
    _Base = object


class SealableColumn(_Base):
    """Mixin of columns whose declared length is that of the clear value; the database holds any text.

    Code that reads such a column past ``records.drafts``, ``listing.query`` or ``listing.opening`` may meet
    sealed values.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return ``text``: changing a column to it rewrites neither the table nor its indexes."""
        return "text"


class SealableCharField(SealableColumn, models.CharField):
    """A line of text that may be encrypted."""


class SealableEmailField(SealableColumn, models.EmailField):
    """An e-mail address that may be encrypted."""
