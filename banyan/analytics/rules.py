"""Pure rules of statistics: how figures of two periods compare, and into which steps a period is cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

DAYS_SHOWN_SINGLY = 31
DAYS_SHOWN_BY_WEEK = 183
UP, DOWN, SAME = "up", "down", "same"


@dataclass(frozen=True)
class Change:
    """How a figure moved: ``percent`` is None when there was nothing before to compare with."""

    direction: str
    percent: int | None


def change_of(current: Decimal | int, previous: Decimal | int) -> Change:
    """Return how a figure compares with the one before, in whole percent rounded half up."""
    direction = UP if current > previous else DOWN if current < previous else SAME
    if not previous:
        return Change(direction, None)
    ratio = (Decimal(current) - Decimal(previous)) * 100 / abs(Decimal(previous))
    return Change(direction, int(ratio.quantize(Decimal(1), rounding="ROUND_HALF_UP")))


def step_of(first: date, last: date) -> str:
    """Return whether a period is shown by day, by week or by month, so that a chart stays readable."""
    days = (last - first).days + 1
    if days <= DAYS_SHOWN_SINGLY:
        return "day"
    return "week" if days <= DAYS_SHOWN_BY_WEEK else "month"


def steps_between(first: date, last: date, step: str) -> list[date]:
    """Return the first days of all steps that a period touches; weeks start on Monday."""
    if step == "day":
        return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    if step == "week":
        monday = first - timedelta(days=first.weekday())
        return [monday + timedelta(weeks=offset) for offset in range((last - monday).days // 7 + 1)]
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def last_day_of(start: date, step: str) -> date:
    """Return the last day of a step that begins on ``start``."""
    if step == "day":
        return start
    if step == "week":
        return start + timedelta(days=6)
    following = start.year * 12 + start.month
    return date(following // 12, following % 12 + 1, 1) - timedelta(days=1)


def expected_by(day: date, first: date, last: date, goal: Decimal) -> Decimal:
    """Return what an even pace from the first to the last day has brought at the end of a day, in cents."""
    if day < first:
        return Decimal(0)
    if day >= last:
        return goal
    share = goal * ((day - first).days + 1) / ((last - first).days + 1)
    return share.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
