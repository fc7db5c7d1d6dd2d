"""Columns that the tables of supply share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

LIVE = Q(deleted_at__isnull=True)


def quantity_column(label: Any = None, **options: Any) -> models.DecimalField[Any, Any]:
    """Return a column for a quantity: three places, never a float."""
    return models.DecimalField(label, max_digits=14, decimal_places=3, **{"default": Decimal(0), **options})
