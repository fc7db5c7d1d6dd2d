"""Reading one row, when a query can find no more than that."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def the_row(rows: QuerySet[Row]) -> Row | None:
    """Return the row that a query by a unique value finds, None without one.

    Cheaper than ``first``: that sorts, and Django then compares every column of the table with the order, which takes
    longer than the database needs for the row.
    """
    return next(iter(rows.order_by()[:1]), None)
