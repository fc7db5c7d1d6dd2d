"""Reading one row, when a query can find no more than that."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from banyan.core.kernel.moments import once_a_moment

Row = TypeVar("Row", bound=Model)


def the_row(rows: QuerySet[Row]) -> Row | None:
    """Return the row that a query by a unique value finds, None without one.

    Cheaper than ``first``: that sorts, and Django then compares every column of the table with the order, which takes
    longer than the database needs for the row.
    """
    return next(iter(rows.order_by()[:1]), None)


@once_a_moment
def row_by_id(model: type[Row], row_id: UUID) -> Row | None:
    """Return a row, deleted or not; the parts of one page share it and must not change it."""
    return the_row(model._default_manager.filter(pk=row_id))  # noqa: SLF001 Django's own name for it
