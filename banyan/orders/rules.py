"""Pure rules of orders: statuses, deliveries, worth of what comes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from banyan.money.rules import rounded

ZERO = Decimal(0)
#: Years for which what was ordered is kept for the tax office, counted from the end of the year.
TAX_YEARS = 10
NOT_DELIVERED, PARTLY, WHOLLY = "not", "partly", "wholly"
#: Which statuses people may set from which; what lies between follows from deliveries.
MOVES: dict[str, frozenset[str]] = {
    "draft": frozenset({"confirmed", "completed", "cancelled"}),
    "confirmed": frozenset({"draft", "completed", "cancelled"}),
    "partly_delivered": frozenset({"completed", "cancelled"}),
    "delivered": frozenset({"completed", "cancelled"}),
    "completed": frozenset({"confirmed", "cancelled"}),
    "cancelled": frozenset({"draft"}),
}


@dataclass(frozen=True)
class Quantities:
    """How much of a line was ordered, delivered and came back."""

    ordered: Decimal
    delivered: Decimal = ZERO
    returned: Decimal = ZERO

    @property
    def open(self) -> Decimal:
        """Return what is still to be delivered."""
        return max(ZERO, self.ordered - self.delivered)

    @property
    def returnable(self) -> Decimal:
        """Return what the customer has."""
        return max(ZERO, self.delivered - self.returned)


def delivery_state(lines: Iterable[Quantities]) -> str:
    """Say whether nothing, a part or all of the lines was delivered; lines of nothing do not count."""
    counted = [line for line in lines if line.ordered > 0]
    if not any(line.delivered > 0 for line in counted):
        return NOT_DELIVERED
    return WHOLLY if all(line.open == 0 for line in counted) else PARTLY


def part_of(amount: Decimal, ordered: Decimal, before: Decimal, quantity: Decimal) -> Decimal:
    """Return what a part of a line is worth, when ``before`` of it was accounted for already.

    Parts one after the other add up to the line's amount exactly, whatever their sizes: each is the difference of two
    rounded sums. ``ordered`` is more than zero.
    """
    return rounded(amount * (before + quantity) / ordered) - rounded(amount * before / ordered)


def kept_until(day: date) -> date:
    """Return the last day on which an order of a day has to be kept for the tax office."""
    return date(day.year + TAX_YEARS, 12, 31)
