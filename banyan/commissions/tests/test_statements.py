"""Statements: calculated, approved, paid, corrected, and seen by whom they concern."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from banyan.billing.models import Allocation, Payment
from banyan.commissions.choices import LineKind, State
from banyan.commissions.jobs import CALCULATE, calculate_many, start_calculation
from banyan.commissions.models import CommissionLine, CommissionPlan, CommissionStatement
from banyan.commissions.rules import Accelerator, Terms, Tier
from banyan.commissions.services.plans import assign, save_plan
from banyan.commissions.services.statements import approve, calculate_period, pay
from banyan.core.access.models import ReportingLine
from banyan.core.jobs.runs import latest_run
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, DomainError, Invalid, NotAllowed, Refused
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.money.models import ExchangeRate
from banyan.money.public import FiscalPeriod, NewRate, beside, enter_rates, fiscal_calendar, fiscal_period
from banyan.orders.models import Order
from banyan.sales.models import Opportunity, OpportunityMember
from tests.cast import Cast, api_client, sign_in

FLAT = Terms((Tier(Decimal(0), None, Decimal(10)),))
OrderMaker = Callable[..., Any]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Let refusals be read in English, whatever catalogues are compiled."""
    with translation.override("en"):
        yield


@pytest.fixture
def company(scope: Cast) -> Cast:
    scope.organization.edition, scope.organization.modules_on = "standard", ["commissions"]
    scope.organization.save(update_fields=["edition", "modules_on"])
    return scope


@pytest.fixture
def past(company: Cast) -> list[FiscalPeriod]:
    """The last three months that are over, newest first."""
    calendar = fiscal_calendar(company.organization)
    month = fiscal_period(company.organization, today("Asia/Shanghai"), "month")
    return [beside(calendar, month, -step) for step in (1, 2, 3)]


@pytest.fixture
def order(company: Cast) -> OrderMaker:
    actor = company.actor("admin")
    customer = door.create(actor, spec_for(actor.organization, "customer"), {"name": "Acme"})

    def make(owner: str, amount: str, day: date, **more: Any) -> Any:
        values = {
            "customer": customer.pk,
            "owner": company.users[owner].pk,
            "amount": amount,
            "ordered_on": day,
            **more,
        }
        return door.create(actor, spec_for(actor.organization, "order"), values)

    return make


def plan_of(
    company: Cast, *people: str, terms: Terms = FLAT, starts_on: date = date(2020, 1, 1), **values: Any
) -> CommissionPlan:
    actor = company.actor("admin")
    plan = save_plan(
        actor, None, terms, **{"name": "Plan", "base": "ordered", "interval": "month", "is_active": True, **values}
    )
    for person in people:
        assign(actor, plan, person=company.users[person], starts_on=starts_on)
    return plan


def statement_of(company: Cast, person: str, period: FiscalPeriod) -> CommissionStatement:
    return CommissionStatement.objects.get(person=company.users[person], first_day=period.first)


def lines(statement: CommissionStatement) -> list[CommissionLine]:
    return list(CommissionLine.objects.filter(statement=statement).order_by("position"))


def test_orders_of_the_period_earn_by_the_tiers(company: Cast, order: OrderMaker, past: list[FiscalPeriod]) -> None:
    steps = (Tier(Decimal(0), Decimal(1000), Decimal(5)), Tier(Decimal(1000), None, Decimal(10)))
    plan = plan_of(company, "owner", terms=Terms(steps))
    order("owner", "800", past[0].first)
    second = order("owner", "400", past[0].last)
    order("owner", "999", past[0].last + timedelta(days=1))
    order("teammate", "500", past[0].first)
    order("owner", "77", past[0].first, status="draft")

    outcome = calculate_period(company.actor("admin"), plan, past[0])

    assert [(change.person, change.after) for change in outcome.changes] == [("Olga Owner", 70)]
    found = statement_of(company, "owner", past[0])
    assert (found.base, found.amount, found.state) == (1200, 70, State.DRAFT)
    traced = lines(found)[1]
    assert (traced.record_id, traced.object_name, traced.amount) == (second.pk, "order", 30)
    assert traced.slices == [{"base": "200.00", "rate": "5"}, {"base": "200.00", "rate": "10"}]


