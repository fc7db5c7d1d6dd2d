"""The third case: a financial company with 3,000 people on Enterprise, who come from its directory and see what they may."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.cases.core_banking import CoreBanking
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
from tests.journeys.people import People, choose, dialog, toast

OWN_WAYS = Path(__file__).with_name("bank_ways.yaml")
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


def give_up_all_but_business(page: Page) -> None:
    """Let the founder, who still has all duties, keep the customers and nothing else."""
    page.goto("/settings/people?search=ada")
    page.get_by_role("link", name="Ada Bank", exact=True).click()
    form = page.locator("form.page-form")
    form.get_by_label("Administrator", exact=True).uncheck()
    form.get_by_label("Manager", exact=True).check()
    with page.expect_navigation():
        form.locator("[type=submit]").last.click()


def administrators_see_their_own_alone(team: dict[int, Page]) -> None:
    """Let each of the three try its own pages, those of the others, and business data."""
    own = {SYSTEM: "people", SECURITY: "privacy", AUDIT: "audit"}
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
    team[SYSTEM].goto("/settings/roles")
    expect(team[SYSTEM].locator("main")).to_contain_text("Separation of duties")
    expect(team[SYSTEM].locator("main")).not_to_contain_text("rights of several administrators")


def work_on_a_client(page: Page) -> tuple[str, str]:
    """Take a new client through the first stages; the rules of the trade hold until the risk is known."""
    page.goto("/customers/new")
    page.locator("[name=name]").fill("Golden Field Foods")
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
    page.locator("[name=status]").select_option("active")
    save(page, "customers")
    expect(page.locator("main")).to_contain_text(re.compile("Status.*Prospect.*Active", re.DOTALL))
    page.goto(mandate)
    path.get_by_role("button", name="Proposal").click()
    expect(path.locator("[aria-current=step]")).to_contain_text("Proposal")
    return client, mandate


def decide(team: dict[int, Page], mandate: str, core: CoreBanking) -> None:
    """Let an approval climb the reporting line as far as the amount asks for, while the record is locked."""
    page = team[OFFICER]
    page.goto(mandate)
    press(page, "Ask for approval: Large mandates")
    dialog(page).locator("[type=submit]").last.click()
    expect(page.locator(".approval-band")).to_contain_text(f"waiting for Employee {superior_of(OFFICER)}")
    refused = core.call("PATCH", f"/api/v1{mandate}", {"amount": "1"})
    assert "is being approved" in refused["detail"]
    for number in (BRANCH, REGION):
        team[number].goto("/")
        team[number].get_by_role("button", name=re.compile("Agree: .*Golden")).click()
        expect(team[number].locator(".approval-line")).to_have_count(0)
    page.goto(mandate)
    expect(page.locator(".approval-band")).to_contain_text("Agreed")
    page.locator(".approval-band a").first.click()
    page.get_by_role("link", name="Print").click()
    history = page.locator(".approval-paper-acts li")
    expect(history).to_have_text([re.compile(f"Employee {one}") for one in (OFFICER, BRANCH, REGION)])


def win(page: Page, mandate: str) -> None:
    """Take the mandate to its end, with all stages in its history."""
    page.goto(mandate)
    path = page.locator(".stage-path")
    for stage in ("Signing", "Funded"):
        path.get_by_role("button", name=stage).click()
        expect(path.locator("[aria-current=step]")).to_contain_text(stage)
    page.reload()
    for moved in ("Needs → Suitability", "Suitability → Proposal", "Proposal → Signing", "Signing → Funded"):
        expect(page.locator("main")).to_contain_text(moved)


def check_compliance(page: Page) -> None:
    """Work through a check, whose process asks for its list to be complete."""
    page.goto("/compliance-checks/new")
    page.locator("[name=name]").fill("Owners of Golden Field")
    choose(page, "customer", "Golden")
    fill_required(page.locator("form.page-form"))
    save(page, "compliance-checks")
    for item in ("The papers are complete", "Sanction lists are checked"):
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.get_by_label(item).check()
    page.locator(".stage-path").get_by_role("button", name="Passed").click()
    expect(page.locator(".stage-path [aria-current=step]")).to_contain_text("Passed")


def read_what_came_of_it(team: dict[int, Page]) -> None:
    """Let who leads the region see forecast and reports, and the auditor who did what."""
    page = team[REGION]
    page.goto("/forecast")
    expect(page.locator("main")).to_contain_text("$8,000,000")
    page.goto("/reports")
    expect(page.locator(".own-report", has_text="Holdings by class").locator("[data-chart]")).to_be_visible()
    page = team[AUDIT]
    page.goto("/settings/audit")
    expect(page.locator("main")).to_contain_text(re.compile(f"Record changed.*Mandate.*Employee {OFFICER}", re.DOTALL))


def answer_a_person(page: Page) -> None:
    """Let the security administrator write down what somebody asks about their own data."""
    page.goto("/settings/privacy")
    press(page, "New request")
    form = page.locator("#dialog[open] form, form.page-form").first
    form.locator("[name=requester]").fill("Wang Wei")
    form.locator("[name=kind]").select_option("delete")
    form.locator("[type=submit]").last.click()
    toast(page, "The request is written down")


# Seven browsers and three thousand people: on a busy machine that is more than other tests may take.
@pytest.mark.timeout(600)
def test_financial_company_works_by_its_own_rules(people: People, installation: Installation, tmp_path: Path) -> None:
    page = people.stranger()
    found(page, "First Harbor Bank", "Ada Bank", "ada@bank.example", industry="finance", headcount="3000")
    use_template(page, "Finance")
    with CoreBanking(installation.url) as core:
        bring_in(page, core.written_into(OWN_WAYS, tmp_path))
        directory = take_over_people(page, installation)
        separate_duties(page, directory)
        team = {number: let_in(people, page, directory, number) for number in TEAM}
        people.expect_trouble("403")
        give_up_all_but_business(page)
        administrators_see_their_own_alone(team)

        people.expect_trouble("422")
        client, mandate = work_on_a_client(team[OFFICER])
        core.take_token(team[OFFICER])
        decide(team, mandate, core)
        win(team[OFFICER], mandate)
        assert core.heard()["record"]["name"] == "Bonds for Golden Field"
        holding = {"name": "Bonds", "customer": client.rpartition("/")[2], "product_class": "fund", "amount": "8000000"}
        assert core.call("POST", "/api/v1/holdings", {**holding, "status": "active"})["number"].startswith("HD-")
    check_compliance(team[OFFICER])
    read_what_came_of_it(team)
    answer_a_person(team[SECURITY])
