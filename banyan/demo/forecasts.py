"""What the medium company wants to sell this year, has sold, and forecasts; and what its people earn by it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from banyan.commissions.public import CommissionStatement, Terms, Tier, approve, assign, calculate_period, save_plan
from banyan.core.access.actor import Actor
from banyan.core.access.standing import actor_for
from banyan.core.identity.models import Department, Role, User
from banyan.core.kernel.clock import now, today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.forecasts.choices import SubmissionKind
from banyan.forecasts.public import ForecastSnapshot, ForecastSubmission, adjust, submit, take_snapshots
from banyan.money.choices import PeriodKind
from banyan.money.public import FiscalPeriod, beside, fiscal_calendar, fiscal_period, periods_of
from banyan.sales.choices import Outcome
from banyan.sales.public import Opportunity

SEED = 20261126
#: When the deals of the published data were won.
DATA_YEAR = 2017
WEEKS = 6
NOTES = (
    "Two deals may slip into the next quarter.",
    "As discussed on Monday.",
    "The large one is signed next week.",
    "",
)
TIERS = (("0", "5000", "3"), ("5000", "15000", "5"), ("15000", None, "8"))


def forecast_and_pay(administrator: Actor) -> None:
    """Give the company targets, forecasts with a past, and a commission plan with statements."""
    chance = random.Random(SEED)  # noqa: S311 a demo that is the same each time
    day = today(administrator.time_zone)
    year = fiscal_period(administrator.organization, day)
    sellers = list(User.objects.filter(title="Sales agent", is_active=True).order_by("name"))
    _judge(administrator, day, chance)
    _set_targets(administrator, year, sellers, chance)
    _forecast(administrator, day, sellers, chance)
    _pay(administrator, day)


def _judge(actor: Actor, day: date, chance: random.Random) -> None:
    """Let sellers have said of the open deals of the quarter how firmly they may be counted on."""
    quarter = fiscal_period(actor.organization, day, PeriodKind.QUARTER)
    rows = Opportunity.objects.filter(
        outcome=Outcome.OPEN, deleted_at__isnull=True, expected_close_on__range=(quarter.first, quarter.last)
    )
    categories = ("commit", "commit", "best_case", "best_case", "best_case", "pipeline")
    changes = {
        pk: {"forecast_category": chance.choice(categories)}
        for pk in rows.order_by("number").values_list("pk", flat=True)
    }
    door.update_many(actor, spec_for(actor.organization, "opportunity"), changes)


def _set_targets(actor: Actor, year: FiscalPeriod, sellers: Sequence[User], chance: random.Random) -> None:
    """Want orders of everybody all year, wins in the quarter that is forecast, and wins in the year of the published data."""
    calendar = fiscal_calendar(actor.organization)
    months = periods_of(calendar, year.year, PeriodKind.MONTH)
    quarter = fiscal_period(actor.organization, today(actor.time_zone), PeriodKind.QUARTER)
    rows: list[dict[str, Any]] = [
        {
            "person": seller.pk, "month": month.first, "period": "month", "measure": "orders_amount",
            "amount": str(chance.choice((12000, 18000, 25000, 35000, 45000))),
        }
        for seller in sellers
        for month in months
    ]  # fmt: skip
    rows += [
        {
            "person": seller.pk, "month": quarter.first, "period": "quarter",
            "amount": str(chance.choice((5000, 6000, 7500, 9000, 12000))),
        }
        for seller in sellers
    ]  # fmt: skip
    rows += [
        {
            "person": seller.pk, "month": part.first, "period": "quarter",
            "amount": str(chance.choice((60000, 80000, 100000, 120000))),
        }
        for seller in sellers
        for part in periods_of(calendar, DATA_YEAR, PeriodKind.QUARTER)
    ]  # fmt: skip
    offices = Department.objects.filter(name__endswith=" office").order_by("name")
    for first, amounts, measure in (
        (year.first, ("2800000", "3000000", "3600000"), "orders_amount"),
        (periods_of(calendar, DATA_YEAR, PeriodKind.YEAR)[0].first, ("3500000", "3000000", "3800000"), "amount_won"),
    ):
        rows += [
            {"departments": [str(office.pk)], "month": first, "amount": amount, "period": "year", "measure": measure}
            for office, amount in zip(offices, amounts, strict=False)
        ]
    rows.append({"month": year.first, "amount": "120", "period": "year", "measure": "new_customers", "currency": ""})
    door.create_many(actor, spec_for(actor.organization, "target"), rows)


def _forecast(administrator: Actor, day: date, sellers: Sequence[User], chance: random.Random) -> None:
    organization = administrator.organization
    quarter = fiscal_period(organization, day, PeriodKind.QUARTER)
    for seller in sellers[::2]:
        amount = Decimal(chance.randint(30, 90) * 100)
        submit(
            actor_for(User.objects.select_related("organization").get(pk=seller.pk)),
            quarter,
            amount,
            note=chance.choice(NOTES),
        )
    for seller in sellers[:6:2]:
        reason = "Counted without the deal that waits for a budget."
        adjust(administrator, quarter, seller.pk, Decimal(chance.randint(20, 50) * 100), reason=reason)
    _remember(administrator, quarter, sellers, chance)
    take_snapshots(administrator)
    _remember_days(administrator, quarter, day)


def _remember(administrator: Actor, quarter: FiscalPeriod, sellers: Sequence[User], chance: random.Random) -> None:
    """Let people have forecast the quarters before as well."""
    calendar, organization = fiscal_calendar(administrator.organization), administrator.organization
    rows = []
    for step in (1, 2):
        period = beside(calendar, quarter, -step)
        length = (period.last - period.first).days
        for seller in sellers[:8]:
            for after in (10, length - 12):
                at = now() - timedelta(days=(today(administrator.time_zone) - period.first).days - after)
                rows.append(
                    ForecastSubmission(
                        organization=organization, kind=SubmissionKind.OWN, person=seller, period=period.kind,
                        first_day=period.first, amount=chance.randint(15, 60) * 100, currency=administrator.currency,
                        by=seller, at=at,
                    )
                )  # fmt: skip
    ForecastSubmission.objects.bulk_create(rows)


def _remember_days(administrator: Actor, quarter: FiscalPeriod, day: date) -> None:
    """Let the figures of the quarter have come to where they are, week by week."""
    now_standing = list(ForecastSnapshot.objects.filter(month__gte=quarter.first, month__lte=quarter.last))
    rows = []
    for week in range(WEEKS, 0, -1):
        then = day - timedelta(weeks=week)
        part = Decimal(WEEKS - week) / WEEKS
        if then < quarter.first:
            continue
        for row in now_standing:
            moved = row.closed * (1 - part)
            rows.append(
                ForecastSnapshot(
                    organization=administrator.organization, day=then, month=row.month, person_id=row.person_id,
                    closed=row.closed * part, commit=row.commit * Decimal("0.8") + moved / 2,
                    best_case=row.best_case + moved / 4, pipeline=row.pipeline * Decimal("1.1") + moved / 4,
                )
            )  # fmt: skip
    ForecastSnapshot.objects.bulk_create(rows, batch_size=2_000)


def _pay(administrator: Actor, day: date) -> None:
    terms = Terms(
        tuple(Tier(Decimal(start), None if end is None else Decimal(end), Decimal(rate)) for start, end, rate in TIERS)
    )
    values = {"name": "Field sales", "base": "ordered", "interval": "month", "counts_overlays": True, "is_active": True}
    plan = save_plan(administrator, None, terms, **values)
    calendar = fiscal_calendar(administrator.organization)
    month = fiscal_period(administrator.organization, day, PeriodKind.MONTH)
    first = beside(calendar, month, -2)
    assign(administrator, plan, role=Role.objects.get(key="salesperson"), starts_on=first.first)
    calculate_period(administrator, plan, first)
    for pk in CommissionStatement.objects.filter(plan=plan, first_day=first.first).values_list("pk", flat=True):
        approve(administrator, pk)
    calculate_period(administrator, plan, beside(calendar, month, -1))