def test_credit_is_shared_as_the_opportunity_says(company: Cast, order: OrderMaker, past: list[FiscalPeriod]) -> None:
    actor = company.actor("admin")
    deal = door.create(
        actor, spec_for(actor.organization, "opportunity"), {"name": "Big", "owner": company.users["owner"].pk}
    )
    OpportunityMember.objects.create(
        organization=company.organization, opportunity=deal, person=company.users["teammate"], share=Decimal("33.33"), overlay=Decimal(10)
    )  # fmt: skip
    plan = plan_of(company, "owner", "teammate")
    order("owner", "100.01", past[0].first, opportunity=deal.pk)

    calculate_period(actor, plan, past[0])

    mine, theirs = (lines(statement_of(company, name, past[0]))[0] for name in ("owner", "teammate"))
    assert (mine.share, mine.base) == (Decimal("66.67"), Decimal("66.68"))
    assert (theirs.share, theirs.base) == (Decimal("43.33"), Decimal("43.33"))


def test_recalculation_shows_the_difference_and_leaves_what_is_approved(
    company: Cast, order: OrderMaker, past: list[FiscalPeriod]
) -> None:
    admin, plan = company.actor("admin"), plan_of(company, "owner", "teammate")
    first = order("owner", "1000", past[0].first)
    order("teammate", "1000", past[0].first)
    calculate_period(admin, plan, past[0])
    approve(admin, statement_of(company, "teammate", past[0]).pk)
    Order.objects.filter(pk=first.pk).update(amount=2000)
    order("teammate", "500", past[0].first)

    outcome = calculate_period(admin, plan, past[0])

    assert [(change.before, change.after) for change in outcome.changes] == [(100, 200)]
    assert outcome.kept == 1
    assert statement_of(company, "owner", past[0]).earlier_amount == 100
    assert statement_of(company, "teammate", past[0]).amount == 100


def test_cancellation_after_approval_is_taken_back_in_the_next_statement(
    company: Cast, order: OrderMaker, past: list[FiscalPeriod]
) -> None:
    admin, plan = company.actor("admin"), plan_of(company, "owner")
    gone, less = order("owner", "1000", past[2].first), order("owner", "600", past[2].first)
    calculate_period(admin, plan, past[2])
    approved = statement_of(company, "owner", past[2])
    approve(admin, approved.pk)
    Order.objects.filter(pk=gone.pk).update(status="cancelled")
    Order.objects.filter(pk=less.pk).update(amount=400)

    calculate_period(admin, plan, past[1])

    approved.refresh_from_db()
    assert approved.amount == 160
    corrected = statement_of(company, "owner", past[1])
    assert corrected.amount == -120
    assert sorted((line.kind, line.base, line.amount) for line in lines(corrected)) == [
        (LineKind.CLAWBACK, -1000, -100),
        (LineKind.CLAWBACK, -200, -20),
    ]
    # What was corrected once is not corrected again.
    approve(admin, corrected.pk)
    calculate_period(admin, plan, past[0])
    assert statement_of(company, "owner", past[0]).amount == 0


def test_late_sale_of_an_approved_period_comes_with_the_next(
    company: Cast, order: OrderMaker, past: list[FiscalPeriod]
) -> None:
    admin, plan = company.actor("admin"), plan_of(company, "owner")
    order("owner", "100", past[1].first)
    calculate_period(admin, plan, past[1])
    approve(admin, statement_of(company, "owner", past[1]).pk)
    order("owner", "50", past[1].last)

    calculate_period(admin, plan, past[0])

    (late,) = lines(statement_of(company, "owner", past[0]))
    assert (late.kind, late.amount) == (LineKind.LATE, 5)


def test_accelerator_and_cap_are_lines_of_their_own(company: Cast, order: OrderMaker, past: list[FiscalPeriod]) -> None:
    terms = Terms(FLAT.tiers, accelerators=(Accelerator(Decimal(100), Decimal(2)),), cap=Decimal(150))
    admin, plan = company.actor("admin"), plan_of(company, "owner", terms=terms)
    door.create(
        admin,
        spec_for(admin.organization, "target"),
        {"person": company.users["owner"].pk, "month": past[0].first, "amount": "1000", "measure": "orders_amount"},
    )
    sold = order("owner", "1000", past[0].first)

    calculate_period(admin, plan, past[0])
    found = statement_of(company, "owner", past[0])
    assert found.amount == 150
    assert [(line.kind, line.amount) for line in lines(found)] == [
        (LineKind.SALE, 100), (LineKind.ACCELERATOR, 100), (LineKind.CAP, -50),
    ]  # fmt: skip
    approve(admin, found.pk)
    Order.objects.filter(pk=sold.pk).update(status="cancelled")
    calendar = fiscal_calendar(company.organization)
    following = beside(calendar, past[0], 1)
    door.create(
        admin,
        spec_for(admin.organization, "target"),
        {"person": company.users["owner"].pk, "month": following.first, "amount": "1", "measure": "orders_amount"},
    )
    calculate_period(admin, plan, following)
    assert statement_of(company, "owner", following).amount == -150


