"""Setting targets like cells of a spreadsheet, and spreading larger ones over smaller ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, NotAllowed, Refused, refusal
from banyan.core.objects.registry import spec_for
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.forecasts.choices import Weights
from banyan.forecasts.queries.measures import Question, achieved
from banyan.forecasts.queries.people import Company, people_of
from banyan.forecasts.queries.targets import DEPARTMENT, PERSON, Asked, Plan, Subject, load_plan
from banyan.forecasts.rules import ZERO
from banyan.money.public import FiscalPeriod, allocate, fiscal_calendar, numbered

TARGET = "target"
MOST_CELLS = 5_000


@dataclass(frozen=True)
class Cell:
    """A cell as somebody changed it: empty for no target; ``was`` is what stood there when the page was opened."""

    subject: Subject
    period: FiscalPeriod
    amount: Decimal | None
    was: Decimal | None


@dataclass(frozen=True)
class Written:
    """How many targets were set anew, changed and taken away."""

    created: int
    changed: int
    removed: int


@transaction.atomic
def set_cells(actor: Actor, asked: Asked, cells: Sequence[Cell], *, first: Any, last: Any) -> Written:
    """Write changed cells of a plan, all or none.

    Several targets of one cell become one. Raises ``Conflict`` when somebody else has changed a cell meanwhile,
    ``NotAllowed`` for people whose targets one may not set, ``Invalid`` for amounts that cannot be.
    """
    if len(cells) > MOST_CELLS:
        raise Refused("too_many", _("At most %(most)d cells are saved at once.") % {"most": MOST_CELLS})
    _require_settable(actor, {cell.subject for cell in cells})
    # Two people filling the same empty cell at once would both add a target.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"targets {actor.organization_id}"])
    plan = load_plan(actor, asked, first=first, last=last)
    _refuse_stale(plan, cells)
    created: list[dict[str, Any]] = []
    changed: dict[uuid.UUID, Mapping[str, Any]] = {}
    removed: list[uuid.UUID] = []
    for cell in cells:
        rows = plan.rows.get((cell.subject, cell.period), [])
        if cell.amount is None:
            removed += rows
        elif rows:
            changed[rows[0]] = {"amount": cell.amount, "currency": actor.currency if asked.measure.is_money else ""}
            removed += rows[1:]
        else:
            created.append(_values(actor, asked, cell))
    spec, context = spec_for(actor.organization, TARGET), WriteContext.for_actor(actor)
    rejected: dict[Any, list[FieldError]] = {}
    if created:
        rejected |= door.create_many(actor, spec, created, context=context).rejected
    if changed:
        rejected |= door.update_many(actor, spec, changed, context=context).rejected
    if rejected:
        raise refusal(next(iter(rejected.values())))
    if removed:
        recycle.delete(actor, spec, removed, context=context)
    return Written(len(created), len(changed), len(removed))


def settable(actor: Actor) -> Company:
    """Return the part of the company whose targets somebody may set."""
    return Company(actor, people_of(actor, TARGET, Action.EDIT))


def may_set(company: Company, subject: Subject) -> bool:
    """Say whether targets of a subject may be set by whoever sees ``company``: a team's takes everybody in it."""
    if subject.kind == PERSON:
        return subject.id in company.members
    if subject.kind == DEPARTMENT and subject.id not in company.teams:
        return False
    return company.sees_all_of(subject.id) and (company.people.everybody or bool(company.below(subject.id)))


def _require_settable(actor: Actor, subjects: set[Subject]) -> None:
    company = settable(actor)
    if not all(may_set(company, subject) for subject in subjects):
        raise NotAllowed("not_allowed", _("You may not set these targets. Whoever leads these people can."))


def _refuse_stale(plan: Plan, cells: Sequence[Cell]) -> None:
    for cell in cells:
        now = plan.set_amount(cell.subject, cell.period)
        if now not in {cell.was, cell.amount}:
            message = _("Somebody else has changed these targets meanwhile. Nothing was saved: load the page again.")
            raise Conflict("changed_meanwhile", message)


