"""A company is modelled without code: computed fields, an object of its own, approvals, a process and a rule."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.installation import PASSWORD, Installation, wait_until
from tests.journeys.accessibility import barriers
from tests.journeys.people import People, choose, dialog, toast

IS_FLOW = re.compile(r"/settings/approvals/[0-9a-f-]{36}$")


@dataclass(frozen=True)
class Works:
    """A manufacturer with the standard edition: its name, who shapes it, and two who decide."""

    company: str
    admin: str
    technician: str
    head: str


def found(installation: Installation) -> Works:
    """Found a company that nobody else uses."""
    mark = uuid.uuid4().hex[:8]
    company = f"Lathe Works {mark}"
    members = {"Ada": "administrator", "Mia": "manager", "Noel": "manager"}
    for name, role in members.items():
        address = f"{name.lower()}@{mark}.test"
        installation.command(
            "user", "create", "--organization", company, "--email", address, "--name", name, "--role", role,
            "--password", PASSWORD,
        )  # fmt: skip
    installation.command("modules", "--organization", company, "--edition", "standard")
    return Works(company, *(f"{name.lower()}@{mark}.test" for name in members))


@pytest.fixture(scope="module")
def works(installation: Installation) -> Works:
    """Return a company, and those who work there."""
    return found(installation)


def save(page: Page, name: str = "Save") -> None:
    page.locator("main").get_by_role("button", name=name, exact=True).last.click()


def tick(page: Page, name: str, value: str) -> None:
    """Choose one of the chips of a field, whose inputs lie over what is seen."""
    page.locator(f"[name={name}][value='{value}']").check(force=True)


def add_formula(page: Page) -> None:
    """Write a formula, be told at once what is wrong with it, and put it right by taking the field from the list."""
    page.goto("/settings/fields/customer")
    page.locator("main").get_by_role("link", name=re.compile("^Formula")).click()
    page.locator("[name=label_en]").fill("Revenue per head")
    page.locator("[name=formula]").fill("annual_revenue / heads")
    tick(page, "kind", "decimal")
    expect(page.locator("main")).to_contain_text("There is no field “heads”")
    assert barriers(page) == []
    page.locator("[name=formula]").fill("annual_revenue / ")
    page.locator("[data-insert=employees]").click()
    expect(page.locator("[name=formula]")).to_have_value("annual_revenue / employees")
    save(page, "Add field")
    toast(page, "The field is saved")


def add_roll_up(page: Page) -> None:
    page.goto("/settings/fields/customer/new/rollup")
    page.locator("main").get_by_role("link", name="Contacts by “Customer”").click()
    page.locator("[name=label_en]").fill("People known")
    tick(page, "function", "count")
    page.locator("main form").get_by_role("button", name="Add field", exact=True).last.click()
    toast(page, "The field is saved")


def create(page: Page, path: str, **values: str) -> str:
    """Fill the form of a new record, save it, and return the address of its page."""
    page.goto(f"/{path}/new")
    for name, value in values.items():
        if page.locator(f"[data-field={name}] .ts-control").count():
            choose(page.locator("main"), name, value)
        else:
            page.locator(f"main [name={name}]").fill(value)
    page.locator("main").get_by_role("button", name=re.compile("^(Create|Save)")).first.click()
    page.wait_for_url(re.compile(rf"/{path}/[0-9a-f-]{{36}}$"))
    return page.url


def add_machines(page: Page) -> None:
    """Make an object of the company's own below customers, with an amount and a choice."""
    page.goto("/settings/objects/new")
    page.locator("[name=label_en]").fill("Machine")
    page.locator("[name=plural_en]").fill("Machines")
    page.locator("[name=main_object]").select_option("customer")
    save(page, "Make object")
    page.wait_for_url(re.compile("/settings/fields/machine$"))
    for kind, label, options in (("money", "Price", ""), ("choice", "Condition", "New\nUsed\nScrapped")):
        page.goto("/settings/fields/machine/new")
        page.locator("[name=label_en]").fill(label)
        tick(page, "kind", kind)
        if options:
            page.locator("[name=options]").fill(options)
        save(page, "Add field")
        toast(page, "The field is there for everybody now")


def test_computed_fields_and_an_object_of_ones_own_are_there_at_once(people: People, works: Works) -> None:
    page = people.person(works.admin)
    add_formula(page)
    add_roll_up(page)
    add_machines(page)

    customer = create(page, "customers", name="Harbor Gears", employees="40", annual_revenue="1000000")
    expect(page.locator("main")).to_contain_text("25,000")
    create(page, "contacts", name="Vera", customer="Harbor Gears")
    machine = create(page, "machines", name="Lathe 7", customer="Harbor Gears", price="250000")
    assert barriers(page) == []

    page.goto(customer)
    known = page.locator("main .fact", has_text="People known")
    expect(known).to_contain_text("1")
    expect(page.locator(f"main a[href='{urlsplit(machine).path}']").first).to_be_visible()


def add_flow(page: Page) -> None:
    """Let two people decide about customers, one after the other."""
    page.goto("/settings/approvals/new/customer")
    page.locator("[name=name_en]").fill("Credit")
    save(page, "Continue")
    for name, person in (("Technician", "Mia"), ("Head", "Noel")):
        page.wait_for_url(re.compile("/steps/new$"))
        page.locator("[name=name_en]").fill(name)
        choose(page.locator("main"), "people", person)
        save(page)
        page.wait_for_url(IS_FLOW)
        if name == "Technician":
            page.get_by_role("link", name="Add an approval step").click()
    page.get_by_role("button", name="Put in force").click()
    toast(page, "Version 1 is in force")


