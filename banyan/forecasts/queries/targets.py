"""Targets as a plan of people and periods, and what was reached of them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count

from banyan.core.access.actor import Actor, system_actor
from banyan.core.tenancy.models import Organization
from banyan.forecasts.choices import Measure
from banyan.forecasts.models import Target
from banyan.forecasts.queries.measures import (
    WHOLE,
    MeasureSource,
    Question,
    Slice,
    Sums,
    achieved,
    measure_sources,
    measures_on,
)
from banyan.forecasts.queries.people import Company
from banyan.forecasts.rules import ZERO, resolved
from banyan.money.choices import PeriodKind
from banyan.money.public import (
    FiscalCalendar,
    FiscalPeriod,
    UnknownRate,
    fiscal_calendar,
    period_of,
    periods_of,
    rates_of_day,
)

#: Which measure tells the target of what earns commissions.
BASES = {"won": Measure.AMOUNT_WON, "ordered": Measure.ORDERS_AMOUNT, "paid": Measure.PAYMENTS_RECEIVED}
PERSON, DEPARTMENT, EVERYBODY = "person", "department", "all"


@dataclass(frozen=True)
class Subject:
    """Whose target it is: one person's, a department's with all below it, or everybody's."""

    kind: str
    id: uuid.UUID | None = None

    @property
    def code(self) -> str:
        """Return the name of the subject in forms, such as ``person:0198...``."""
        return f"{self.kind}:{self.id}" if self.id else self.kind


@dataclass(frozen=True)
class Asked:
    """Which targets: of which measure and part of the business."""

    measure: MeasureSource
    slice: Slice = WHOLE


