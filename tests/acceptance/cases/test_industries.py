"""Each template of an industry is applied by page, and a record of its own object is made and seen on its board."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.cases.steps import PASSWORD, fill_required, found, save, use_template
from tests.journeys.people import People, choose

ADA = "ada@tried.example"
#: The template as the page calls it, the path of its object, the label of it in the menu, and what its rules ask for.
TEMPLATES = (
    ("Manufacturing", "complaints", "Complaints", ""),
    ("Software", "customer-subscriptions", "Subscriptions", ""),
    ("Retail", "customer-stores", "Stores", ""),
    ("Finance", "compliance-checks", "Compliance checks", ""),
    ("Education", "enrolments", "Enrolments", "lessons"),
    ("Real estate", "property-units", "Units", ""),
    ("Medical", "licence-papers", "Licences", ""),
    ("Consulting", "engagements", "Projects", ""),
    ("Logistics", "transport-incidents", "Incidents", ""),
    ("Non-profit", "donations", "Donations", ""),
)


@pytest.fixture(scope="module")
def signed_in() -> dict[str, object]:
    """The session of whoever founded the organization, for all templates."""
    return {}


@pytest.fixture
def page(people: People, signed_in: dict[str, object]) -> Page:
    people.cookies = signed_in
    if ADA in signed_in:
        return people.person(ADA, password=PASSWORD)
    page = people.stranger()
    found(page, "Tried Once Ltd", "Ada Once", ADA, industry="manufacturing")
    page.goto("/customers/new")
    page.locator("[name=name]").fill("First Customer")
    save(page, "customers")
    signed_in[ADA] = page.context.cookies()
    return page


@pytest.mark.parametrize(("template", "path", "label", "asked"), TEMPLATES)
def test_template_is_applied_and_its_object_used(page: Page, template: str, path: str, label: str, asked: str) -> None:
    use_template(page, template)
    page.goto(f"/{path}")
    expect(page.locator(".sidebar").get_by_role("link", name=label, exact=True)).to_be_visible()
    page.goto(f"/{path}/new")
    page.locator("[name=name]").fill("First of its kind")
    choose(page, "customer", "First")
    if asked:
        page.locator(f"[name={asked}]").fill("20")
    fill_required(page.locator("form.page-form"))
    save(page, path)
    page.goto(f"/{path}?display=board")
    expect(page.locator(".board", has_text="First of its kind").first).to_be_visible()
