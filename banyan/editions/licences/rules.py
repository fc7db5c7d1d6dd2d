"""Pure rules of licences: what an invoice says for seats, edition and period, part periods included."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

MONTHS = {"month": 1, "year": 12}
MOST_SEATS = 1_000_000
ZERO = Decimal(0)


class LineKind(StrEnum):
    """What a line of an invoice is for."""

    FREE = "free"
    SEATS = "seats"
    MODULE = "module"
    ADDED = "added"


@dataclass(frozen=True)
class Tier:
    """A price for each seat and month, for seats up to a number; None is all further ones."""

    upto: int | None
    price: Decimal


@dataclass(frozen=True)
class Line:
    """A line of an invoice: seats times months times price; ``months`` of a part period is a fraction of one."""

    kind: LineKind
    seats: int
    price: Decimal
    months: Decimal
    amount: Decimal
    module: str = ""


@dataclass(frozen=True)
class Single:
    """A module on top of the edition, for a price for each seat and month."""

    module: str
    price: Decimal


@dataclass(frozen=True)
class Invoice:
    """What the next invoice would be: the period from ``begins`` to ``ends``, both included, and its lines."""

    begins: date
    ends: date
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """Return the sum of the lines."""
        return sum((line.amount for line in self.lines), ZERO)


def invoice(
    seats: int,
    prices: Sequence[Tier | Single],
    *,
    period: str,
    begins: date,
    added: int = 0,
    added_on: date | None = None,
) -> Invoice:
    """Return the invoice of the period that begins on a day.

    Args:
        seats: Seats of the coming period.
        prices: The prices of the edition, each for the seats within it, and the modules on top of it.
        period: ``month`` or ``year``.
        begins: The first day of the coming period.
        added: How many of the seats came during the period that ends.
        added_on: When they came; they are charged from that day to the end of their period.

    Raises:
        ValueError: Impossible numbers or days; the message names what.
    """
    if not 0 <= seats <= MOST_SEATS:
        raise ValueError(f"seats: from 0 to {MOST_SEATS:,}.")
    if not 0 <= added <= seats:
        raise ValueError("added: not more than there are seats.")
    months = MONTHS[period]
    former = months_later(begins, -months)
    if added and (added_on is None or not former <= added_on < begins):
        raise ValueError(f"added_on: a day from {former} to {begins - timedelta(days=1)}.")
    lines = _lines(seats, prices, Decimal(months))
    if added and added_on is not None:
        share = Decimal((begins - added_on).days) / Decimal((begins - former).days)
        difference = monthly(seats, prices) - monthly(seats - added, prices)
        amount = cents(difference * months * share)
        price = cents(difference / added)
        lines.append(Line(LineKind.ADDED, added, price, (share * months).quantize(Decimal("0.01")), amount))
    return Invoice(begins, months_later(begins, months) - timedelta(days=1), tuple(lines))


def monthly(seats: int, prices: Sequence[Tier | Single]) -> Decimal:
    """Return what seats cost in a month, with the modules on top of the edition."""
    return sum((line.amount for line in _lines(seats, prices, Decimal(1))), ZERO)


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or the last of a month that is too short."""
    month = day.year * 12 + day.month - 1 + months
    year, place = divmod(month, 12)
    return date(year, place + 1, min(day.day, calendar.monthrange(year, place + 1)[1]))


def period_after(started: date, period: str, day: date) -> date:
    """Return the first day of the next period after a day, counted from the first one."""
    months, number = MONTHS[period], 0
    if day < started:
        return started
    number = ((day.year - started.year) * 12 + day.month - started.month) // months
    while months_later(started, number * months) <= day:
        number += 1
    return months_later(started, number * months)


def cents(amount: Decimal) -> Decimal:
    """Return an amount rounded half up to cents."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _lines(seats: int, prices: Sequence[Tier | Single], months: Decimal) -> list[Line]:
    lines: list[Line] = []
    begins = 0
    for tier in (price for price in prices if isinstance(price, Tier)):
        count = (seats if tier.upto is None else min(seats, tier.upto)) - begins
        if count <= 0:
            break
        kind = LineKind.SEATS if tier.price else LineKind.FREE
        lines.append(Line(kind, count, tier.price, months, cents(count * tier.price * months)))
        begins += count
    lines += [
        Line(LineKind.MODULE, seats, single.price, months, cents(seats * single.price * months), single.module)
        for single in prices
        if seats and isinstance(single, Single)
    ]
    return lines
