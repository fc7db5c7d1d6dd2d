"""Pure rules of contracts: instalments that sum up exactly, periods that follow each other, days of reminders."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

HUNDRED = Decimal(100)
MOST_INSTALMENTS = 120
MOST_NOTICE_DAYS = 730
MOST_RENEWAL_MONTHS = 240


@dataclass(frozen=True)
class Portion:
    """One instalment as it was agreed: a share of the contract in percent, or an amount."""

    share: Decimal | None = None
    amount: Decimal | None = None


class PortionsDiffer(ValueError):
    """Instalments do not sum up to what the contract is worth; ``missing`` is what they lack, or minus what they exceed."""

    def __init__(self, missing: Decimal) -> None:
        super().__init__(f"The instalments lack {missing}.")
        self.missing = missing


def instalment_amounts(total: Decimal, portions: Sequence[Portion], *, places: int = 2) -> list[Decimal]:
    """Return the amount of each instalment; together they are exactly the total.

    Shares are rounded by the largest remainder, so that no cent is lost or added. Raises ``PortionsDiffer``.
    """
    unit = Decimal(1).scaleb(-places)
    fixed = sum((portion.amount for portion in portions if portion.amount is not None), Decimal(0))
    shares = [portion.share or Decimal(0) for portion in portions if portion.amount is None]
    shared = (total * sum(shares, Decimal(0)) / HUNDRED).quantize(unit, rounding=ROUND_HALF_UP)
    missing = total - fixed - shared
    if missing:
        raise PortionsDiffer(missing)
    parts = iter(_by_largest_remainder([total * share / HUNDRED for share in shares], shared, unit))
    return [portion.amount if portion.amount is not None else next(parts) for portion in portions]


def estimated_amounts(total: Decimal | None, portions: Sequence[Portion], *, places: int = 2) -> list[Decimal]:
    """Return the amounts of instalments that need not sum up yet, for a contract that is still written."""
    try:
        return instalment_amounts(total or Decimal(0), portions, places=places)
    except PortionsDiffer:
        unit = Decimal(1).scaleb(-places)
        worth = total or Decimal(0)
        return [
            portion.amount
            if portion.amount is not None
            else (worth * (portion.share or Decimal(0)) / HUNDRED).quantize(unit, rounding=ROUND_HALF_UP)
            for portion in portions
        ]


def next_period(starts_on: date | None, ends_on: date | None, months: int) -> tuple[date | None, date | None]:
    """Return first and last day of the period that follows one; with no end there is none to follow."""
    if ends_on is None:
        return None, None
    first = ends_on + timedelta(days=1)
    return first, add_months(first, months) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the last one of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_between(starts_on: date, ends_on: date) -> int:
    """Return how many whole months a period lasts, both days included; at least one."""
    after = ends_on + timedelta(days=1)
    months = (after.year - starts_on.year) * 12 + after.month - starts_on.month - (after.day < starts_on.day)
    return max(1, months)


def notice_day(ends_on: date, notice_days: int) -> date:
    """Return the day from which the end of a contract is told of."""
    return ends_on - timedelta(days=notice_days)


def _by_largest_remainder(exact: Sequence[Decimal], total: Decimal, unit: Decimal) -> list[Decimal]:
    floors = [value.quantize(unit, rounding=ROUND_DOWN) for value in exact]
    units = int(((total - sum(floors, Decimal(0))) / unit).to_integral_value())
    order = sorted(range(len(exact)), key=lambda index: (floors[index] - exact[index], index))
    for index in order[: max(0, units)]:
        floors[index] += unit
    return floors
