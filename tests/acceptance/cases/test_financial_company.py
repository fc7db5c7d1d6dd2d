"""The third case: a financial company with 3,000 people on Enterprise, who come from its directory and see what they may."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.acceptance.cases.directory import (
    AUDIT,
    BRANCH,
    OFFICER,
    PEOPLE,
    REGION,
    SECURITY,
    SYSTEM,
    Directory,
    superior_of,
)
from tests.acceptance.cases.steps import bring_in, fill_required, found, join, press, save, use_template
from tests.installation import Installation
from tests.journeys.pages import open_customer
from tests.journeys.people import People, choose, dialog

OWN_WAYS = Path(__file__).with_name("bank_ways.yaml")
ADA, PHONE = "ada@bank.example", "+86 139 0004 1234"
TEAM = (SYSTEM, SECURITY, AUDIT, OFFICER, BRANCH, REGION)
#: The roles that groups of the directory stand for.
ROLES = {
    "Relationship officers": "Wealth adviser",
    "Managers": "Manager",
    "IT operations": "System administrator",
    "IT security": "Security administrator",
    "Internal audit": "Audit administrator",
}


def take_over_people(page: Page, installation: Installation) -> Directory:
    """Let the directory of the company say who works here."""
    page.goto("/settings/provisioning")
    press(page, "New token")
    page.locator("form.page-form [name=name]").fill("Directory")
    page.locator("form.page-form [type=submit]").last.click()
    directory = Directory(f"{installation.url}/scim/v2", page.locator("input[readonly]").first.input_value())
    directory.tell_everything()
    page.goto("/settings/people")
    expect(page.locator("main")).to_contain_text(f"{PEOPLE + 1} people")
    return directory


def separate_duties(page: Page, directory: Directory) -> None:
    """Let the groups of the directory stand for roles; nobody is two of the three administrators from now on."""
    page.goto("/settings/roles")
    press(page, "Separate duties")
    expect(page.locator("main")).to_contain_text("rights of several administrators: Ada Bank")
    for name, role in ROLES.items():
        page.goto(f"/settings/provisioning/groups/{directory.groups[name]}")
        page.locator("form.page-form [name=role]").select_option(label=role)
        page.locator("form.page-form [type=submit]").last.click()
        page.wait_for_url("**/settings/provisioning")


def let_in(people: People, page: Page, directory: Directory, number: int) -> Page:
    """Give somebody whom the directory has told of a link, and let them begin."""
    page.goto(f"/settings/people/{directory.people[number]}")
    press(page, "Make a new link")
    link = page.locator("input[readonly][value*='/join/']").first.input_value()
    newcomer = people.stranger()
    join(newcomer, link, f"Employee {number}")
    return newcomer


def administrators_see_their_own_alone(people: People, team: dict[int, Page]) -> None:
    """Let each of the three try its own pages, those of the others, and business data."""
    own = {SYSTEM: "people", SECURITY: "privacy", AUDIT: "audit"}
    people.expect_trouble("403")
    for number, name in own.items():
        page = team[number]
        for other in (name, *(other for other in own.values() if other != name)):
            answer = page.goto(f"/settings/{other}")
            assert answer is not None
            assert answer.status == (200 if other == name else 403)
        for plural in ("customers", "opportunities", "holdings"):
            answer = page.goto(f"/{plural}")
            assert answer is not None
            assert answer.status == 403
        expect(page.locator(".sidebar").get_by_role("link", name="Clients", exact=True)).to_have_count(0)


def work_on_a_client(page: Page) -> str:
    """Take a new client through the first stages; the rules of the trade hold until the risk is known."""
    page.goto("/customers/new")
    page.locator("[name=name]").fill("Golden Field Foods")
    page.locator("[name=phone]").fill(PHONE)
    client = save(page, "customers")
    page.goto("/opportunities/new")
    choose(page, "customer", "Golden")
    page.locator("[name=name]").fill("Bonds for Golden Field")
    page.locator("[name=amount]").fill("8000000")
    page.locator("[name=product_class]").select_option("fund")
    mandate = save(page, "opportunities")
    path = page.locator(".stage-path")
    path.get_by_role("button", name="Suitability").click()
    expect(path.locator("[aria-current=step]")).to_contain_text("Suitability")
    path.get_by_role("button", name="Proposal").click()
    expect(page.locator("body")).to_contain_text("risk is not assessed yet")
    page.goto(f"{client}/edit")
    page.locator("[name=risk_level]").select_option("r3")
    page.locator("[name=kyc_status]").select_option("passed")
    page.locator("form.page-form .form-actions [type=submit]").first.click()
    page.wait_for_url(f"**{client}")
    page.goto(mandate)
    path.get_by_role("button", name="Proposal").click()
    expect(path.locator("[aria-current=step]")).to_contain_text("Proposal")
    return mandate


def decide(team: dict[int, Page], mandate: str) -> None:
    """Let an approval climb the reporting line as far as the amount asks for, while the record is locked."""
    officer = team[OFFICER]
    press(officer, "Ask for approval: Large mandates")
    dialog(officer).locator("[type=submit]").last.click()
    expect(officer.locator(".approval-band")).to_contain_text(f"waiting for Employee {superior_of(OFFICER)}")
    for number in (BRANCH, REGION):
        page = team[number]
        page.goto("/")
        page.get_by_role("button", name=re.compile("Agree: .*Golden")).click()
        expect(page.locator(".approval-line")).to_have_count(0)
    officer.goto(mandate)
def set_up(people: People, installation: Installation) -> dict[int, Page]:
    page = people.stranger()
    found(page, "First Harbor Bank", "Ada Bank", ADA, industry="finance", headcount="3000")
    use_template(page, "Finance")
    bring_in(page, OWN_WAYS)
    directory = take_over_people(page, installation)
    separate_duties(page, directory)
    return {number: let_in(people, page, directory, number) for number in TEAM}
