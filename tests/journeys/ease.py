"""The twelve everyday tasks, performed as an ordinary salesperson; ``make ease`` counts what each costs."""

from __future__ import annotations

import csv
import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from tests.installation import PASSWORD, Installation
from tests.journeys.meter import Cost, Meter
from tests.journeys.people import People

BEN = "ben.bench@medium.demo"
ORGANIZATION = "Maven Hardware"
COMPANY, COMPANY_PHONE = "Harbor Light Trading", "+442071234567"
CONTACT, CONTACT_PHONE, CONTACT_EMAIL = "Maria Keller", "+447911123456", "maria.keller@northwind.example"
CUSTOMER = "Northwind Instruments"
COLLEAGUE, TASK, DEAL, VIEW = "Anna Snelling", "Prepare sample kit", "Forty sensor units", "Over 50k"
CALL = "Asked for a quote for 40 units, decision by Friday."


@dataclass
class Salesperson:
    """Ben Bench at his browser, and what he works with."""

    people: People
    file: Path

    def page(self, *, phone: bool = False) -> Page:
        """Return a fresh browser at the front page, loaded."""
        page = self.people.person(BEN, phone=phone)
        page.wait_for_load_state("networkidle")
        return page


def prepare(installation: Installation, folder: Path) -> Path:
    """Add Ben, his customer and his opportunities to the medium demo; return the file that he imports."""
    installation.command(
        "user", "create", "--organization", ORGANIZATION, "--email", BEN, "--name", "Ben Bench",
        "--role", "member", "--password", PASSWORD,
    )  # fmt: skip
    send = _sender(installation, installation.token(BEN))
    customer = send("customers", {"name": CUSTOMER, "phone": "+442079460000"})["id"]
    for number in range(1, 21):
        send("opportunities", {"customer": customer, "name": f"Fair lead {number:02}", "amount": "1000"})
    file = folder / "contacts.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Name", "Customer", "Mobile", "Email"])
        writer.writerows(
            [f"Fair Visitor {number:02}", CUSTOMER, f"+4479110001{number:02}", f"visitor{number:02}@fair.example"]
            for number in range(1, 21)
        )
    return file


