"""Pure rules of order amounts: exact decimals, each line rounded before summing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
#: Years for which what was ordered is kept for the tax office, counted from the end of the year.
TAX_YEARS = 10


def line_amount(*, quantity: Decimal, unit_price: Decimal, discount_percent: Decimal) -> Decimal:
    """Return a line's amount in the order's currency, rounded half up to cents.

    Tax offices and customers add up the printed lines, so each is rounded on its own.
    """
    amount = quantity * unit_price * (HUNDRED - discount_percent) / HUNDRED
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def order_total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of rounded line amounts."""
    return sum(amounts, Decimal(0)).quantize(CENT)


def kept_until(day: date) -> date:
    """Return the last day on which an order of a day has to be kept for the tax office."""
    return date(day.year + TAX_YEARS, 12, 31)
