"""Pure rules of how well business with a customer goes: signs with points, added up on a scale to 100.

The points are a convention of ours, made to be read and argued about: each shows its reason on the page. They are not
fitted to data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: A customer of whom nothing good or bad is known begins here, on a scale to 100.
HEALTH_BEGINS_AT = 60
HEALTH_IS_GOOD_FROM, HEALTH_IS_AT_RISK_BELOW = 70, 45


def health_score(points: Iterable[int]) -> int:
    """Return how well business with a customer goes, from 0 to 100, given the points of its signs."""
    return max(0, min(100, HEALTH_BEGINS_AT + sum(points)))


def contact_points(days: int | None, known_days: int) -> int:
    """Return the points for the days since the last contact (None is never) with a customer known for some days."""
    silent = known_days if days is None else days
    for limit, points in ((14, 15), (30, 5), (60, 0), (120, -15)):
        if silent <= limit:
            return 0 if days is None and points > 0 else points
    return -30


@dataclass(frozen=True)
class Rhythm:
    """How often a customer buys: ``usual_days`` lie between orders, ``silent_days`` since the last one."""

    usual_days: int
    silent_days: int

    @property
    def points(self) -> int:
        """Return the points for health: an order is overdue from twice the usual time on."""
        if self.silent_days <= self.usual_days * 3 // 2:
            return 15
        return 0 if self.silent_days < self.usual_days * 2 else -25


def buying_rhythm(first: date, last: date, number: int, today: date) -> Rhythm | None:
    """Return the rhythm of orders between two days; None for fewer than three, which show none."""
    if number < 3:
        return None
    # Several orders on one day are one purchase; a rhythm below a week would make every holiday a warning.
    usual = max(7, round((last - first).days / (number - 1)))
    return Rhythm(usual, (today - last).days)


def trend_points(year: Decimal, year_before: Decimal) -> int:
    """Return the points for what was ordered in the last twelve months against the twelve before them."""
    if not year_before:
        return 0
    if year >= year_before * Decimal("1.1"):
        return 10
    return -15 if year <= year_before * Decimal("0.7") else 0