def _sender(installation: Installation, token: str) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    def send(plural: str, values: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 loopback
            f"{installation.url}/api/v1/{plural}",
            data=json.dumps(values).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 loopback
            made: dict[str, Any] = json.load(answer)
        return made

    return send


def _picker(page: Page, name: str) -> Locator:
    return page.locator(f"#dialog [data-field='{name}'] .ts-control input")


def _field(page: Page, name: str) -> Locator:
    return page.locator(f"#dialog [name={name}]")


def _done(page: Page) -> Locator:
    return page.locator("#toasts [data-toast]").last


def _pick(meter: Meter, name: str, typed: str, found: str, *, focused: bool = False) -> None:
    """Type into a searching field and take the first suggestion by Enter; field and suggestion are one decision."""
    meter.type(_picker(meter.page, name), typed, focused=focused)
    meter.done(meter.page.locator(".ts-dropdown .option.active").filter(has_text=found))
    meter.enter()


def _open(meter: Meter, typed: str, found: str) -> None:
    """Search from anywhere, and open the first hit by Enter."""
    page = meter.page
    meter.click(page.locator("[data-open-palette]").first)
    meter.type(page.locator("#palette-query"), typed, focused=True, decides=False)
    meter.done(page.locator("#palette [role=option][aria-selected=true]").filter(has_text=found))
    meter.enter(view=True)
    meter.done(page.locator("h1", has_text=found))


def _create(meter: Meter, url: str) -> None:
    """Open the form of a chip on the front page."""
    meter.click(meter.page.locator(f".day-create a[href='{url}']"), view=True)


def _begin(meter: Meter, url: str) -> None:
    """Open a form from the customer's line among the new ones on the front page."""
    row = meter.page.locator(".day-list li", has_text=CUSTOMER)
    meter.click(row.locator(f"a[href^='{url}']").first, view=True)


def _in_a_week(meter: Meter, name: str) -> None:
    meter.click(meter.page.locator(f"#dialog [data-field='{name}'] [data-date-days='7']"))


def _send(meter: Meter) -> None:
    """Press Enter in the last field, which saves the form."""
    meter.enter(decides=True)
    meter.done(_done(meter.page))


def create_company(ben: Salesperson) -> Cost:
    """Name and number are written in one line: the number goes to its own field by itself."""
    meter = Meter(page := ben.page())
    _create(meter, "/customers/new")
    meter.type(_field(page, "name"), f"{COMPANY} {COMPANY_PHONE}", focused=True)
    _send(meter)
    return meter.cost


def create_contact(ben: Salesperson) -> Cost:
    """From the customer on my day, so that the contact is theirs; number and address go to their fields by themselves."""
    meter = Meter(page := ben.page())
    _begin(meter, "/contacts/new")
    meter.type(_field(page, "name"), f"{CONTACT} {CONTACT_PHONE} {CONTACT_EMAIL}", focused=True)
    _send(meter)
    return meter.cost


def find_customer(ben: Salesperson) -> Cost:
    meter = Meter(ben.page())
    _open(meter, "northw", CUSTOMER)
    return meter.cost


def log_call(ben: Salesperson, *, phone: bool = False) -> Cost:
    """The customer is new and therefore stands on my day, with the button that logs a follow-up."""
    meter = Meter(page := ben.page(phone=phone))
    row = page.locator(".day-list li", has_text=CUSTOMER)
    meter.click(row.locator("a[href*='follow-ups/quick']").first, view=True)
    _write_call(meter, page.locator("#dialog [data-composer]"))
    return meter.cost


def log_call_after_search(ben: Salesperson) -> Cost:
    """The same for a customer that does not stand on my day; its page opens with the cursor in the box."""
    meter = Meter(page := ben.page())
    _open(meter, "northw", CUSTOMER)
    _write_call(meter, page.locator("#page [data-composer]"))
    return meter.cost


def log_call_from_phone(ben: Salesperson) -> Cost:
    """The same for any customer on a phone."""
    meter = Meter(page := ben.page(phone=True))
    _create(meter, "/follow-ups/quick")
    _pick(meter, "customer", "northw", CUSTOMER, focused=True)
    _write_call(meter, page.locator("#dialog [data-composer]"))
    return meter.cost


def _write_call(meter: Meter, composer: Locator) -> None:
    """Write what was said; the day of the next follow-up saves it."""
    meter.type(composer.locator("[name=text]"), CALL, focused=True)
    meter.click(composer.locator("[data-date-days='7']"))
    meter.done(_done(meter.page))


def create_opportunity(ben: Salesperson) -> Cost:
    """From the customer on my day, as the contact."""
    meter = Meter(ben.page())
    _begin(meter, "/opportunities/new")
    _write_deal(meter)
    return meter.cost


def create_opportunity_from_chip(ben: Salesperson) -> Cost:
    """The same for a customer that does not stand on my day."""
    meter = Meter(ben.page())
    _create(meter, "/opportunities/new")
    _pick(meter, "customer", "northw", CUSTOMER, focused=True)
    _write_deal(meter)
    return meter.cost


def _write_deal(meter: Meter) -> None:
    page = meter.page
    meter.type(_field(page, "name"), DEAL, focused=True)
    _in_a_week(meter, "expected_close_on")
    meter.type(_field(page, "amount"), "24000")
    _send(meter)


def move_stage(ben: Salesperson) -> Cost:
    """One's own opportunities stand on my day by stage, the largest of each."""
    meter = Meter(page := ben.page())
    meter.done(page.locator(".day-board[data-ready]"))
    columns = page.locator(".day-stage")
    meter.drag(columns.nth(0).locator("[data-card]", has_text="Fair lead").first, columns.nth(1))
    meter.done(_done(page))
    return meter.cost


def move_stage_on_board(ben: Salesperson) -> Cost:
    """The same for an opportunity that is not among the largest of its stage."""
    meter = Meter(page := ben.page())
    meter.click(page.locator("#sidebar a[href='/opportunities']"), view=True)
    meter.done(page.locator("[data-board][data-ready]"))
    columns = page.locator(".board-column")
    meter.drag(columns.nth(0).locator(".board-card", has_text=DEAL).first, columns.nth(1))
    meter.done(_done(page))
    return meter.cost


def create_task(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    _create(meter, "/tasks/quick")
    meter.type(_field(page, "name"), TASK, focused=True)
    _in_a_week(meter, "due_on")
    _pick(meter, "assignee", "anna", COLLEAGUE)
    _send(meter)
    return meter.cost


def see_this_month(ben: Salesperson) -> Cost:
    """Both numbers stand on the front page."""
    meter = Meter(page := ben.page())
    for label in ("New customers this month", "Won this month"):
        meter.done(page.locator(".stat-tile", has_text=label).locator(".stat-value"))
    return meter.cost


def import_file(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    meter.click(page.locator("#sidebar a[href='/contacts']"), view=True)
    meter.attach(page.locator("a[data-import]"), str(ben.file))
    meter.click(page.locator(".import-plan [name=import]"), view=True)
    meter.done(page.locator(".import-outcome .notice.is-success"))
    return meter.cost


def reassign(ben: Salesperson) -> Cost:
    """The search offers the list of all that fit."""
    meter = Meter(page := ben.page())
    meter.click(page.locator("[data-open-palette]").first)
    meter.type(page.locator("#palette-query"), "Fair lead", focused=True, decides=False)
    meter.click(page.locator("#palette [role=option][href^='/opportunities?']"), decides=False, view=True)
    meter.done(page.locator("#list-table-body tr:first-child:has-text('Fair lead')"))
    meter.click(page.locator("[data-select-all]"))
    meter.click(page.locator("[data-selection]").get_by_role("button", name="Assign"), view=True)
    _pick(meter, "owner", "anna", COLLEAGUE, focused=True)
    meter.done(_done(page))
    return meter.cost


def save_filter(ben: Salesperson) -> Cost:
    """Amounts are compared by "at least" unless one wants it otherwise."""
    meter = Meter(page := ben.page())
    meter.click(page.locator("#sidebar a[href='/opportunities']"), view=True)
    meter.click(page.locator("[data-toggle][aria-controls]").filter(has_text="Filter"))
    builder = page.locator("[data-filter-builder]")
    meter.click(builder.locator("[data-add-field=amount]"), decides=False)
    meter.type(builder.locator("[data-value] input").first, "50000", focused=True)
    meter.type(builder.locator("[name=view_name]"), VIEW)
    meter.enter(decides=True)
    meter.done(page.locator(".view-tab.is-active", has_text=VIEW))
    return meter.cost


TASKS: dict[str, Callable[[Salesperson], Cost]] = {
    "1 create company": create_company,
    "2 create contact at it": create_contact,
    "3 find and open customer": find_customer,
    "4 log call + follow-up": log_call,
    "5 create opportunity": create_opportunity,
    "6 move to next stage": move_stage,
    "7 task for a colleague": create_task,
    "8 gained/won this month": see_this_month,
    "9 import 20-row CSV": import_file,
    "10 reassign 20 records": reassign,
    "11 saved filter over amount": save_filter,
    "12 task 4 on a phone": lambda ben: log_call(ben, phone=True),
}
