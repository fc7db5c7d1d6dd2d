"""Calculating statements, approving and paying them; what was approved is corrected in the next one, never changed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.commissions.choices import LineKind, State
from banyan.commissions.models import CommissionAssignment, CommissionLine, CommissionPlan, CommissionStatement
from banyan.commissions.queries.credits import Asked, Credit, Credits, credits_of, record_ids
from banyan.commissions.rules import ATTAINMENT, CENT, ONE, ZERO, Sale, Terms, Unusable, calculate, correction
from banyan.commissions.rules import Statement as Calculated
from banyan.commissions.services.plans import terms_of, write_terms
from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import User, UserRole
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Conflict, Missing, Refused
from banyan.core.kernel.events import publish
from banyan.core.tenancy.sequences import take_numbers
from banyan.money.public import FiscalPeriod
from banyan.sales.public import goals_of_people

SEQUENCE = "commission_statement"
READY = gettext_noop("Your commission statement %(number)s is approved.")
NO_GOAL, NO_RATE = "no_goal", "no_rate"
FACTOR_PLACES = Decimal(1).scaleb(-18)


@dataclass(frozen=True)
class Change:
    """What calculating did to one person's statement."""

    statement_id: uuid.UUID
    person: str
    before: Decimal | None
    after: Decimal


@dataclass
class Outcome:
    """What calculating a period did: statements made or changed, and those that were approved and stay."""

    changes: list[Change] = field(default_factory=list)
    kept: int = 0


@transaction.atomic
def calculate_period(
    actor: Actor, plan: CommissionPlan, period: FiscalPeriod, *, people: Collection[uuid.UUID] | None = None
) -> Outcome:
    """Calculate everybody's draft of a plan for a period anew, or those of some; what is approved or paid stays as it is.

    Sales of earlier approved periods that turned up late, and changes of what was credited there, come in as well.
    """
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    CommissionPlan.objects.select_for_update().get(pk=plan.pk)
    days = _days_of_people(plan, period)
    existing = {
        row.person_id: row
        for row in CommissionStatement.objects.filter(plan=plan, first_day=period.first)
        if people is None or row.person_id in people
    }
    drafts = {person: row for person, row in existing.items() if row.state == State.DRAFT}
    # Whoever has no plan in the period any more keeps an empty draft no longer.
    CommissionStatement.objects.filter(pk__in=[row.pk for who, row in drafts.items() if who not in days]).delete()
    wanted = [
        person
        for person in days
        if (people is None or person in people) and (person not in existing or person in drafts)
    ]
    outcome = Outcome(kept=len(existing) - len(drafts))
    if not wanted:
        return outcome
    earlier = _Earlier(plan, wanted, period)
    terms = terms_of(plan)
    first = min([period.first, *(start for start, _end in earlier.periods)])
    asked = Asked(
        actor.organization, first, period.last, by_category=bool(terms.category_percents), overlays=plan.counts_overlays
    )
    found = credits_of(plan.base, asked)
    goals = _goals(actor, plan, terms, wanted, period)
    current = earlier.current(asked, plan)
    names = dict(User.objects.filter(pk__in=wanted).values_list("pk", "name"))
    for person in sorted(wanted, key=lambda who: names.get(who, "")):
        work = _Work(plan, period, person, terms, goals.get(person), days[person])
        work.take(found, earlier)
        draft = drafts.get(person) or _new_statement(actor, plan, period, person)
        before = draft.amount if person in drafts else None
        _write(draft, work, earlier.corrections(person, current), is_again=before is not None)
        outcome.changes.append(Change(draft.pk, names.get(person, ""), before, draft.amount))
    return outcome


def people_of_period(plan: CommissionPlan, period: FiscalPeriod) -> list[uuid.UUID]:
    """Return who has a plan in a period, or has a statement of it."""
    known = CommissionStatement.objects.filter(plan=plan, first_day=period.first).values_list("person_id", flat=True)
    return sorted({*_days_of_people(plan, period), *known})


@transaction.atomic
def approve(actor: Actor, statement_id: uuid.UUID) -> CommissionStatement:
    """Approve a draft: from now on it does not change. The person is told.

    Raises ``Refused`` while something is unclear in it, or an earlier draft of the person waits.
    """
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    statement = _locked(statement_id)
    if statement.state != State.DRAFT:
        raise Conflict("not_a_draft", _("This statement is approved already."))
    if statement.person_id == actor.user_id:
        raise Refused("own", _("Your own commission is approved by somebody else who keeps accounts."))
    if statement.problems:
        raise Refused("unclear", _("Clear up first what is wrong with this statement, then calculate it again."))
    if statement.last_day >= today(actor.organization.time_zone):
        raise Refused("period_runs", _("The period is not over yet: sales may still come in."))
    earlier = CommissionStatement.objects.filter(
        plan=statement.plan_id, person=statement.person_id, state=State.DRAFT, first_day__lt=statement.first_day
    )
    if earlier.exists():
        raise Refused(
            "earlier_first", _("An earlier statement of this person is still a draft. Approve that one first.")
        )
    statement.state, statement.approved_at, statement.approved_by = State.APPROVED, now(), actor.user
    statement.save(update_fields=["state", "approved_at", "approved_by"])
    publish(
        PeopleToTell(
            actor.organization_id,
            (statement.person_id,),
            READY,
            f"/commissions/{statement.pk}",
            {"number": statement.number},
            actor.user_id,
        )
    )
    return statement


