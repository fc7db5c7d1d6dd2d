"""Pure rules of orders."""

from __future__ import annotations

from datetime import date

#: Years for which what was ordered is kept for the tax office, counted from the end of the year.
TAX_YEARS = 10


def kept_until(day: date) -> date:
    """Return the last day on which an order of a day has to be kept for the tax office."""
    return date(day.year + TAX_YEARS, 12, 31)