def test_plan_that_needs_a_target_says_so_and_is_not_approved(
    company: Cast, order: OrderMaker, past: list[FiscalPeriod]
) -> None:
    terms = Terms(FLAT.tiers, accelerators=(Accelerator(Decimal(100), Decimal(2)),))
    admin, plan = company.actor("admin"), plan_of(company, "owner", terms=terms)
    order("owner", "1000", past[0].first)
    calculate_period(admin, plan, past[0])

    found = statement_of(company, "owner", past[0])
    assert found.amount == 0
    with pytest.raises(Refused, match="Clear up"):
        approve(admin, found.pk)
    assert "needs a target" in sign_in(company, "owner").get(f"/commissions/{found.pk}").content.decode()


def test_currency_without_a_rate_is_told_and_keeps_from_approving(
    company: Cast, order: OrderMaker, past: list[FiscalPeriod]
) -> None:
    admin, plan = company.actor("admin"), plan_of(company, "owner")
    rate = NewRate("USD", past[0].first, Decimal(7))
    enter_rates(admin, [rate])
    order("owner", "100", past[0].first, currency="USD")
    ExchangeRate.objects.all().delete()
    calculate_period(admin, plan, past[0])
    found = statement_of(company, "owner", past[0])

    with pytest.raises(Refused):
        approve(admin, found.pk)
    enter_rates(admin, [rate])
    calculate_period(admin, plan, past[0])
    assert statement_of(company, "owner", past[0]).amount == 70
    approve(admin, found.pk)


def test_payments_earn_when_they_come_in_and_reversed_ones_are_taken_back(
    company: Cast, order: OrderMaker, past: list[FiscalPeriod]
) -> None:
    admin, plan = company.actor("admin"), plan_of(company, "owner", base="paid")
    sold = order("owner", "1000", past[2].first)
    payment = Payment.objects.create(
        organization=company.organization, number="P1", customer=sold.customer, paid_on=past[1].first, amount=300
    )
    made = Allocation.objects.create(
        organization=company.organization, payment=payment, order=sold, amount=300, order_amount=300
    )

    for period in (past[2], past[1]):
        calculate_period(admin, plan, period)
        approve(admin, statement_of(company, "owner", period).pk)
    assert statement_of(company, "owner", past[2]).amount == 0
    assert statement_of(company, "owner", past[1]).amount == 30
    Allocation.objects.filter(pk=made.pk).update(reversed_at=made.made_at)
    calculate_period(admin, plan, past[0])
    assert statement_of(company, "owner", past[0]).amount == -30


def test_won_opportunities_earn_by_product_category(company: Cast, past: list[FiscalPeriod]) -> None:
    admin = company.actor("admin")
    plan = plan_of(company, "owner", base="won", terms=Terms(FLAT.tiers, category_percents={"Service": Decimal(200)}))
    products = [
        door.create(admin, spec_for(admin.organization, "product"), {"name": name, "category": name})
        for name in ("Service", "Goods")
    ]
    deal = door.create(
        admin, spec_for(admin.organization, "opportunity"), {"name": "Both", "owner": company.users["owner"].pk}
    )
    for product, price in zip(products, ("100", "300"), strict=True):
        door.create(
            admin,
            spec_for(admin.organization, "opportunity_line"),
            {"opportunity": deal.pk, "product": product.pk, "quantity": 1, "unit_price": price},
        )
    Opportunity.objects.filter(pk=deal.pk).update(outcome="won", closed_on=past[0].first, amount=400)

    calculate_period(admin, plan, past[0])

    assert sorted((line.category, line.amount) for line in lines(statement_of(company, "owner", past[0]))) == [
        ("Goods", 30), ("Service", 20),
    ]  # fmt: skip