def _values(actor: Actor, asked: Asked, cell: Cell) -> dict[str, Any]:
    subject = cell.subject
    return {
        "person": subject.id if subject.kind == PERSON else None,
        "departments": [str(subject.id)] if subject.kind == DEPARTMENT else [],
        "measure": asked.measure.name,
        "period": cell.period.kind,
        "month": cell.period.first,
        "amount": cell.amount,
        "currency": actor.currency if asked.measure.is_money else "",
        "dimension": asked.slice.dimension,
        "part": asked.slice.part,
    }


@dataclass(frozen=True)
class Spreading:
    """By what something is spread: one of ``Weights``; ``own`` are those of ``Weights.OWN``, one for each part."""

    weights: str
    own: tuple[Decimal, ...] = ()


def over_months(
    actor: Actor,
    asked: Asked,
    total: Decimal,
    months: Sequence[FiscalPeriod],
    *,
    people: Sequence[uuid.UUID | None],
    by: Spreading,
) -> list[Decimal]:
    """Spread a target over months, exactly.

    Args:
        actor: Who asks.
        asked: Of which measure.
        total: The target.
        months: The months, in order.
        people: Whose results of the year before tell the seasons.
        by: By what.

    Raises:
        Refused: When weights cannot be used, or the year before has no results.
    """
    found = list(by.own)
    if by.weights == Weights.LAST_YEAR:
        calendar_months = _a_year_before(actor, months)
        sums = achieved(
            asked.measure,
            Question(
                actor.organization, calendar_months[0].first, calendar_months[-1].last, asked.slice, by_month=True
            ),
        )
        found = [sum((sums.of(person, month.first) for person in people), ZERO) for month in calendar_months]
    elif by.weights == Weights.EQUAL:
        found = [Decimal(1)] * len(months)
    return _spread(asked, total, found, len(months))


def over_people(
    actor: Actor,
    asked: Asked,
    total: Decimal,
    period: FiscalPeriod,
    *,
    groups: Sequence[Sequence[uuid.UUID]],
    by: Spreading,
) -> list[Decimal]:
    """Spread a target over people, or over teams given by their people, exactly; raises as ``over_months``."""
    found = list(by.own)
    if by.weights == Weights.LAST_YEAR:
        before = _a_year_before(actor, [period])[0]
        sums = achieved(asked.measure, Question(actor.organization, before.first, before.last, asked.slice))
        found = [sum((sums.of(person) for person in group), ZERO) for group in groups]
    elif by.weights == Weights.EQUAL:
        # A team counts as many times as it has people.
        found = [Decimal(max(1, len(group))) for group in groups]
    return _spread(asked, total, found, len(groups))


def _spread(asked: Asked, total: Decimal, weights: Sequence[Decimal], count: int) -> list[Decimal]:
    if count != len(weights):
        message = _("There are %(count)d parts, but %(given)d weights. Give one for each.")
        raise Invalid([FieldError("own", "wrong_number", message % {"count": count, "given": len(weights)})])
    if total != total.quantize(Decimal(1) if not asked.measure.is_money else Decimal("0.01")):
        raise Invalid([FieldError("amount", "not_whole", _("What is counted has no decimals."))])
    weights = [max(weight, ZERO) for weight in weights]
    if not any(weights):
        raise Refused(
            "no_weights", _("There is nothing to spread by: all weights are zero. Spread it equally instead.")
        )
    return allocate(total, weights, 2 if asked.measure.is_money else 0)


def _a_year_before(actor: Actor, periods: Sequence[FiscalPeriod]) -> list[FiscalPeriod]:
    calendar = fiscal_calendar(actor.organization)
    return [numbered(calendar, period.year - 1, period.kind, period.index) for period in periods]
