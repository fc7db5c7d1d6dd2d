"""Pure arithmetic of commissions: tiers, factors, accelerators, caps and corrections, exact to the cent.

More sales never earn less as long as the rates of the tiers do not fall: see the property tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

ZERO, ONE, HUNDRED, CENT = Decimal(0), Decimal(1), Decimal(100), Decimal("0.01")
MARGINAL, WHOLE, AMOUNT, ATTAINMENT = "marginal", "whole", "amount", "attainment"


class Unusable(ValueError):
    """Terms that cannot be used; ``code`` says why, ``position`` at which tier, counted from 1."""

    def __init__(self, code: str, position: int = 0) -> None:
        super().__init__(code)
        self.code, self.position = code, position


@dataclass(frozen=True)
class Tier:
    """A rate in per cent from one limit up to the next; without ``end`` for everything above."""

    start: Decimal
    end: Decimal | None
    rate: Decimal


@dataclass(frozen=True)
class Accelerator:
    """What commissions are multiplied with once so many per cent of the target are reached."""

    from_percent: Decimal
    factor: Decimal


@dataclass(frozen=True)
class Terms:
    """How a plan pays: tiers, what a product category counts in per cent, accelerators, and the most it pays."""

    tiers: tuple[Tier, ...]
    mode: str = MARGINAL
    measured: str = AMOUNT
    category_percents: Mapping[str, Decimal] = field(default_factory=dict)
    accelerators: tuple[Accelerator, ...] = ()
    cap: Decimal | None = None


@dataclass(frozen=True)
class Sale:
    """What one person has the credit for: ``key`` is the same for the same thing at any time."""

    key: str
    day: date
    amount: Decimal
    category: str = ""


@dataclass(frozen=True)
class Slice:
    """A part of a sale at one rate."""

    base: Decimal
    rate: Decimal


@dataclass(frozen=True)
class Earned:
    """What one sale earns, and of which slices it is made."""

    sale: Sale
    slices: tuple[Slice, ...]
    percent: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Statement:
    """What a period earns: the sales, what the accelerator adds, what the cap takes, and all together.

    ``factor`` is what each line of a sale is worth in the end: what was paid for it, divided by its line.
    """

    lines: tuple[Earned, ...]
    base: Decimal
    accelerated: Decimal
    accelerator: Decimal
    capped: Decimal
    total: Decimal

    @property
    def factor(self) -> Decimal:
        """Return the total divided by the sum of the lines; one where there are none."""
        lines = sum((line.amount for line in self.lines), ZERO)
        return ONE if not lines else self.total / lines


def check_terms(terms: Terms) -> None:
    """Raise ``Unusable`` for terms that leave a gap, overlap, or make no sense."""
    _check_tiers(terms.tiers)
    if any(percent < 0 for percent in terms.category_percents.values()):
        raise Unusable("category")
    if any(step.factor < 0 or step.from_percent < 0 for step in terms.accelerators):
        raise Unusable("accelerator")
    if len({step.from_percent for step in terms.accelerators}) < len(terms.accelerators):
        raise Unusable("accelerator_twice")
    if terms.cap is not None and terms.cap < 0:
        raise Unusable("cap")


def _check_tiers(tiers: Sequence[Tier]) -> None:
    """Every tier begins where the one before ends, the first at zero; the last one has no end."""
    expected: Decimal | None = ZERO
    for position, tier in enumerate(tiers, start=1):
        if expected is None:
            raise Unusable("after_last", position)
        if tier.start != expected:
            raise Unusable("gap" if tier.start > expected else "overlap", position)
        if tier.end is not None and tier.end <= tier.start:
            raise Unusable("empty_tier", position)
        if not ZERO <= tier.rate <= HUNDRED:
            raise Unusable("rate", position)
        expected = tier.end
    if not tiers:
        raise Unusable("no_tiers")
    if expected is not None:
        raise Unusable("no_end", len(tiers))


def is_monotone(terms: Terms) -> bool:
    """Say whether more sales can never earn less: no tier pays less than the one below it."""
    rates = [tier.rate for tier in terms.tiers]
    factors = [step.factor for step in sorted(terms.accelerators, key=lambda step: step.from_percent)]
    return rates == sorted(rates) and [ONE, *factors] == sorted([ONE, *factors])


def calculate(terms: Terms, sales: Sequence[Sale], *, goal: Decimal | None = None) -> Statement:
    """Return what sales of a period earn.

    Sales fill the tiers in the order of their days. What comes off (a negative sale) comes off from the top. The parts add
    up to the total exactly: it is rounded once, and the lines share what rounding leaves, by largest remainder.

    Args:
        terms: The plan's terms, which ``check_terms`` has accepted.
        sales: What the person has the credit for.
        goal: The person's target; tiers by attainment and accelerators need one above zero.

    Raises:
        Unusable: With the code ``no_goal`` where the terms need a target and there is none.
    """
    needs_goal = terms.measured == ATTAINMENT or terms.accelerators
    if needs_goal and (goal is None or goal <= 0):
        raise Unusable("no_goal")
    ordered = sorted(sales, key=lambda sale: (sale.day, sale.key))
    base = sum((sale.amount for sale in ordered), ZERO)
    limits = _limits(terms, goal)
    exact: list[tuple[Sale, tuple[Slice, ...], Decimal, Decimal]] = []
    position = ZERO
    for sale in ordered:
        slices = _whole_slice(limits, sale, base) if terms.mode == WHOLE else _slices(limits, position, sale.amount)
        percent = terms.category_percents.get(sale.category, HUNDRED)
        earned = sum((part.base * part.rate for part in slices), ZERO) * percent / (HUNDRED * HUNDRED)
        exact.append((sale, slices, percent, earned))
        position += sale.amount
    amounts = _shared([earned for _sale, _slices, _percent, earned in exact])
    lines = tuple(
        Earned(sale, slices, percent, amount)
        for (sale, slices, percent, _earned), amount in zip(exact, amounts, strict=True)
    )
    plain = sum(amounts, ZERO)
    factor = _factor(terms, base, goal)
    accelerated = (plain * factor).quantize(CENT, ROUND_HALF_UP) - plain
    uncapped = plain + accelerated
    capped = min(ZERO, terms.cap - uncapped) if terms.cap is not None else ZERO
    return Statement(lines, base, accelerated, factor, capped, uncapped + capped)


def correction(credited: Decimal, earned: Decimal, now: Decimal) -> Decimal:
    """Return what an earlier statement has to be corrected by when a sale is worth something else now.

    Args:
        credited: What earlier statements gave credit for, corrections included.
        earned: What they paid for it.
        now: What it is worth now; zero when it was cancelled or sent back.

    Returns:
        The difference at the rate that was paid; what was paid is taken back entirely when nothing is left.
    """
    if not credited or not now:
        return -earned if credited else ZERO
    return (earned * now / credited - earned).quantize(CENT, ROUND_HALF_UP)


def _limits(terms: Terms, goal: Decimal | None) -> list[Tier]:
    if terms.measured != ATTAINMENT:
        return list(terms.tiers)
    scale = (goal or ZERO) / HUNDRED
    return [Tier(tier.start * scale, None if tier.end is None else tier.end * scale, tier.rate) for tier in terms.tiers]


def _slices(limits: Sequence[Tier], position: Decimal, amount: Decimal) -> tuple[Slice, ...]:
    """Return how an amount that begins at a position lies in the tiers; below zero counts the first tier's rate."""
    low, high = min(position, position + amount), max(position, position + amount)
    sign = ONE if amount >= 0 else -ONE
    found = []
    for index, tier in enumerate(limits):
        start = low if index == 0 else max(low, tier.start)
        end = high if tier.end is None else min(high, tier.end)
        if end > start:
            found.append(Slice(sign * (end - start), tier.rate))
    return tuple(found)


