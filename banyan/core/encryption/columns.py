"""Columns whose content is always encrypted, for what nobody searches by: tokens, answers, rows of files.

They are read and written like plain ones, within the scope of the organization that owns the row. Content
from before the column was encrypted is read as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from banyan.core.encryption.sealing import is_sealed, open_text, seal_text
from banyan.core.tenancy.scope import current_organization_id

if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
    _Json = models.JSONField[Any, Any]
    _Field = models.Field[Any, Any]
else:
    _Text, _Json, _Field = models.TextField, models.JSONField, object

COLUMN = "column"


class SealedColumn(_Field):
    """Mixin of such columns; content is bound to the organization, the table and the column."""

    def seal(self, text: str) -> str:
        """Return the sealed form of a content."""
        return seal_text(_organization_id(), COLUMN, text, *self._place())

    def open(self, stored: str) -> str:
        """Return the content of a sealed form; raise ``Unreadable``."""
        return open_text(_organization_id(), COLUMN, stored, *self._place())

    def stored_form(self, value: Any) -> Any:
        """Return what raw SQL has to write for a value."""
        raise TypeError(type(self).__name__)

    def _place(self) -> tuple[str, str]:
        return self.model._meta.db_table, self.column  # noqa: SLF001 Django's public model API is named so


class SealedTextField(SealedColumn, _Text):
    """Text that lies encrypted in the database."""

    def stored_form(self, value: Any) -> Any:
        """Return the sealed text; empty ones stay."""
        return self.seal(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        """Seal on the way to the database."""
        return self.stored_form(super().get_prep_value(value))

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        """Open on the way back."""
        return self.open(value) if is_sealed(value) else value


class SealedJSONField(SealedColumn, _Json):
    """JSON that lies encrypted in the database, as one JSON string; it cannot be searched."""

    def stored_form(self, value: Any) -> Any:
        """Return the sealed JSON; None and what is empty stay."""
        return self.seal(json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)) if value else value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002 Django's own
        """Seal on the way to the database."""
        is_plain = isinstance(value, (dict, list, str)) and not is_sealed(value)
        return super().get_db_prep_value(self.stored_form(value) if is_plain else value, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Open on the way back."""
        found = super().from_db_value(value, expression, connection)
        return json.loads(self.open(found)) if is_sealed(found) else found


def _organization_id() -> Any:
    found = current_organization_id()
    if found is None:
        raise RuntimeError("Sealed columns are read and written within an organization's scope.")
    return found
