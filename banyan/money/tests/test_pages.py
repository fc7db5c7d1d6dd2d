"""The settings pages and the interface of money, as people and programs use them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.money.models import ExchangeRate, TaxRate, TaxRule
from banyan.money.queries import TaxPicker, fiscal_period, prices_include_tax, tax_rate_for
from tests.cast import Cast, sign_in

TODAY = date(2026, 11, 26)


@pytest.fixture
def company(cast: Cast) -> Cast:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="standard", modules_on=["currencies"])
    cast.organization.refresh_from_db()
    return cast


@pytest.fixture
def browser(company: Cast) -> Client:
    return sign_in(company, "admin")


def text_of(response) -> str:
    return response.content.decode()


def test_rates_are_entered_shown_and_removed(company: Cast, browser: Client) -> None:
    page = browser.get("/settings/currencies")
    assert "Only one currency so far" in text_of(page)
    sent = {"currency": "JPY", "day": "2026-11-01", "rate": "4.8", "units": "100", "source": "Bank of China"}
    assert browser.post("/settings/currencies/new", sent).status_code in {204, 303}
    page = text_of(browser.get("/settings/currencies"))
    assert "1 JPY = 0.048 CNY" in page
    assert "Bank of China" in page
    assert "Ada Admin" in page
    strange = browser.post("/settings/currencies/new", {**sent, "day": "2026-11-02", "units": "1"})
    assert strange.status_code == 422
    assert 'name="is_sure"' in text_of(strange)
    assert "2026-11-01" in text_of(strange)
    with organization_scope(company.organization.pk):
        row = ExchangeRate.objects.get()
    assert "0.048" in text_of(browser.get("/settings/currencies/JPY"))
    browser.post(f"/settings/currencies/rates/{row.pk}/remove")
    assert "No rate yet" in text_of(browser.get("/settings/currencies/JPY"))
    assert browser.get("/settings/currencies/nowhere").status_code == 404


def test_many_rates_are_pasted_or_none(browser: Client) -> None:
    wrong = browser.post("/settings/currencies/paste", {"lines": "USD 2026-11-01 7.1\nEUR 2026-11-01 much"})
    assert wrong.status_code == 422
    assert "Line 2" in text_of(wrong)
    assert "USD 2026-11-01 7.1" in text_of(wrong)
    assert "Only one currency so far" in text_of(browser.get("/settings/currencies"))
    browser.post("/settings/currencies/paste", {"lines": "USD 2026-11-01 7.1\nEUR 2026-11-01 8.2", "source": "Bank"})
    assert "1 USD = 7.1 CNY" in text_of(browser.get("/settings/currencies"))


def test_currencies_in_use_are_chosen(company: Cast, browser: Client) -> None:
    browser.post("/settings/currencies/in-use", {"currencies": ["GBP", "SGD"]})
    page = text_of(browser.get("/settings/currencies"))
    assert "GBP" in page
    assert "amounts in it cannot be converted" in page


def test_fiscal_year_shows_its_quarters(company: Cast, browser: Client) -> None:
    browser.post("/settings/fiscal-year", {"first_month": "4", "is_named_after_end": "start"})
    company.organization.refresh_from_db()
    assert fiscal_period(company.organization, TODAY).code == "2026"
    assert "quarter 4" in text_of(browser.get("/settings/fiscal-year"))


def test_taxes_are_kept_by_country_with_rules(company: Cast, browser: Client) -> None:
    assert "13 %" in text_of(browser.get("/settings/taxes"))
    assert browser.post("/settings/taxes/usual", {"country": "DE"}).status_code in {204, 303}
    with organization_scope(company.organization.pk):
        rates = {(rate.country, rate.rate): rate for rate in TaxRate.objects.all()}
        usual, zero = rates["CN", Decimal(13)], rates["CN", Decimal(0)]
    browser.post("/settings/taxes/rules/new", {"country": "", "instead_of": str(usual.pk), "rate": str(zero.pk)})
    assert "every other country" in text_of(browser.get("/settings/taxes"))
    with organization_scope(company.organization.pk):
        here = company.organization
        assert tax_rate_for(here, TODAY) == usual
        assert tax_rate_for(here, TODAY, customer_country="DE") == zero
        nine = rates["CN", Decimal(9)]
        assert TaxPicker(here, TODAY).pick("DE", nine) == nine
        TaxRule.objects.create(organization=here, country="DE", rate=rates["DE", Decimal(19)])
        assert TaxPicker(here, TODAY).pick("DE", nine).rate == 19
        assert TaxPicker(here, TODAY).pick("FR", usual) == zero
        assert prices_include_tax(here)
    wrong = browser.post(
        f"/settings/taxes/{usual.pk}",
        {
            "name": "13 %",
            "rate": "13",
            "country": "CN",
            "valid_from": "2026-02-01",
            "valid_to": "2026-01-01",
            "is_active": "on",
        },
    )
    assert wrong.status_code == 422
    assert "ends before it begins" in text_of(wrong)
    browser.post("/settings/taxes/prices", {"include": "without"})
    assert "Prices are without tax" in text_of(browser.get("/settings/taxes"))


def test_small_team_and_people_without_the_right_have_no_such_pages(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="basic")
    admin = sign_in(cast, "admin")
    for name in ("currencies", "taxes", "fiscal-year"):
        assert admin.get(f"/settings/{name}").status_code == 404
    Organization.objects.filter(pk=cast.organization.pk).update(edition="standard", modules_on=["currencies"])
    assert sign_in(cast, "salesperson").get("/settings/currencies").status_code == 403


def test_programs_enter_and_read_rates(company: Cast, browser: Client) -> None:
    def post(body):
        return browser.post("/api/v1/exchange-rates", json.dumps(body), content_type="application/json")

    rate = {"currency": "USD", "day": "2026-11-01", "rate": "7.1234", "source": "feed"}
    answer = post({"rates": [rate, {**rate, "day": "2026-11-02", "rate": "7.2"}]})
    assert answer.json() == {"added": 2, "replaced": 0}, answer.content
    found = browser.get("/api/v1/exchange-rates?on=2026-11-01").json()
    assert found == {"base": "CNY", "items": [rate]}
    assert len(browser.get("/api/v1/exchange-rates?currency=USD").json()["items"]) == 2
    for wrong in (
        {"rates": []},
        {"rates": [{**rate, "rate": "-1"}]},
        {"rates": [{**rate, "day": "soon"}]},
        {"rates": ["x"]},
    ):
        assert post(wrong).status_code == 422
    assert browser.get("/api/v1/exchange-rates?on=soon").status_code == 400
    assert {item["rate"] for item in browser.get("/api/v1/tax-rates").json()["items"]} >= {"13", "9", "6"}
