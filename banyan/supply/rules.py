"""Pure rules of the supply chain: sums of moves, who gets what there is, promised dates, what to order."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

ZERO, ONE = Decimal(0), Decimal(1)
#: Quantities have three places; anything beyond is a slip of the keyboard.
PLACES = Decimal("0.001")
MOST = Decimal("99999999999.999")
HUNDRED = Decimal(100)

Key = uuid.UUID


def is_quantity(value: Any) -> bool:
    """Say whether a value is a quantity that can move: positive, finite, at most three places and not huge."""
    if not isinstance(value, Decimal) or not value.is_finite() or not ZERO < value <= MOST:
        return False
    return value == value.quantize(PLACES)


@dataclass(frozen=True)
class Spot:
    """Where a piece lies: product, place, lot and serial number, the last two empty where nobody tells them apart."""

    product: Key
    place: Key
    lot: str = ""
    serial: str = ""


@dataclass(frozen=True)
class Shift:
    """A quantity that leaves one spot, or comes from outside, and comes to another, or goes outside."""

    quantity: Decimal
    source: Spot | None
    target: Spot | None


def changes_of(shifts: Iterable[Shift]) -> dict[Spot, Decimal]:
    """Return by how much the balance of each spot changes; what only passes through does not show."""
    found: dict[Spot, Decimal] = {}
    for shift in shifts:
        if shift.source is not None:
            found[shift.source] = found.get(shift.source, ZERO) - shift.quantity
        if shift.target is not None:
            found[shift.target] = found.get(shift.target, ZERO) + shift.quantity
    return {spot: change for spot, change in found.items() if change}


@dataclass(frozen=True)
class Need:
    """What a line of an order still waits for; smaller ``rank`` comes first."""

    key: Key
    product: Key
    quantity: Decimal
    rank: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Share:
    """What a need gets from a warehouse."""

    key: Key
    warehouse: Key
    quantity: Decimal


def allocate(needs: Iterable[Need], free: Mapping[tuple[Key, Key], Decimal], order: Sequence[Key]) -> list[Share]:
    """Share out what is free, by (product, warehouse), among the needs in order of their rank.

    A warehouse that can fill a need whole is preferred, so that one delivery is enough; otherwise each gives what it
    has, in the given order of warehouses. Nobody ever gets more than was asked for, or than there is.
    """
    left = {key: quantity for key, quantity in free.items() if quantity > 0}
    shares: list[Share] = []
    for need in sorted(needs, key=lambda entry: entry.rank):
        wanted = need.quantity
        whole = [place for place in order if left.get((need.product, place), ZERO) >= wanted]
        for place in whole[:1] or order:
            given = min(wanted, left.get((need.product, place), ZERO))
            if given <= 0:
                continue
            shares.append(Share(need.key, place, given))
            left[need.product, place] -= given
            wanted -= given
            if not wanted:
                break
    return shares


@dataclass(frozen=True)
class Arrival:
    """A quantity of a product that is expected on a day; without a day nobody can count on it."""

    product: Key
    quantity: Decimal
    day: date | None


def promised_days(needs: Iterable[Need], arrivals: Iterable[Arrival]) -> dict[Key, date | None]:
    """Return the day on which goods on their way will have filled each need; None where they do not suffice.

    Needs are filled in order of their rank, each from the earliest arrivals that those before have left.
    """
    stacks: dict[Key, list[tuple[date, Decimal]]] = {}
    for arrival in arrivals:
        if arrival.day is not None and arrival.quantity > 0:
            stacks.setdefault(arrival.product, []).append((arrival.day, arrival.quantity))
    for stack in stacks.values():
        stack.sort(key=lambda entry: entry[0], reverse=True)
    found: dict[Key, date | None] = {}
    for need in sorted(needs, key=lambda entry: entry.rank):
        stack, wanted, day = stacks.get(need.product, []), need.quantity, None
        while wanted > 0 and stack:
            coming, quantity = stack.pop()
            taken = min(wanted, quantity)
            wanted -= taken
            day = coming
            if quantity > taken:
                stack.append((coming, quantity - taken))
        found[need.key] = day if wanted <= 0 else None
    return found


def order_proposal(*, minimum: Decimal, target: Decimal, free: Decimal, incoming: Decimal, waiting: Decimal) -> Decimal:
    """Return how much to order so that waiting orders are filled and the stock is not below its minimum.

    ``free`` is what is neither reserved nor held back, ``incoming`` is on its way, ``waiting`` is ordered by customers
    and neither reserved nor sent. Below the minimum the stock is filled up to ``target``, at least to the minimum.
    """
    after = free + incoming - waiting
    if after >= minimum:
        return ZERO
    return max(target, minimum) - after


def rounded_up(quantity: Decimal, *, least: Decimal, multiple: Decimal) -> Decimal:
    """Return a quantity as the supplier sells it: at least ``least``, in whole multiples (none when zero)."""
    if quantity <= 0:
        return ZERO
    wanted = max(quantity, least)
    if multiple <= 0:
        return wanted
    return (wanted / multiple).to_integral_value(rounding=ROUND_CEILING) * multiple


def most_receivable(ordered: Decimal, *, received: Decimal, tolerance: Decimal) -> Decimal:
    """Return how much of a line may still be received when the supplier may deliver ``tolerance`` per cent too much."""
    allowed = (ordered * (HUNDRED + tolerance) / HUNDRED).quantize(PLACES)
    return max(ZERO, allowed - received)


def months_later(day: date, months: int) -> date:
    """Return the last day of a warranty of that many months: the same day of the month, or its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def plain(quantity: Decimal) -> str:
    """Return a quantity without needless zeros, as people write it."""
    return f"{quantity.normalize():f}"


@dataclass(frozen=True)
class PartSent:
    """How much of what a line of an order sells has been sent of one product: ``factor`` are in one of the line's unit."""

    quantity: Decimal
    sent: Decimal
    factor: Decimal


def sold_sent(ordered: Decimal, parts: Iterable[PartSent]) -> Decimal:
    """Return how many of what a line sells have been sent whole: as many boxes or bundles as its scarcest part makes."""
    found = list(parts)
    if all(part.sent >= part.quantity for part in found):
        return ordered
    whole = min((part.sent / part.factor).quantize(PLACES, rounding=ROUND_FLOOR) for part in found)
    return min(whole, ordered)


def line_received(ordered: Decimal, *, pieces: Decimal, factor: Decimal) -> Decimal:
    """Return how much of a line has come when so many pieces have, ``factor`` of them in one of the line's unit.

    What is whole counts as exactly what was ordered; anything else is rounded down, so that it never seems whole.
    """
    return ordered if pieces == ordered * factor else (pieces / factor).quantize(PLACES, rounding=ROUND_FLOOR)


def sold_needed(parts: Iterable[PartSent]) -> Decimal:
    """Return how many of what a line sells it takes so that none of what was sent is too much."""
    return max(((part.sent / part.factor).quantize(PLACES, rounding=ROUND_CEILING) for part in parts), default=ZERO)