def act(page: Page, name: str, *, comment: str, user: str = "") -> None:
    """Hand a decision on or return it, and say why."""
    page.locator("main").get_by_text(name, exact=True).click()
    box = dialog(page)
    if user:
        choose(box, "user", user)
    box.locator("[name=comment]").fill(comment)
    box.get_by_role("button", name=name, exact=True).click()


def test_decision_is_handed_on_returned_and_agreed_to(people: People, works: Works) -> None:
    admin, mia, noel = (people.person(address) for address in (works.admin, works.technician, works.head))
    add_flow(admin)
    customer = create(admin, "customers", name="Quay Tools", annual_revenue="90000")
    admin.get_by_text("Ask for approval").click()
    dialog(admin).get_by_role("button", name="Ask for approval").click()
    toast(admin, "is under way")

    mia.goto("/")
    mia.locator("#day-approvals").get_by_role("link", name="Quay Tools", exact=True).click()
    mia.wait_for_url(re.compile("/approvals/"))
    act(mia, "Hand on", comment="You know them better", user="Noel")
    toast(mia, "It is handed on")

    noel.goto("/")
    noel.locator("#day-approvals").get_by_role("button", name="Agree").click()
    toast(noel, "You agreed")
    noel.goto(mia.url)
    act(noel, "Return", comment="Of which year?")
    toast(noel, "It is returned")

    admin.goto(mia.url)
    expect(admin.locator("main")).to_contain_text("“Of which year?”")
    assert barriers(admin) == []
    admin.goto(customer)
    admin.get_by_role("button", name="Change Annual revenue").click()
    admin.locator("[name=annual_revenue]").fill("107100")
    admin.locator("[name=annual_revenue]").press("Enter")
    expect(admin.locator("main")).to_contain_text("107,100")
    admin.goto(mia.url)
    admin.locator("main").get_by_role("link", name="Submit again").click()
    dialog(admin).locator("[type=submit]").click()
    toast(admin)

    for person in (mia, noel):
        person.goto(mia.url)
        person.locator("main").get_by_role("button", name="Agree").click()
        toast(person, "You agreed")
    expect(noel.locator(".page-head")).to_contain_text("Agreed")


def add_rule(page: Page) -> None:
    """Let customers that become active be welcomed by a task of their owner."""
    page.goto("/automation/new?object=customer")
    page.locator("[name=trigger][value=reached]").click()
    box = dialog(page)
    expect(box.locator("[name=field]")).not_to_have_value("")
    box.locator("[name=field]").select_option("status")
    tick(page, "to", "active")
    box.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Add a step here").or_(page.get_by_role("link", name="Add a step here")).click()
    dialog(page).get_by_text("Create a task").click()
    box.locator("[name=title]").fill("Welcome {name}")
    tick(page, "fields_of_record", "owner")
    box.get_by_role("button", name="Done").click()
    expect(page.locator(".flow")).to_contain_text("Create the task “Welcome [Customer name]”")
    assert barriers(page) == []
    page.get_by_role("button", name="Save and switch on").click()
    toast(page, "Version 1 is in effect")


def test_rule_drawn_as_a_flow_works_and_tells_what_it_did(people: People, works: Works) -> None:
    page = people.person(works.admin)
    add_rule(page)
    flow = page.url.split("?")[0]
    create(page, "customers", name="Dock Cranes")
    page.get_by_role("button", name="Change Status").click()
    page.locator("[name=status]").select_option("active")
    expect(page.locator("main .fact", has_text="Status")).to_contain_text("Active customer")

    def welcomed() -> bool:
        page.goto("/tasks")
        return page.get_by_text("Welcome Dock Cranes").count() > 0

    wait_until(welcomed, what="the task of a rule")
    page.goto(f"{flow}/runs")
    page.locator("main").get_by_role("link", name="Dock Cranes").first.click()
    # The log keeps the language of the company, which is Chinese.
    step = page.locator(".run-steps li").first
    expect(step).to_contain_text("Create a task")
    expect(step.get_by_role("link", name="Welcome Dock Cranes")).to_be_visible()
    assert barriers(page) == []


def enter(page: Page, name: str) -> None:
    """Go over to another organization of the same account."""
    page.goto("/choose-organization")
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url(re.compile(r"/$"))


def test_change_is_tried_on_a_copy_and_taken_over(people: People, installation: Installation) -> None:
    # Of a company of its own: whoever has a copy is asked at each sign-in where to go.
    works = found(installation)
    page = people.person(works.admin)
    page.goto("/settings/configuration/trials")
    page.get_by_role("link", name="New trial copy").or_(page.get_by_role("button", name="New trial copy")).click()
    box = dialog(page)
    box.locator("[name=name]").fill("Try it out")
    box.locator("[type=submit]").click()
    page.locator("main").get_by_role("button", name="Enter").click()
    page.wait_for_url(re.compile(r"/$"))

    page.goto("/settings/fields/customer/new")
    expect(page.locator("body")).to_contain_text("This is a trial copy of Lathe Works")
    page.locator("[name=label_en]").fill("Hall")
    save(page, "Add field")
    toast(page, "The field is there for everybody now")

    enter(page, works.company)
    page.goto("/settings/fields/customer")
    expect(page.locator("main")).not_to_contain_text("Hall")
    page.goto("/settings/configuration/trials")
    page.locator("main").get_by_text("Take over", exact=True).click()
    page.wait_for_url(re.compile("/proposals/"))
    expect(page.locator("main")).to_contain_text("Hall")
    assert barriers(page) == []
    page.get_by_role("button", name="Apply what is ticked").click()
    toast(page)
    page.goto("/settings/fields/customer")
    expect(page.locator("main")).to_contain_text("Hall")
