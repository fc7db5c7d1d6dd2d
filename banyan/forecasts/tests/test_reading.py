"""Forecast and attainment for programs, and credit that a team shares."""

from __future__ import annotations

from decimal import Decimal

from banyan.forecasts.tests.conftest import Deal
from banyan.forecasts.tests.test_targets import make
from banyan.money.public import FiscalPeriod
from banyan.sales.models import OpportunityMember
from tests.cast import Cast, api_client


def test_credit_of_members_counts_for_them_and_not_for_the_owner(
    company: Cast, deal: Deal, quarter: FiscalPeriod, month: FiscalPeriod
) -> None:
    won = deal("owner", "1000", won=True)
    deal("owner", "500", won=True)
    deal("teammate", "80", category="commit")
    OpportunityMember.objects.create(
        organization=company.organization, opportunity=won, person=company.users["teammate"], share=Decimal(30)
    )
    make(company, person=company.users["owner"].pk, amount="2400")
    make(company, person=company.users["teammate"].pk, amount="300")
    program = api_client(company, "admin")

    found = program.get(f"/api/v1/targets/attainment?team=all&period={month.code}").json()
    forecast = program.get(f"/api/v1/forecast?team=all&period={quarter.code}").json()

    def flat(answer: dict[str, object]) -> dict[str, dict[str, object]]:
        return {str(row["name"]): row for row in answer["items"]} | {"": answer["total"]}  # type: ignore[attr-defined,dict-item]

    total = flat(found)[""]
    assert (total["reached"], found["measure"]) == ("1500.00", "amount_won")
    assert forecast["total"]["closed"] == "1500.00"
    assert forecast["total"]["forecast"] == "1580.00"
    sales = next(row["id"] for row in found["items"] if row["kind"] == "team")
    below = [sales]
    people: dict[str, dict[str, object]] = {}
    while below:
        answer = program.get(f"/api/v1/targets/attainment?team={below.pop()}&period={month.code}").json()
        people |= {row["name"]: row for row in answer["items"] if row["kind"] == "person"}
        below += [row["id"] for row in answer["items"] if row["kind"] == "team"]
    assert (people["Olga Owner"]["reached"], people["Olga Owner"]["percent"]) == ("1200.00", 50)
    assert {row["reached"] for row in people.values()} >= {"300.00"}


def test_programs_are_told_what_they_asked_wrongly(company: Cast, deal: Deal) -> None:
    program = api_client(company, "admin")
    assert program.get("/api/v1/forecast?period=2026-Q9").status_code == 400
    assert program.get("/api/v1/forecast?team=nobody").status_code == 404
    assert program.get("/api/v1/targets/attainment?measure=luck").status_code == 400
