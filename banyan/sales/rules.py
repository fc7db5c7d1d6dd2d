"""Pure rules of opportunities: stages and time, probability and forecast, signs of risk, credit, periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

Stage = TypeVar("Stage")


def days_in_stage(since: datetime, until: datetime) -> int:
    """Return the whole days between two instants, never less than zero."""
    return max(0, (until - since).days)


def is_stuck(days: int, *, stale_days: int, outcome: str) -> bool:
    """Say whether an open opportunity has been in its stage for longer than the stage allows; 0 allows any time."""
    return outcome == "open" and 0 < stale_days < days


def furthest_stage(
    reached: Stage | None, current: Stage, *, outcome: str, was_won: bool, open_stages: Sequence[Stage]
) -> Stage | None:
    """Return the furthest open stage of a pipeline that an opportunity has reached.

    Args:
        reached: The furthest one so far; one of another pipeline does not count.
        current: The stage it moves to.
        outcome: What the stage means.
        was_won: Whether it was won before; what is opened again begins anew from its stage.
        open_stages: The open stages of the pipeline of ``current``, in order.
    """
    before = reached if reached in open_stages and not (was_won and outcome == "open") else None
    if outcome == "won":
        return open_stages[-1] if open_stages else None
    if outcome == "lost" or current not in open_stages:
        return before
    if before is None or open_stages.index(current) > open_stages.index(before):
        return current
    return before


#: From which probability an open opportunity is counted on by itself.
COMMIT_FROM, BEST_CASE_FROM = 80, 50


def category_of(outcome: str, probability: int, given: str = "") -> str:
    """Return the forecast category of a stage: the one given for it, else the one its probability stands for."""
    if outcome == "won":
        return "closed"
    if outcome == "lost":
        return "omitted"
    if given and given != "closed":
        return given
    if probability >= COMMIT_FROM:
        return "commit"
    return "best_case" if probability >= BEST_CASE_FROM else "pipeline"


@dataclass(frozen=True)
class Limits:
    """From when on something is a sign of risk; 0 or False switches a sign off."""

    quiet_days: int = 14
    pushes: int = 2
    shrink_percent: int = 20
    decider_probability: int = 50
    wants_next_step: bool = True
    wants_close_date: bool = True


@dataclass(frozen=True)
class Standing:
    """What is known of an open opportunity on a day, as far as signs of risk are made of it."""

    age_days: int
    days_in_stage: int
    stale_days: int
    probability: int
    next_step: str
    next_step_on: date | None
    expected_close_on: date | None
    pushed_count: int
    quiet_for: int
    has_decider: bool
    amount: Decimal | None
    highest_amount: Decimal | None


def shrunk_percent(amount: Decimal | None, highest: Decimal | None) -> int:
    """Return by how many whole per cent an amount lies below its highest."""
    if amount is None or highest is None or highest <= 0 or amount >= highest:
        return 0
    return int((highest - amount) * 100 / highest)


GRACE_DAYS = 1


def risk_signs(standing: Standing, limits: Limits, today: date) -> list[str]:
    """Return the signs of risk of an open opportunity, in the order in which people should look at them."""
    close = standing.expected_close_on
    step_on = standing.next_step_on
    # Nobody fills in everything while writing a deal down: what is missing counts from the next day on.
    is_settled = standing.age_days >= GRACE_DAYS
    signs = {
        "stage_too_long": is_stuck(standing.days_in_stage, stale_days=standing.stale_days, outcome="open"),
        "close_passed": close is not None and close < today,
        "close_pushed": 0 < limits.pushes <= standing.pushed_count,
        "no_close_date": limits.wants_close_date and is_settled and close is None,
        "quiet": 0 < limits.quiet_days < standing.quiet_for,
        "next_step_late": step_on is not None and step_on < today,
        "no_next_step": limits.wants_next_step and is_settled and not standing.next_step and step_on is None,
        "no_decision_maker": is_settled
        and 0 < limits.decider_probability <= standing.probability
        and not standing.has_decider,
        "amount_shrank": 0 < limits.shrink_percent <= shrunk_percent(standing.amount, standing.highest_amount),
    }
    return [sign for sign, holds in signs.items() if holds]


HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Split:
    """Whose credit an opportunity is, in per cent; an overlay is credit besides the hundred."""

    person: object
    percent: Decimal
    is_overlay: bool = False


def rest_of_owner(shares: Iterable[Decimal]) -> Decimal:
    """Return what is left for the owner; below zero where too much was given away."""
    return HUNDRED - sum(shares, Decimal(0))


def splits(owner: object | None, members: Iterable[tuple[object, Decimal, Decimal]]) -> list[Split]:
    """Return the credit of all: the shares make a hundred, the rest is the owner's, overlays come besides.

    ``members`` are (person, share, overlay). Where nobody owns it, nobody gets the rest.
    """
    shares: dict[object, Decimal] = {}
    overlays = []
    for person, share, overlay in members:
        if share > 0:
            shares[person] = shares.get(person, Decimal(0)) + share
        if overlay > 0:
            overlays.append(Split(person, overlay, is_overlay=True))
    rest = rest_of_owner(shares.values())
    if owner is not None and rest > 0:
        shares[owner] = shares.get(owner, Decimal(0)) + rest
    return [*(Split(person, share) for person, share in shares.items()), *overlays]


Person = TypeVar("Person")


def makes_circle(reports_to: Mapping[Person, Person | None], person: Person) -> bool:
    """Say whether somebody would report to themselves, over whatever number of others."""
    seen = {person}
    above = reports_to.get(person)
    while above is not None:
        if above in seen:
            return above == person
        seen.add(above)
        above = reports_to.get(above)
    return False


#: What happens to opportunities of a pipeline, in the order of the picture, between what there was and what there is.
MOVEMENTS = ("new", "moved_in", "grown", "shrunk", "moved_out", "won", "lost", "removed")


def win_rate(won: int, lost: int) -> int | None:
    """Return how many of a hundred decided races were won; None while none is decided."""
    return round(100 * won / (won + lost)) if won + lost else None