def test_plan_counts_within_its_days_and_overlaps_are_refused(
    company: Cast, order: OrderMaker, past: list[FiscalPeriod]
) -> None:
    admin = company.actor("admin")
    plan = plan_of(company)
    half = past[0].first + timedelta(days=10)
    assign(admin, plan, person=company.users["owner"], starts_on=half, ends_on=past[0].last)
    for day in (past[0].first, half):
        order("owner", "100", day)
    calculate_period(admin, plan, past[0])

    assert statement_of(company, "owner", past[0]).amount == 10
    with pytest.raises(Invalid, match="already"):
        assign(admin, plan, person=company.users["owner"], starts_on=past[0].last)
    with pytest.raises(Invalid, match="before the first"):
        assign(admin, plan, person=company.users["viewer"], starts_on=half, ends_on=half - timedelta(days=1))


def test_statement_goes_its_way_once(company: Cast, order: OrderMaker, past: list[FiscalPeriod]) -> None:
    admin, plan = company.actor("admin"), plan_of(company, "owner", "admin")
    order("owner", "100", past[0].first)
    calculate_period(admin, plan, past[0])
    found = statement_of(company, "owner", past[0])

    with pytest.raises(NotAllowed):
        approve(company.actor("owner"), found.pk)
    with pytest.raises(Refused, match="somebody else"):
        approve(admin, statement_of(company, "admin", past[0]).pk)
    with pytest.raises(Conflict):
        pay(admin, found.pk, past[0].last)
    approve(admin, found.pk)
    with pytest.raises(Conflict):
        approve(admin, found.pk)
    with pytest.raises(Refused, match="ahead"):
        pay(admin, found.pk, today("Asia/Shanghai") + timedelta(days=3))
    assert pay(admin, found.pk, today("Asia/Shanghai")).state == State.PAID


def test_running_period_is_not_approved(company: Cast, order: OrderMaker, past: list[FiscalPeriod]) -> None:
    admin, plan = company.actor("admin"), plan_of(company, "owner")
    running = beside(fiscal_calendar(company.organization), past[0], 1)
    calculate_period(admin, plan, running)

    with pytest.raises(Refused, match="not over"):
        approve(admin, statement_of(company, "owner", running).pk)


def test_everybody_sees_their_own_and_managers_their_people(
    company: Cast, order: OrderMaker, past: list[FiscalPeriod]
) -> None:
    admin, plan = company.actor("admin"), plan_of(company, "owner", "salesperson")
    order("owner", "100", past[0].first)
    order("salesperson", "200", past[0].first)
    calculate_period(admin, plan, past[0])
    urls = {name: f"/commissions/{statement_of(company, name, past[0]).pk}" for name in ("owner", "salesperson")}

    seen = {
        person: [sign_in(company, person).get(url).status_code for url in urls.values()]
        for person in ("owner", "salesperson", "manager", "admin", "teammate")
    }

    assert seen == {
        "owner": [200, 404], "salesperson": [404, 200], "manager": [200, 200], "admin": [200, 200], "teammate": [404, 404],
    }  # fmt: skip
    assert sign_in(company, "teammate").get("/commissions").status_code == 403
    ReportingLine.objects.create(
        organization=company.organization, user=company.users["owner"], superior=company.users["teammate"]
    )
    assert sign_in(company, "teammate").get(urls["owner"]).status_code == 200
    page = sign_in(company, "owner").get(f"/commissions?period={past[0].code}").content.decode()
    assert "Olga Owner" in page
    assert "Sam Sales" not in page


def test_pages_calculate_approve_pay_and_export(company: Cast, order: OrderMaker, past: list[FiscalPeriod]) -> None:
    plan_of(company, "owner")
    order("owner", "100", past[0].first, name="=HYPERLINK(1)")
    browser, query = sign_in(company, "admin"), f"?period={past[0].code}"

    assert browser.post(f"/commissions/calculate{query}").status_code == 303
    page = browser.get(f"/commissions{query}").content.decode()
    assert "CN¥10" in page
    assert browser.post(f"/commissions/approve{query}").status_code == 303
    assert browser.post(f"/commissions/pay{query}", {"paid_on": today("Asia/Shanghai").isoformat()}).status_code == 303
    found = statement_of(company, "owner", past[0])
    assert found.state == State.PAID
    paper = browser.get(f"/commissions/{found.pk}").content.decode()
    assert "CN¥100 × 10 %" in paper
    exported = browser.get(f"/commissions/export{query}").content.decode("utf-8-sig")
    assert found.number in exported
    assert "10.00" in browser.get(f"/commissions/{found.pk}/export").content.decode()
    assert sign_in(company, "owner").post(f"/commissions/calculate{query}").status_code == 403


