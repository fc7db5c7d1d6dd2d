"""Pure rules of targets and forecasts: adding up, pace and accuracy."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

Part = TypeVar("Part", bound=Hashable)

ZERO, HUNDRED = Decimal(0), Decimal(100)


def resolved(amounts: Mapping[Part, Decimal], period: Part, parts: Callable[[Part], Sequence[Part]]) -> Decimal | None:
    """Return the target of a period: the one that was set, else the sum of those of its parts; None without any.

    Args:
        amounts: What was set, by period.
        period: The period asked for.
        parts: Says what a period consists of, coarsest first; nothing for the smallest.
    """
    if period in amounts:
        return amounts[period]
    found = [part for smaller in parts(period) if (part := resolved(amounts, smaller, parts)) is not None]
    return sum(found, ZERO) if found else None


def percent(done: Decimal, goal: Decimal | None) -> int | None:
    """Return how much of a goal is reached in whole percent, rounded half up; None without a goal above zero."""
    if goal is None or goal <= 0:
        return None
    return int((done * HUNDRED / goal).quantize(Decimal(1), ROUND_HALF_UP))


def pace(goal: Decimal, *, first: date, last: date, day: date) -> Decimal:
    """Return what an even pace would have reached by the end of a day."""
    if day < first:
        return ZERO
    if day >= last:
        return goal
    return goal * ((day - first).days + 1) / ((last - first).days + 1)


def accuracy(forecast: Decimal, outcome: Decimal) -> int:
    """Return in percent how near a forecast came to what came in; 0 when it was off by as much as the outcome."""
    if forecast == outcome:
        return 100
    if outcome <= 0:
        return 0
    return max(0, int((HUNDRED - abs(forecast - outcome) * HUNDRED / outcome).quantize(Decimal(1), ROUND_HALF_UP)))


def total_forecast(figures: Sequence[tuple[Decimal | None, Decimal | None, Decimal]]) -> Decimal:
    """Return what a team forecasts: for each person the manager's figure, else the own one, else what is certain.

    Args:
        figures: For each person the figure of the manager, the own one, and the sum of what is won and committed.
    """
    return sum(
        (
            adjusted if adjusted is not None else own if own is not None else certain
            for adjusted, own, certain in figures
        ),
        ZERO,
    )