@transaction.atomic
def pay(actor: Actor, statement_id: uuid.UUID, paid_on: date) -> CommissionStatement:
    """Note that an approved statement was paid; raise ``Conflict`` for any other."""
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    statement = _locked(statement_id)
    if statement.state != State.APPROVED:
        raise Conflict("not_approved", _("Only approved statements that are not paid yet can be paid."))
    if paid_on > today(actor.organization.time_zone):
        raise Refused("in_future", _("The day of payment lies ahead."))
    statement.state, statement.paid_on, statement.paid_by = State.PAID, paid_on, actor.user
    statement.save(update_fields=["state", "paid_on", "paid_by"])
    return statement


def _locked(statement_id: uuid.UUID) -> CommissionStatement:
    row = CommissionStatement.objects.select_for_update(no_key=True).filter(pk=statement_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such statement."))
    return row


def _days_of_people(plan: CommissionPlan, period: FiscalPeriod) -> dict[uuid.UUID, list[tuple[date, date]]]:
    """Return who has a plan on which days of a period."""
    rows = CommissionAssignment.objects.filter(plan=plan, starts_on__lte=period.last).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=period.first)
    )
    found: dict[uuid.UUID, list[tuple[date, date]]] = {}
    for row in rows:
        span = (max(row.starts_on, period.first), min(row.ends_on or period.last, period.last))
        people = (
            [row.person_id]
            if row.person_id
            else list(UserRole.objects.filter(role=row.role_id).values_list("user_id", flat=True))
        )
        for person in people:
            found.setdefault(person, []).append(span)
    return found


def _goals(
    actor: Actor, plan: CommissionPlan, terms: Terms, people: Sequence[uuid.UUID], period: FiscalPeriod
) -> dict[uuid.UUID, Decimal]:
    if terms.measured != ATTAINMENT and not terms.accelerators:
        return {}
    found: dict[uuid.UUID, Decimal] = {}
    for source in goals_of_people:
        found.update(source(actor.organization, people, period.first, period.last, plan.base))
    return found


def _new_statement(actor: Actor, plan: CommissionPlan, period: FiscalPeriod, person: uuid.UUID) -> CommissionStatement:
    number = take_numbers(actor.organization_id, SEQUENCE)
    return CommissionStatement.objects.create(
        organization=actor.organization,
        number=f"CS-{period.first:%Y}-{number:05d}",
        plan=plan,
        person_id=person,
        first_day=period.first,
        last_day=period.last,
        currency=actor.currency,
    )


@dataclass
class _Kept:
    """What earlier statements gave one person credit and money for, of one key."""

    credited: Decimal = ZERO
    earned: Decimal = ZERO
    line: CommissionLine | None = None
    first: date | None = None
    last: date | None = None


class _Earlier:
    """What statements of a plan that are approved have credited, by person and key."""

    def __init__(self, plan: CommissionPlan, people: Sequence[uuid.UUID], period: FiscalPeriod) -> None:
        statements = {
            row.pk: row
            for row in CommissionStatement.objects.filter(
                plan=plan, person__in=people, first_day__lt=period.first
            ).exclude(state=State.DRAFT)
        }
        self.periods = {(row.first_day, row.last_day) for row in statements.values()}
        self.of_person: dict[uuid.UUID, set[tuple[date, date]]] = {}
        for row in statements.values():
            self.of_person.setdefault(row.person_id, set()).add((row.first_day, row.last_day))
        self.kept: dict[tuple[uuid.UUID, str], _Kept] = {}
        lines = (
            CommissionLine.objects.filter(statement__in=statements)
            .exclude(key="")
            .order_by("statement__first_day", "position")
        )
        for line in lines:
            statement = statements[line.statement_id]
            entry = self.kept.setdefault((statement.person_id, line.key), _Kept())
            is_sale = line.kind in {LineKind.SALE, LineKind.LATE}
            entry.credited += line.base
            entry.earned += (line.amount * statement.factor).quantize(CENT) if is_sale else line.amount
            if is_sale:
                entry.line, entry.first, entry.last = line, statement.first_day, statement.last_day

    def has(self, person: uuid.UUID, key: str) -> bool:
        """Say whether somebody has had credit for something before."""
        return (person, key) in self.kept

    def had_statement(self, person: uuid.UUID, day: date) -> bool:
        """Say whether somebody has an approved statement for the period of a day."""
        return any(first <= day <= last for first, last in self.of_person.get(person, ()))

    def current(self, asked: Asked, plan: CommissionPlan) -> dict[tuple[uuid.UUID, str], Credit]:
        """Return the credit of today for everything that was credited before, whatever its day."""
        ids = record_ids({key for _person, key in self.kept})
        if not ids:
            return {}
        again = Asked(asked.organization, ids=ids, by_category=asked.by_category, overlays=asked.overlays)
        return {(credit.person, credit.key): credit for credit in credits_of(plan.base, again).found}

    def corrections(
        self, person: uuid.UUID, current: Mapping[tuple[uuid.UUID, str], Credit]
    ) -> list[tuple[_Kept, Decimal, Decimal]]:
        """Return what has to be corrected: the entry, the change of its credit, the change of its commission.

        What has moved to a day outside of its statement's period counts as gone: its new period has it.
        """
        found = []
        for (who, key), entry in sorted(self.kept.items(), key=lambda pair: pair[0][1]):
            if who != person or entry.line is None or entry.first is None or entry.last is None:
                continue
            credit = current.get((who, key))
            first = min(entry.first, entry.line.day or entry.first)
            value = credit.amount if credit is not None and first <= credit.day <= entry.last else ZERO
            if value != entry.credited:
                found.append((entry, value - entry.credited, correction(entry.credited, entry.earned, value)))
        return found


