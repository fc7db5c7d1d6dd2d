"""The third case: a financial company on Enterprise, whose people come from its directory and see what they may."""

from __future__ import annotations

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.acceptance.cases.steps import bring_in, fill_required, found, join, press, save, use_template
from tests.installation import Installation
from tests.journeys.pages import open_customer, open_list
from tests.journeys.people import People, choose

OWN_WAYS = Path(__file__).with_name("bank_ways.yaml")
#: The product is measured with three thousand people elsewhere; here the way in is walked by so many.
EMPLOYEES = 60
PHONE = "+86 139 0004 1234"


def take_over_people(page: Page, installation: Installation) -> None:
    """Let the directory of the company say who works here, by SCIM."""
    page.goto("/settings/provisioning")
    press(page, "New token")
    page.locator("form.page-form [name=name]").fill("Directory")
    page.locator("form.page-form [type=submit]").last.click()
    token = page.locator("input[readonly]").first.input_value()

    def provision(number: int) -> int:
        person = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": f"employee{number}@bank.example",
            "name": {"formatted": f"Employee {number}"},
            "emails": [{"value": f"employee{number}@bank.example", "primary": True}],
            "active": True,
        }
        request = urllib.request.Request(  # noqa: S310 this machine
            f"{installation.url}/scim/v2/Users",
            data=json.dumps(person).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 as above
            return int(answer.status)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(provision, range(EMPLOYEES))) == {201}
    page.goto("/settings/people")
    expect(page.locator("main")).to_contain_text("Employee 1")


def invite(page: Page, email: str, role: str) -> str:
    """Invite somebody with a role and return the link to send."""
    page.goto("/settings/people/invite")
    form = page.locator("form.page-form")
    form.locator("[name=email]").fill(email)
    for given in form.locator("[name=roles]:checked").all():
        given.uncheck()
    form.get_by_label(role, exact=True).check()
    form.locator("[type=submit]").last.click()
    return page.locator("input[readonly][value*='/join/']").first.input_value()


def test_financial_company_works_by_its_own_rules(people: People, installation: Installation) -> None:
    page = people.stranger()
    found(page, "First Harbor Bank", "Ada Bank", "ada@bank.example", industry="finance", headcount="3000")
    use_template(page, "Finance", with_demo_data=True)
    bring_in(page, OWN_WAYS)
    take_over_people(page, installation)

    # The demo records of the template go with one click before the real work begins.
    page.goto("/settings/configuration")
    page.get_by_role("button", name="Remove the demo records").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator("#demo")).to_have_count(0)
    page.goto("/customers?display=table")
    expect(page.locator("#list-body")).not_to_contain_text("Jiahe")

    page.goto("/customers/new")
    page.locator("[name=name]").fill("Golden Field Foods")
    page.locator("[name=phone]").fill(PHONE)
    save(page, "customers")
    page.goto("/holdings/new")
    page.locator("[name=name]").fill("One-year deposit")
    choose(page, "customer", "Golden")
    fill_required(page.locator("form.page-form"))
    save(page, "holdings")

    teller = people.stranger()
    join(teller, invite(page, "tom@bank.example", "Teller"), "Tom Teller")
    row = open_list(teller, "customers", "Golden").first
    expect(row).to_contain_text("Golden Field Foods")
    open_customer(teller, "Golden")
    expect(teller.locator("main")).to_contain_text("1234")
    expect(teller.locator("main")).not_to_contain_text(PHONE)
    expect(teller.locator(".sidebar").get_by_role("link", name="Holdings", exact=True)).to_be_visible()

    page.goto("/forecast")
    expect(page.locator("h1")).to_contain_text("Forecast")
    page.goto("/settings/audit")
    expect(page.locator("main")).to_contain_text("Tom Teller")
