"""Standing for a figure, judging that of others, and keeping how things stood each day."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_own_eyes
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import Department, User
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import FieldError, Invalid, NotAllowed, Refused
from banyan.core.kernel.events import publish
from banyan.forecasts.choices import SubmissionKind
from banyan.forecasts.models import ForecastSnapshot, ForecastSubmission
from banyan.forecasts.queries.forecast import Figures, RollUp, roll_up
from banyan.forecasts.queries.people import Company, led_by, people_of
from banyan.money.choices import PeriodKind
from banyan.money.public import FiscalPeriod, beside, fiscal_calendar, period_of

MOST = Decimal(10) ** 13
NOTE_LENGTH = 500
ADJUSTED = gettext_noop("%(person)s has adjusted your forecast.")
#: So far back and ahead reach the months that are kept every day.
QUARTERS_BEFORE, QUARTERS_AHEAD = 1, 4


@transaction.atomic
def submit(actor: Actor, period: FiscalPeriod, amount: Decimal, *, note: str = "") -> ForecastSubmission:
    """Let a person stand for what they will bring in in a period.

    Raises ``Invalid`` for an amount that cannot be, ``Refused`` for a period that is over.
    """
    require_own_eyes(actor)
    if actor.user is None:
        raise NotAllowed("not_allowed", _("A forecast is a person's."))
    _check(actor, period, amount)
    found = roll_up(actor.organization, period.first, period.last, people=[actor.user.pk])
    values = {"kind": SubmissionKind.OWN, "amount": amount, "note": note.strip()[:NOTE_LENGTH], "person": actor.user}
    return _keep(actor, period, found.of(actor.user.pk), **values)


@transaction.atomic
def adjust(
    actor: Actor, period: FiscalPeriod, person_id: uuid.UUID, amount: Decimal, *, reason: str
) -> ForecastSubmission:
    """Let a manager put a figure beside that of somebody they lead; the person is told.

    Raises ``NotAllowed`` for others, ``Invalid`` without a reason.
    """
    require_own_eyes(actor)
    person = User.objects.filter(pk=person_id).first()
    if person is None or actor.user is None or person_id not in led_by(actor) or person_id == actor.user_id:
        raise NotAllowed("not_allowed", _("You may adjust forecasts of the people you lead only."))
    _check(actor, period, amount)
    _require_reason(reason)
    found = roll_up(actor.organization, period.first, period.last, people=[person_id])
    values = {
        "kind": SubmissionKind.OF_PERSON,
        "amount": amount,
        "note": reason.strip()[:NOTE_LENGTH],
        "person": person,
    }
    kept = _keep(actor, period, found.of(person_id), **values)
    _tell(actor, person, period)
    return kept


@transaction.atomic
def adjust_team(
    actor: Actor, period: FiscalPeriod, department_id: uuid.UUID | None, amount: Decimal, *, reason: str
) -> ForecastSubmission:
    """Let whoever leads everybody in a department forecast it as a whole; raises as ``adjust``."""
    require_own_eyes(actor)
    company = Company(actor, people_of(actor, "target"))
    department = Department.objects.filter(pk=department_id).first() if department_id else None
    led = led_by(actor)
    people = [person for person in company.below(department_id) if person != actor.user_id]
    leads_all = company.sees_all_of(department_id) and all(person in led for person in people)
    if actor.user is None or (department_id and department is None) or not people or not leads_all:
        raise NotAllowed("not_allowed", _("You may forecast for teams that you lead as a whole only."))
    _check(actor, period, amount)
    _require_reason(reason)
    found = roll_up(actor.organization, period.first, period.last)
    figures = found.together(company.below(department_id))
    values = {"kind": SubmissionKind.OF_TEAM, "amount": amount, "note": reason.strip()[:NOTE_LENGTH]}
    return _keep(actor, period, figures, department=department, **values)


def _check(actor: Actor, period: FiscalPeriod, amount: Decimal) -> None:
    if amount < 0:
        raise Invalid([FieldError("amount", "too_small", _("A forecast is zero or more."))])
    if amount > MOST:
        message = _("A forecast this high must be a slip. Check the number of zeros.")
        raise Invalid([FieldError("amount", "too_large", message)])
    if period.last < today(actor.time_zone):
        raise Refused("period_over", _("This period is over; what was forecast for it stays as it is."))


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid(
            [FieldError("note", "required", _("Say why: whoever forecast otherwise wants to understand it."))]
        )


def _keep(actor: Actor, period: FiscalPeriod, figures: Figures, **values: Any) -> ForecastSubmission:
    kept = ForecastSubmission.objects.create(
        organization=actor.organization,
        period=period.kind,
        first_day=period.first,
        currency=actor.currency,
        figures={name: str(value) for name, value in figures.by_category().items()},
        by=_person(actor),
        **values,
    )
    if kept.person_id is not None:
        take_snapshots(actor, people=[kept.person_id])
    return kept


def _person(actor: Actor) -> User:
    if actor.user is None:
        raise NotAllowed("not_allowed", _("A forecast is a person's."))
    return actor.user


def _tell(actor: Actor, person: User, period: FiscalPeriod) -> None:
    publish(
        PeopleToTell(
            actor.organization_id,
            (person.pk,),
            ADJUSTED,
            f"/forecast?person={person.pk}&period={period.code}",
            {"person": actor.user.name if actor.user else ""},
            actor.user_id,
        )
    )


def take_snapshots(actor: Actor, *, people: list[uuid.UUID] | None = None) -> int:
    """Keep how the opportunities of each person and month stand today, where it differs from the day before.

    Returns the number of rows written. Runs any number of times a day: the last one counts.
    """
    day = today(actor.organization.time_zone)
    first, last = _kept_days(actor, day)
    found = roll_up(actor.organization, first, last, people=people, by_month=True)
    before = _latest(first, last, people, day)
    rows = []
    for person, month in _keys(found, before):
        figures = found.of(person, month)
        values = tuple(amount.quantize(Decimal("0.01")) for amount in figures.by_category().values())
        if values != before.get((person, month), (Decimal(0),) * 4):
            pipeline, best_case, commit, closed = values
            rows.append(
                ForecastSnapshot(
                    organization=actor.organization, day=day, month=month, person_id=person,
                    pipeline=pipeline, best_case=best_case, commit=commit, closed=closed,
                )
            )  # fmt: skip
    ForecastSnapshot.objects.bulk_create(
        rows,
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=["organization", "month", "person", "day"],
        update_fields=["pipeline", "best_case", "commit", "closed"],
    )
    return len(rows)


def _kept_days(actor: Actor, day: date) -> tuple[date, date]:
    calendar = fiscal_calendar(actor.organization)
    quarter = period_of(calendar, day, PeriodKind.QUARTER)
    return beside(calendar, quarter, -QUARTERS_BEFORE).first, beside(calendar, quarter, QUARTERS_AHEAD).last


def _latest(
    first: date, last: date, people: list[uuid.UUID] | None, day: date
) -> dict[tuple[uuid.UUID, date], tuple[Decimal, ...]]:
    rows = ForecastSnapshot.objects.filter(month__gte=first, month__lte=last, day__lte=day)
    if people is not None:
        rows = rows.filter(person__in=people)
    latest = rows.order_by("month", "person_id", "-day").distinct("month", "person_id")
    names = ("person_id", "month", "pipeline", "best_case", "commit", "closed")
    return {(person, month): tuple(values) for person, month, *values in latest.values_list(*names)}


def _keys(found: RollUp, before: dict[tuple[uuid.UUID, date], tuple[Decimal, ...]]) -> list[tuple[uuid.UUID, date]]:
    now = {(person, month) for person, month in found.figures if person is not None and month is not None}
    return sorted(now | before.keys())
