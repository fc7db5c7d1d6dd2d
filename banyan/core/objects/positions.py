"""Rows of the set-up that stand in an order which administrators choose."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


def put_in_order(rows: Iterable[Row], ids: Sequence[uuid.UUID]) -> list[Row]:
    """Store the rows in the order of their ids and return them so; those not named come last, as they stood."""
    wanted = {row_id: index for index, row_id in enumerate(ids)}
    ordered: list[Any] = sorted(rows, key=lambda row: wanted.get(row.pk, len(wanted)))
    for position, row in enumerate(ordered):
        row.position = position
    if ordered:
        type(ordered[0])._default_manager.bulk_update(ordered, ["position"])  # noqa: SLF001 Django's own name for it
    return ordered
