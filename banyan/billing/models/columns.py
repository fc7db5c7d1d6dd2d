"""Columns that the tables of billing share."""

from __future__ import annotations

from typing import Any

from django.db import models

LIVE = models.Q(deleted_at__isnull=True)
MOST_DAYS = 3_650


def money(label: Any, **options: Any) -> models.DecimalField[Any, Any]:
    """Return the column of an amount."""
    return models.DecimalField(label, max_digits=18, decimal_places=2, **options)


def by(model: Any, label: Any, **options: Any) -> models.ForeignKey[Any, Any]:
    """Return the column of a link that is kept from dangling; its index begins with the organization, as all do."""
    options = {"db_index": False, **options}
    return models.ForeignKey(model, on_delete=models.PROTECT, related_name="+", verbose_name=label, **options)