def _whole_slice(limits: Sequence[Tier], sale: Sale, total: Decimal) -> tuple[Slice, ...]:
    reached = next((tier for tier in reversed(limits) if total >= tier.start), limits[0])
    return (Slice(sale.amount, reached.rate),)


def _factor(terms: Terms, base: Decimal, goal: Decimal | None) -> Decimal:
    if not terms.accelerators or goal is None:
        return ONE
    reached = base * HUNDRED / goal
    steps = [step for step in terms.accelerators if reached >= step.from_percent]
    return max(steps, key=lambda step: step.from_percent).factor if steps else ONE


def _shared(exact: Sequence[Decimal]) -> list[Decimal]:
    """Round amounts to cents so that they add up to their rounded sum, by largest remainder."""
    total = sum(exact, ZERO).quantize(CENT, ROUND_HALF_UP)
    rounded = [amount.quantize(CENT, ROUND_DOWN) for amount in exact]
    missing = int((total - sum(rounded, ZERO)) / CENT)
    unit = CENT if missing > 0 else -CENT
    order = sorted(
        range(len(exact)), key=lambda place: ((rounded[place] - exact[place]) * (1 if missing > 0 else -1), place)
    )
    for place in order[: abs(missing)]:
        rounded[place] += unit
    return rounded
