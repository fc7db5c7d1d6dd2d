"""What people and their managers have forecast, and how near they came."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils.timezone import localdate

from banyan.core.tenancy.models import Organization
from banyan.forecasts.choices import SubmissionKind
from banyan.forecasts.models import ForecastSnapshot, ForecastSubmission
from banyan.forecasts.queries.forecast import Figures, roll_up
from banyan.forecasts.rules import ZERO, accuracy
from banyan.money.choices import PeriodKind
from banyan.money.public import FiscalPeriod, beside, fiscal_calendar

HISTORY = 100


@dataclass
class Standing:
    """The figures that stand in a period: of each person the own one and the manager's, of each team one."""

    own: dict[uuid.UUID, ForecastSubmission]
    adjusted: dict[uuid.UUID, ForecastSubmission]
    teams: dict[uuid.UUID | None, ForecastSubmission]

    def counts(self, person: uuid.UUID) -> ForecastSubmission | None:
        """Return the figure that counts for a person: the manager's before the own one."""
        return self.adjusted.get(person) or self.own.get(person)


def standing(period: FiscalPeriod) -> Standing:
    """Return the last figures that were submitted for a period."""
    rows = ForecastSubmission.objects.filter(period=period.kind, first_day=period.first)
    latest = rows.order_by("kind", "person_id", "department_id", "-at", "-id").distinct(
        "kind", "person_id", "department_id"
    )
    found = Standing({}, {}, {})
    for row in latest.select_related("by"):
        if row.kind == SubmissionKind.OF_TEAM:
            found.teams[row.department_id] = row
        elif row.person_id is not None:
            kept = found.own if row.kind == SubmissionKind.OWN else found.adjusted
            kept[row.person_id] = row
    # A figure given after the manager's adjustment is the newer truth: the manager looks at it again.
    for person, row in list(found.adjusted.items()):
        newer = found.own.get(person)
        if newer is not None and newer.at > row.at:
            del found.adjusted[person]
    return found


def history(
    period: FiscalPeriod, *, person: uuid.UUID | None = None, department: uuid.UUID | None = None
) -> Sequence[ForecastSubmission]:
    """Return what was submitted for a period, newest first: of one person, or of a team."""
    whose = Q(person=person) if person else Q(person__isnull=True, department=department)
    rows = ForecastSubmission.objects.filter(whose, period=period.kind, first_day=period.first)
    return list(rows.select_related("by", "person")[:HISTORY])


@dataclass(frozen=True)
class Day:
    """How the figures of a period stood at the end of a day."""

    day: date
    figures: Figures


def course(people: Collection[uuid.UUID], period: FiscalPeriod) -> list[Day]:
    """Return how the figures of some people together moved in a period: a point for each day on which any changed."""
    rows = ForecastSnapshot.objects.filter(
        person__in=list(people), month__gte=period.first, month__lte=period.last
    ).order_by("day")
    names = ("day", "month", "person_id", "pipeline", "best_case", "commit", "closed")
    now: dict[tuple[date, uuid.UUID], Figures] = {}
    total, days = Figures(), list[Day]()
    for day, month, person, *amounts in rows.values_list(*names):
        figures = Figures(*amounts)
        before = now.get((month, person), Figures())
        now[month, person] = figures
        total = Figures(
            total.pipeline + figures.pipeline - before.pipeline,
            total.best_case + figures.best_case - before.best_case,
            total.commit + figures.commit - before.commit,
            total.closed + figures.closed - before.closed,
        )
        if days and days[-1].day == day:
            days.pop()
        days.append(Day(day, total))
    return days


@dataclass(frozen=True)
class Kept:
    """What somebody forecast for a past period, and what came in."""

    period: FiscalPeriod
    first: Decimal
    last: Decimal
    outcome: Decimal

    @property
    def accuracy_of_first(self) -> int:
        """Return how near the first figure came, in percent."""
        return accuracy(self.first, self.outcome)

    @property
    def accuracy_of_last(self) -> int:
        """Return how near the last figure came, in percent."""
        return accuracy(self.last, self.outcome)


def kept_promises(
    organization: Organization,
    people: Collection[uuid.UUID],
    kind: PeriodKind,
    current: FiscalPeriod,
    *,
    periods: int = 4,
) -> dict[uuid.UUID, list[Kept]]:
    """Return for each person the first and last own figure of the periods before the current one, beside what was won.

    Only figures given before a period was over count. Periods without any figure are left out.
    """
    calendar = fiscal_calendar(organization)
    past = [beside(calendar, current, -step) for step in range(1, periods + 1)]
    rows = ForecastSubmission.objects.filter(
        kind=SubmissionKind.OWN, period=kind, first_day__in=[period.first for period in past], person__in=list(people)
    ).order_by("at", "id")
    given: dict[tuple[uuid.UUID, date], list[Decimal]] = {}
    ends = {period.first: period.last for period in past}
    for person, first_day, amount, at in rows.values_list("person_id", "first_day", "amount", "at"):
        if localdate(at) <= ends[first_day]:
            given.setdefault((person, first_day), []).append(amount)
    found: dict[uuid.UUID, list[Kept]] = {}
    for period in past:
        asked = sorted(person for person, first_day in given if first_day == period.first)
        if not asked:
            continue
        won = roll_up(organization, period.first, period.last, people=asked)
        for person in asked:
            amounts = given[person, period.first]
            found.setdefault(person, []).append(Kept(period, amounts[0], amounts[-1], won.of(person).closed))
    return found


def mean_accuracy(kept: Sequence[Kept]) -> int | None:
    """Return the mean accuracy of the first figures of some periods; None without any."""
    if not kept:
        return None
    return int(sum((Decimal(one.accuracy_of_first) for one in kept), ZERO) / len(kept))
