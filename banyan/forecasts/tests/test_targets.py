"""Targets: the sheet, spreading, attainment, what is refused, my day and the big screen."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from banyan.billing.services.allocating import Target as Paid
from banyan.billing.services.payments import record_payment
from banyan.core.access.models import Territory
from banyan.core.kernel.clock import today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.customers.public import Customer
from banyan.forecasts.models import Target
from banyan.forecasts.queries.measures import Question, achieved, measures_on
from banyan.forecasts.tests.conftest import Deal
from banyan.money.public import FiscalPeriod, fiscal_calendar, fiscal_period, periods_of
from banyan.orders.public import place_order
from banyan.sales.public import OpportunityMember
from tests.cast import Cast, api_client, sign_in


def make(company: Cast, **values: Any) -> Any:
    actor = company.actor("admin")
    base = {"month": today("Asia/Shanghai"), "amount": "1000"}
    return door.create(actor, spec_for(actor.organization, "target"), base | values)


def save(browser: Client, cells: list[dict[str, str]], query: str = "?team=all") -> Any:
    return browser.post(f"/targets/plan{query}", {"cells": json.dumps(cells)})


def cell(row: str, period: str, value: str, was: str = "") -> dict[str, str]:
    return {"row": row, "period": period, "value": value, "was": was}


@pytest.mark.parametrize(
    ("values", "field", "word"),
    [
        ({"amount": "0"}, "amount", "more than zero"),
        ({"amount": "-5"}, "amount", "more than zero"),
        ({"amount": "99999999999999"}, "amount", "slip"),
        ({"measure": "new_customers", "amount": "1.5"}, "amount", "decimals"),
        ({"dimension": "territory", "part": "Nowhere"}, "part", "not found"),
        ({"dimension": "territory"}, "part", "which one"),
        ({"part": "Tools"}, "dimension", "what kind"),
        ({"measure": "new_customers", "dimension": "product_category", "part": "Tools"}, "dimension", "told apart"),
    ],
)
def test_what_cannot_be_a_target_is_refused(company: Cast, values: dict[str, str], field: str, word: str) -> None:
    answer = api_client(company, "admin").post(
        "/api/v1/targets", {"month": "2026-04-01", "amount": "10", **values}, content_type="application/json"
    )

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert word in error["message"]
    assert not Target.objects.exists()


def test_target_is_one_person_s_or_a_department_s(company: Cast) -> None:
    both = {"person": str(company.users["owner"].pk), "departments": [str(company.departments["sales"].pk)]}
    answer = api_client(company, "admin").post(
        "/api/v1/targets", {"month": "2026-04-01", "amount": "10", **both}, content_type="application/json"
    )

    assert "not both" in answer.json()["errors"][0]["message"]


def test_salesperson_sets_no_targets_of_others(company: Cast) -> None:
    values = {"month": "2026-04-01", "amount": "10", "person": str(company.users["owner"].pk)}
    answer = api_client(company, "salesperson").post("/api/v1/targets", values, content_type="application/json")

    assert answer.status_code == 422
    assert "manager" in answer.json()["errors"][0]["message"]


def test_sheet_writes_changes_and_takes_away_targets(company: Cast, month: FiscalPeriod) -> None:
    browser, owner = sign_in(company, "manager"), f"person:{company.users['owner'].pk}"
    sales = f"?team={company.departments['sales'].pk}"
    head = f"department:{company.departments['sales'].pk}"

    assert save(browser, [cell(owner, month.code, "12万"), cell(head, month.code, "200,000")], sales).status_code == 303
    assert set(Target.objects.values_list("amount", flat=True)) == {120_000, 200_000}
    page = browser.get(f"/targets/plan{sales}").content.decode()
    assert re.search(rf'data-period="{month.code}" data-was="120000"', page)
    assert f'aria-label="Olga Owner, {month.first:%Y-%m}"' in page

    assert save(browser, [cell(owner, month.code, "130000", "120000"), cell(head, month.code, "", "200000")], sales)
    live = Target.objects.filter(deleted_at=None)
    assert [(row.person_id, row.amount) for row in live] == [(company.users["owner"].pk, 130_000)]
    changes = browser.get("/targets/changes").content.decode()
    assert "120,000.00 → 130,000.00" in changes
    assert "Mei Manager" in changes


def test_sheet_refuses_what_somebody_else_changed_meanwhile_and_saves_nothing(
    company: Cast, month: FiscalPeriod
) -> None:
    browser = sign_in(company, "admin")
    owner, teammate = (f"person:{company.users[name].pk}" for name in ("owner", "teammate"))
    save(browser, [cell(owner, month.code, "100")])

    answer = save(browser, [cell(teammate, month.code, "50"), cell(owner, month.code, "300", "200")])
    assert answer.status_code == 409
    assert Target.objects.count() == 1


@pytest.mark.parametrize("value", ["-5", "abc", "1e400", "NaN", "12.345"])
def test_sheet_refuses_amounts_that_are_none(company: Cast, month: FiscalPeriod, value: str) -> None:
    owner = f"person:{company.users['owner'].pk}"
    answer = save(sign_in(company, "admin"), [cell(owner, month.code, value)])

    assert answer.status_code == 422
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    "sent", ["{", "5", '[{"row": "person:1"}]', '[{"row": "x", "period": "2026-M01", "value": "1", "was": ""}]']
)
def test_sheet_refuses_what_is_no_sheet(company: Cast, sent: str) -> None:
    assert sign_in(company, "admin").post("/targets/plan?team=all", {"cells": sent}).status_code == 422


def test_sheet_of_others_is_closed(company: Cast, month: FiscalPeriod) -> None:
    owner = f"person:{company.users['owner'].pk}"

    answer = save(sign_in(company, "salesperson"), [cell(owner, month.code, "5")], "")
    assert answer.status_code == 403
    head = save(
        sign_in(company, "salesperson"), [cell(f"department:{company.departments['south'].pk}", month.code, "5")], ""
    )
    assert head.status_code == 403
    assert not Target.objects.exists()


def test_year_is_spread_over_people_and_months_exactly(company: Cast) -> None:
    browser = sign_in(company, "admin")
    url = f"/targets/spread?team={company.departments['south'].pk}"

    answer = browser.post(url, {"amount": "1000000.01", "over": "both", "weights": "equal"})
    page = answer.content.decode()
    assert "nothing is saved yet" in page
    assert not Target.objects.exists()
    cells = [
        cell(row, *found)
        for row, line in re.findall(r'<tr data-sheet-row="([^"]+)".*?>(.*?)</tr>', page, re.DOTALL)
        for found in re.findall(r'data-period="([^"]+)" data-was="" value="([^"]+)"', line)
    ]
    assert save(browser, cells, f"?team={company.departments['south'].pk}").status_code == 303
    people = Target.objects.filter(person__isnull=False)
    assert sum(people.filter(period="month").values_list("amount", flat=True)) == Decimal("1000000.01")
    assert sum(people.filter(period="year").values_list("amount", flat=True)) == Decimal("1000000.01")
    assert people.filter(period="month").count() == 24


def test_last_year_gives_the_seasons(company: Cast, deal: Deal) -> None:
    calendar = fiscal_calendar(company.organization)
    year = fiscal_period(company.organization, today("Asia/Shanghai")).year
    last = periods_of(calendar, year - 1, "month")
    deal("owner", "300", won=True, day=last[0].first)
    deal("owner", "100", won=True, day=last[5].first)
    browser, query = sign_in(company, "admin"), "?team=all"

    page = browser.post(
        f"/targets/spread{query}", {"amount": "1000", "over": "months", "weights": "last_year"}
    ).content.decode()
    months = periods_of(calendar, year, "month")
    assert re.search(rf'data-period="{months[0].code}" data-was="" value="750"', page)
    assert re.search(rf'data-period="{months[5].code}" data-was="" value="250"', page)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"weights": "own", "own": "1 2"}, "one for each"),
        ({"weights": "own", "own": " ".join(["0"] * 12)}, "all weights are zero"),
        ({"weights": "own", "own": "a b"}, "no amount"),
        ({"weights": "last_year"}, "all weights are zero"),
        ({"weights": "equal", "amount": "none"}, "no amount"),
    ],
)
def test_spreading_says_what_is_wrong(company: Cast, given: dict[str, str], word: str) -> None:
    sent = {"amount": "1000", "over": "months", **given}
    answer = sign_in(company, "admin").post("/targets/spread?team=all", sent)

    assert answer.status_code == 422
    assert word in answer.content.decode()


def test_attainment_adds_up_the_tree_and_tells_the_difference(company: Cast, deal: Deal) -> None:
    make(company, person=company.users["owner"].pk, amount="1000")
    make(company, person=company.users["teammate"].pk, amount="500")
    make(company, departments=[str(company.departments["sales"].pk)], amount="2000")
    deal("owner", "800", won=True)
    deal("teammate", "100", won=True)

    page = (
        sign_in(company, "manager").get(f"/targets/attainment?team={company.departments['sales'].pk}").content.decode()
    )
    assert "¥900" in page
    assert "45 %" in page
    assert "¥500 less than this target" in page
    assert "80 %" in page
    own = sign_in(company, "owner").get("/targets/attainment?measure=number_won&team=all").content.decode()
    assert "Opportunities won" in own


def test_orders_and_payments_of_a_shared_deal_count_for_whoever_has_the_credit(company: Cast, deal: Deal) -> None:
    shared = deal("owner", "1000", won=True)
    OpportunityMember.objects.create(
        organization=company.organization, opportunity=shared, person=company.users["teammate"], share=Decimal(30)
    )
    actor = company.actor("admin")
    product = door.create(actor, spec_for(actor.organization, "product"), {"name": "Pump", "category": "Tools"})
    own = {"owner": company.users["owner"].pk, "customer": shared.customer_id, "status": "confirmed"}
    line = {"product": product.pk, "name": "Pump", "quantity": "1", "unit_price": "1000", "tax_rate": "0"}
    order = place_order(actor, {**own, "opportunity": shared.pk}, [line])
    place_order(actor, {**own, "amount": "200"})
    payment = {"customer": shared.customer_id, "amount": "500", "paid_on": str(today("Asia/Shanghai"))}
    record_payment(actor, payment, [Paid(order.pk, Decimal(500))])
    month = fiscal_period(company.organization, today("Asia/Shanghai"), "month")

    def reached(measure: str) -> dict[str, Decimal]:
        source = next(entry for entry in measures_on(company.organization) if entry.name == measure)
        sums = achieved(source, Question(company.organization, month.first, month.last))
        return {name: sums.of(company.users[name].pk) for name in ("owner", "teammate")}

    assert reached("orders_amount") == {"owner": Decimal(900), "teammate": Decimal(300)}
    assert reached("payments_received") == {"owner": Decimal(350), "teammate": Decimal(150)}


def test_part_of_the_business_is_counted_alone(company: Cast, deal: Deal) -> None:
    north = Territory.objects.create(organization=company.organization, name="North")
    Territory.objects.filter(pk=north.pk).update(path=[north.pk])
    actor = company.actor("admin")
    there = door.create(actor, spec_for(actor.organization, "customer"), {"name": "Northern"})
    Customer.objects.filter(pk=there.pk).update(territory=north)
    deal("owner", "300", won=True)
    deal("owner", "70", won=True, customer=there.pk)
    make(company, amount="100", dimension="territory", part="North")

    page = (
        sign_in(company, "admin")
        .get(f"/targets/attainment?team=all&dimension=territory&part={north.pk}")
        .content.decode()
    )
    assert "¥70" in page
    assert "70 %" in page


def test_my_day_shows_what_is_reached(company: Cast, deal: Deal) -> None:
    make(company, person=company.users["owner"].pk, amount="1000")
    deal("owner", "250", won=True)

    page = sign_in(company, "owner").get("/").content.decode()
    assert "My targets" in page
    assert "25 %" in page
    assert "My targets" not in sign_in(company, "salesperson").get("/").content.decode()


def test_big_screen_is_for_those_who_see_the_whole_team(company: Cast, deal: Deal) -> None:
    make(company, amount="1000")
    deal("owner", "990", won=True)

    page = sign_in(company, "admin").get("/targets/screen?team=all").content.decode()
    assert "99 %" in page
    assert "Olga Owner" in page
    assert "Acme" in page
    assert 'hx-trigger="every 60s"' in page
    assert sign_in(company, "salesperson").get("/targets/screen?team=all").status_code == 403
    part = sign_in(company, "admin").get("/targets/screen?team=all", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<div")


def test_person_without_department_has_a_place(company: Cast, deal: Deal) -> None:
    deal("viewer", "40", won=True)
    make(company, person=company.users["viewer"].pk, amount="80")

    page = sign_in(company, "admin").get("/targets/attainment?team=all").content.decode()
    assert "Vera Viewer" in page
    assert "50 %" in page