@dataclass
class Plan:
    """The targets of one measure, by subject and period, in the organization's currency; ``rows`` are their records.

    Targets in ``unknown`` currencies, without a rate, are left out of the amounts.
    """

    calendar: FiscalCalendar
    amounts: dict[Subject, dict[FiscalPeriod, Decimal]] = field(default_factory=dict)
    rows: dict[tuple[Subject, FiscalPeriod], list[uuid.UUID]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def set_amount(self, subject: Subject, period: FiscalPeriod) -> Decimal | None:
        """Return what was set for exactly this period."""
        return self.amounts.get(subject, {}).get(period)

    def goal(self, subject: Subject, period: FiscalPeriod) -> Decimal | None:
        """Return the target of a period: what was set for it, else what was set for its parts together."""
        return resolved(self.amounts.get(subject, {}), period, self.parts)

    def parts(self, period: FiscalPeriod) -> Sequence[FiscalPeriod]:
        """Return what a period consists of: a year of quarters, a quarter of months."""
        if period.kind == PeriodKind.MONTH:
            return ()
        smaller = PeriodKind.QUARTER if period.kind == PeriodKind.YEAR else PeriodKind.MONTH
        every = periods_of(self.calendar, period.year, smaller)
        return [part for part in every if period.first <= part.first <= period.last]


def load_plan(actor: Actor, asked: Asked, *, first: date, last: date) -> Plan:
    """Return the targets whose period begins in some days; the caller shows only those that the reader may see."""
    plan = Plan(fiscal_calendar(actor.organization))
    rows = Target.objects.filter(
        deleted_at__isnull=True,
        month__gte=first,
        month__lte=last,
        measure=asked.measure.name,
        dimension=asked.slice.dimension,
        part=asked.slice.part if asked.slice.dimension else "",
    )
    found = list(
        rows.order_by("created_at", "pk").values_list(
            "pk", "person_id", "departments", "period", "month", "amount", "currency"
        )
    )
    own = actor.currency
    coins = {row[6] or own for row in found} if asked.measure.is_money else set()
    rates = rates_of_day(actor.organization, last, coins)
    for pk, person, departments, kind, month, amount, currency in found:
        if len(departments) > 1:
            continue
        subject = subject_of(person, departments)
        period = period_of(plan.calendar, month, PeriodKind(kind))
        try:
            factor = rates.factor(currency or own, own) if asked.measure.is_money else Decimal(1)
        except UnknownRate:
            plan.unknown.add(currency)
            continue
        amounts = plan.amounts.setdefault(subject, {})
        amounts[period] = amounts.get(period, ZERO) + amount * factor
        plan.rows.setdefault((subject, period), []).append(pk)
    return plan


def subject_of(person: uuid.UUID | None, departments: Sequence[uuid.UUID]) -> Subject:
    """Return whose a target is."""
    if person is not None:
        return Subject(PERSON, person)
    return Subject(DEPARTMENT, departments[0]) if departments else Subject(EVERYBODY)


@dataclass(frozen=True)
class Attained:
    """What a person or team wanted to reach in a period and has reached; ``below`` is what its parts want together."""

    subject: Subject
    name: str
    goal: Decimal | None
    below: Decimal | None
    done: Decimal


class Attainment:
    """What is reached of the targets of a period, for every team and person that somebody may see."""

    def __init__(self, company: Company, plan: Plan, sums: Sums, period: FiscalPeriod) -> None:
        self.company, self.plan, self.sums, self.period = company, plan, sums, period
        self._below: dict[uuid.UUID | None, Decimal | None] = {}

    def of_person(self, person: uuid.UUID) -> Attained:
        """Return one person's."""
        subject = Subject(PERSON, person)
        name = self.company.members[person].name if person in self.company.members else ""
        return Attained(subject, name, self.plan.goal(subject, self.period), None, self.sums.of(person))

    def of_team(self, department: uuid.UUID | None) -> Attained:
        """Return a department's, or everybody's; without a target of its own, the sum of those below counts."""
        team = self.company.team(department)
        subject = Subject(DEPARTMENT, department) if department else Subject(EVERYBODY)
        sees_all = self.company.sees_all_of(department)
        own = self.plan.goal(subject, self.period) if sees_all else None
        below = self.below(department)
        people: list[uuid.UUID | None] = list(self.company.below(department))
        if department is None and sees_all:
            people.append(None)
        done = sum((self.sums.of(person) for person in people), ZERO)
        return Attained(subject, team.name if team else "", below if own is None else own, below, done)

    def below(self, department: uuid.UUID | None) -> Decimal | None:
        """Return what the teams and people directly in a department want together; None when none wants anything."""
        if department not in self._below:
            goals = [self._goal_of_team(team.id) for team in self.company.teams_in(department)]
            goals += [
                self.plan.goal(Subject(PERSON, member.id), self.period)
                for member in self.company.members_in(department, self.company.members)
            ]
            known = [goal for goal in goals if goal is not None]
            self._below[department] = sum(known, ZERO) if known else None
        return self._below[department]

    def _goal_of_team(self, department: uuid.UUID | None) -> Decimal | None:
        own = self.plan.goal(Subject(DEPARTMENT, department), self.period)
        return self.below(department) if own is None else own


def attainment(actor: Actor, company: Company, asked: Asked, period: FiscalPeriod) -> Attainment:
    """Return what is reached of the targets of a period: one question for the targets, one for the figures."""
    calendar = fiscal_calendar(actor.organization)
    year = period_of(calendar, period.first, PeriodKind.YEAR)
    plan = load_plan(actor, asked, first=year.first, last=year.last)
    question = Question(actor.organization, period.first, period.last, asked.slice)
    return Attainment(company, plan, achieved(asked.measure, question), period)


def usual_measures(organization: Organization, first: date, last: date) -> list[MeasureSource]:
    """Return the measures in use whose targets begin in some days, the one with most targets first."""
    rows = Target.objects.filter(deleted_at__isnull=True, month__gte=first, month__lte=last)
    counted = dict(rows.order_by().values_list("measure").annotate(number=Count("pk")))
    sources = [source for source in measures_on(organization) if counted.get(source.name)]
    return sorted(sources, key=lambda source: -counted[source.name])


def may_see_targets(actor: Actor) -> bool:
    """Say whether somebody sees any targets."""
    return bool(actor.is_system or actor.may("target", "view"))


def goals_of(
    organization: Organization, people: Collection[uuid.UUID], first: date, last: date, base: str
) -> dict[uuid.UUID, Decimal]:
    """Return what people want to reach in a fiscal period: of what is won, ordered or paid, over the whole business."""
    measure = BASES.get(base)
    if measure is None:
        return {}
    actor = system_actor(organization)
    calendar = fiscal_calendar(organization)
    year = period_of(calendar, first, PeriodKind.YEAR)
    plan = load_plan(actor, Asked(measure_sources[measure]), first=year.first, last=year.last)
    kinds = [period_of(calendar, first, kind) for kind in PeriodKind]
    period = next((found for found in kinds if (found.first, found.last) == (first, last)), None)
    if period is None:
        return {}
    found = {person: plan.goal(Subject(PERSON, person), period) for person in people}
    return {person: goal for person, goal in found.items() if goal is not None}