@dataclass
class _Work:
    """One person's statement while it is calculated."""

    plan: CommissionPlan
    period: FiscalPeriod
    person: uuid.UUID
    terms: Terms
    goal: Decimal | None
    days: list[tuple[date, date]]
    credits: dict[str, Credit] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    problems: list[dict[str, str]] = field(default_factory=list)

    def take(self, found: Credits, earlier: _Earlier) -> None:
        """Take the person's credit of the period, and what turned up late for earlier ones."""
        for credit in found.by_person(self.person):
            is_now = any(first <= credit.day <= last for first, last in self.days)
            is_late = (
                credit.day < self.period.first
                and earlier.had_statement(self.person, credit.day)
                and not earlier.has(self.person, credit.key)
            )
            if is_now or is_late:
                self.credits[credit.key] = credit
            if is_late:
                self.late.add(credit.key)
        self.problems += [
            {"code": NO_RATE, "detail": text}
            for text in sorted(found.unknown.get(self.person, ()))
            if self.period.first.isoformat() <= text[-10:] <= self.period.last.isoformat()
        ]

    def calculated(self) -> Calculated:
        """Return what the sales earn; nothing, with a problem, where a target is needed and missing."""
        sales = [Sale(key, credit.day, credit.amount, credit.category) for key, credit in self.credits.items()]
        try:
            return calculate(self.terms, sales, goal=self.goal)
        except Unusable as problem:
            self.problems.append({"code": problem.code, "detail": ""})
            return Calculated((), sum((sale.amount for sale in sales), ZERO), ZERO, ONE, ZERO, ZERO)


def _write(
    statement: CommissionStatement,
    work: _Work,
    corrections: Sequence[tuple[_Kept, Decimal, Decimal]],
    *,
    is_again: bool,
) -> None:
    """Write a draft and its lines anew."""
    made = work.calculated()
    lines = [_sale_line(work, earned) for earned in made.lines]
    if made.accelerated:
        lines.append(
            _line(kind=LineKind.ACCELERATOR, base=made.base, percent=made.accelerator * 100, amount=made.accelerated)
        )
    if made.capped:
        lines.append(_line(kind=LineKind.CAP, amount=made.capped))
    for entry, credit, amount in corrections:
        lines.append(_correction_line(entry, credit, amount))
    CommissionLine.objects.filter(statement=statement).delete()
    for position, line in enumerate(lines, start=1):
        line.organization_id, line.statement, line.position = statement.organization_id, statement, position
    CommissionLine.objects.bulk_create(lines, batch_size=1_000)
    total = made.total + sum((amount for _entry, _credit, amount in corrections), ZERO)
    if is_again and statement.amount != total:
        statement.earlier_amount = statement.amount
    statement.base, statement.amount, statement.goal = made.base, total, work.goal
    statement.factor = made.factor.quantize(FACTOR_PLACES)
    statement.terms, statement.problems, statement.calculated_at = write_terms(work.terms), work.problems, now()
    statement.save()


def _line(**values: Any) -> CommissionLine:
    return CommissionLine(**values)


def _sale_line(work: _Work, earned: Any) -> CommissionLine:
    credit = work.credits[earned.sale.key]
    return _line(
        kind=LineKind.LATE if credit.key in work.late else LineKind.SALE,
        key=credit.key,
        object_name=credit.object_name,
        record_id=credit.record_id,
        title=credit.title,
        day=credit.day,
        whole=credit.whole,
        share=credit.share,
        base=credit.amount,
        category=credit.category,
        percent=earned.percent,
        slices=[{"base": str(part.base), "rate": str(part.rate)} for part in earned.slices],
        amount=earned.amount,
    )


def _correction_line(entry: _Kept, credit: Decimal, amount: Decimal) -> CommissionLine:
    line = entry.line or CommissionLine()
    return _line(
        kind=LineKind.CLAWBACK if credit < 0 else LineKind.CORRECTION,
        key=line.key,
        object_name=line.object_name,
        record_id=line.record_id,
        title=line.title,
        day=line.day,
        base=credit,
        category=line.category,
        amount=amount,
    )