def test_plan_is_shaped_given_and_tried_on_its_page(company: Cast) -> None:
    browser = sign_in(company, "admin")
    sent = {
        "name": "Field sales", "base": "ordered", "interval": "month", "mode": "marginal", "measured": "amount", "is_active": "on",
        "tier_start": ["0", "1,000", ""], "tier_end": ["1000", "", ""], "tier_rate": ["2", "4%", ""],
        "category_name": ["Service"], "category_percent": ["150"], "accelerator_from": [""], "accelerator_factor": [""],
    }  # fmt: skip

    broken = browser.post("/settings/commissions/new", {**sent, "tier_start": ["0", "1200", ""]})
    assert broken.status_code == 422
    assert "Tier 2 leaves a gap" in broken.content.decode()
    assert not CommissionPlan.objects.exists()
    assert browser.post("/settings/commissions/new", sent).status_code == 303
    plan = CommissionPlan.objects.get()
    tried = browser.get(f"/settings/commissions/{plan.pk}?try=2000").content.decode()
    assert "CN¥60" in tried
    given = browser.post(
        f"/settings/commissions/{plan.pk}/give",
        {"person": str(company.users["owner"].pk), "role": "", "starts_on": "2026-01-01"},
    )
    assert given.status_code == 303
    assert "Olga Owner" in browser.get(f"/settings/commissions/{plan.pk}").content.decode()
    assert sign_in(company, "owner").get("/settings/commissions").status_code == 403


def test_strangers_find_nothing(company: Cast, strangers: Cast, order: OrderMaker, past: list[FiscalPeriod]) -> None:
    admin, plan = company.actor("admin"), plan_of(company, "owner")
    order("owner", "100", past[0].first)
    calculate_period(admin, plan, past[0])
    found = statement_of(company, "owner", past[0])
    strangers.organization.edition, strangers.organization.modules_on = "standard", ["commissions"]
    strangers.organization.save(update_fields=["edition", "modules_on"])

    assert sign_in(strangers, "admin").get(f"/commissions/{found.pk}").status_code == 404


def test_basic_edition_knows_nothing_of_it(company: Cast) -> None:
    company.organization.edition, company.organization.modules_on = "basic", []
    company.organization.save(update_fields=["edition", "modules_on"])

    assert sign_in(company, "admin").get("/commissions").status_code == 404
    assert sign_in(company, "admin").get("/settings/commissions").status_code == 404


def test_absurd_terms_are_refused(company: Cast) -> None:
    for terms in (
        Terms(()),
        Terms(FLAT.tiers, cap=Decimal(-1)),
        Terms(FLAT.tiers, category_percents={"x": Decimal(-1)}),
    ):
        with pytest.raises(DomainError):
            plan_of(company, terms=terms)
    assert not CommissionPlan.objects.exists()


def test_many_people_are_calculated_in_the_background_and_programs_read_the_statements(
    company: Cast, past: list[FiscalPeriod], order: OrderMaker
) -> None:
    plan = plan_of(company, "owner", "teammate")
    order("owner", "1000", past[0].first)
    browser, code = sign_in(company, "admin"), past[0].code
    start_calculation(company.actor("admin"), [plan], past[0])

    page = browser.get(f"/commissions?period={code}").content.decode()
    assert "The statements are being calculated." in page
    with organization_scope(company.organization.pk):
        run = latest_run(CALCULATE)
        assert run is not None
        actor = company.actor("admin")
    calculate_many(
        organization_id=str(actor.organization_id), user_id=str(actor.user_id), run_id=str(run.pk), plans=[str(plan.pk)],
        period=code,
    )  # fmt: skip

    assert browser.get(f"/commissions/calculation?period={code}").status_code == 303
    program = api_client(company, "admin")
    items = program.get(f"/api/v1/commission-statements?period={code}&state=draft").json()["items"]
    assert sorted(item["amount"] for item in items) == ["0.00", "100.00"]
    paid = next(item for item in items if item["amount"] == "100.00")
    (line,) = program.get(f"/api/v1/commission-statements/{paid['id']}").json()["lines"]
    assert (line["credit"], line["amount"]) == ("1000.00", "100.00")
    own = api_client(company, "teammate").get("/api/v1/commission-statements").json()["items"]
    assert [item["person_name"] for item in own] == [company.users["teammate"].name]
    assert program.get("/api/v1/commission-statements?state=lost").status_code == 400
