"""The twelve everyday tasks, performed as an ordinary salesperson; ``make ease`` counts what each costs."""

from __future__ import annotations

import csv
import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
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
    today = date.today()  # noqa: DTZ011 the demo is where the machine is
    send("activities", {"customer": customer, "type": "call", "text": "First call.", "next_on": today.isoformat()})
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


def _suggestion(page: Page, text: str) -> Locator:
    return page.locator(".ts-dropdown .option").filter(has_text=text).first


def _field(page: Page, name: str) -> Locator:
    return page.locator(f"#dialog [name={name}]")


def _save(page: Page) -> Locator:
    return page.locator("#dialog .dialog-actions .btn-primary")


def _done(page: Page) -> Locator:
    return page.locator("#toasts [data-toast]").last


def _create(meter: Meter, url: str) -> None:
    """Open a form of the create menu from the front page: its chip, where there is one, or the menu and its entry."""
    page = meter.page
    chip = page.locator(f".day-create a[href^='{url}']")
    if chip.count():
        meter.click(chip.first, view=True)
        return
    meter.click(page.locator("[popovertarget=quick-create]").first)
    meter.click(page.locator(f"#quick-create a[href^='{url}']"), decides=False, view=True)


def _pick_day(meter: Meter, name: str) -> None:
    """Choose the day in a week with the chip beside the field, or in the calendar."""
    page = meter.page
    chip = page.locator(f"#dialog [data-field='{name}'] [data-date-days='7']")
    if chip.count() and chip.is_visible():
        meter.click(chip)
        return
    meter.click(_field(page, name))
    day = date.today() + timedelta(days=7)  # noqa: DTZ011 as the browser
    meter.click(page.locator(f".calendar-popover [data-day='{day.isoformat()}']"), decides=False)


def create_company(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    _create(meter, "/customers/new")
    meter.type(_field(page, "name"), COMPANY, focused=True)
    meter.type(_field(page, "phone"), COMPANY_PHONE)
    meter.click(_save(page))
    meter.done(_done(page))
    return meter.cost


def create_contact(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    _create(meter, "/contacts/new")
    meter.type(_field(page, "name"), CONTACT, focused=True)
    meter.type(_picker(page, "customer"), "northw")
    meter.click(_suggestion(page, CUSTOMER), decides=False)
    meter.type(_field(page, "mobile"), CONTACT_PHONE)
    meter.type(_field(page, "email"), CONTACT_EMAIL)
    meter.click(_save(page))
    meter.done(_done(page))
    return meter.cost


def find_customer(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    meter.click(page.locator("[data-open-palette]").first)
    meter.type(page.locator("#palette-query"), "northw", focused=True, decides=False)
    meter.click(page.locator("#palette [role=option]").filter(has_text=CUSTOMER).first, view=True)
    meter.done(page.locator("h1", has_text=CUSTOMER))
    return meter.cost


def log_call(ben: Salesperson, *, phone: bool = False) -> Cost:
    """Log the call that my day asks for: the customer's follow-up is due today, so it stands there."""
    meter = Meter(page := ben.page(phone=phone))
    row = page.locator("li", has=page.get_by_text(CUSTOMER)).filter(has=page.locator("a[href*='follow-ups/quick']"))
    meter.click(row.locator("a[href*='follow-ups/quick']").first, view=True)
    _write_call(meter)
    return meter.cost


def log_call_from_anywhere(ben: Salesperson) -> Cost:
    """The same for any customer, by the create menu."""
    meter = Meter(page := ben.page())
    _create(meter, "/follow-ups/quick")
    meter.type(_picker(page, "customer"), "northw", focused=True)
    meter.click(_suggestion(page, CUSTOMER), decides=False)
    _write_call(meter)
    return meter.cost


def _write_call(meter: Meter) -> None:
    page = meter.page
    meter.type(page.locator("#dialog [name=text]"), CALL, focused=True)
    meter.click(page.locator("#dialog [data-date-days='7']"))
    meter.click(page.locator("#dialog [data-composer] [type=submit]"))
    meter.done(_done(page))


def create_opportunity(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    _create(meter, "/opportunities/new")
    meter.type(_picker(page, "customer"), "northw", focused=True)
    meter.click(_suggestion(page, CUSTOMER), decides=False)
    meter.type(_field(page, "name"), "Forty sensor units")
    meter.type(_field(page, "amount"), "24000")
    _pick_day(meter, "expected_close_on")
    meter.click(_save(page))
    meter.done(_done(page))
    return meter.cost


def move_stage(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    meter.click(page.locator("#sidebar a[href='/opportunities']"), view=True)
    columns = page.locator(".board-column")
    meter.drag(columns.nth(0).locator(".board-card").first, columns.nth(1))
    meter.done(_done(page))
    return meter.cost


def create_task(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    _create(meter, "/tasks/new")
    meter.type(_field(page, "name"), "Prepare sample kit", focused=True)
    _pick_day(meter, "due_on")
    meter.type(_picker(page, "assignee"), "anna")
    meter.click(_suggestion(page, "Anna Snelling"), decides=False)
    meter.click(_save(page))
    meter.done(_done(page))
    return meter.cost


def see_this_month(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    meter.click(page.locator("#sidebar a[href='/statistics']"), view=True)
    meter.done(page.locator(".stat-tile").nth(1))
    return meter.cost


def import_file(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    meter.click(page.locator("#sidebar a[href='/contacts']"), view=True)
    meter.click(page.locator("a[href*='imports/new']").first, view=True)
    meter.attach(page.locator("input[type=file]"), str(ben.file))
    go_on = page.locator(".import-plan [name=import]")
    submit = page.locator(".import-form [type=submit]")
    submit.or_(go_on).first.wait_for()
    page.wait_for_timeout(300)
    if not go_on.count():
        meter.click(submit, view=True)
    meter.click(go_on, view=True)
    meter.done(page.locator(".import-outcome .notice.is-success"))
    return meter.cost


def reassign(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    meter.click(page.locator("#sidebar a[href='/opportunities']"), view=True)
    meter.click(page.locator(".segmented a[href*='display=table']"), view=True)
    meter.type(page.locator(".toolbar-search input[name=search]"), "Fair lead")
    meter.done(page.locator("#list-table-body tr:first-child:has-text('Fair lead')"))
    meter.click(page.locator("[data-select-all]"))
    meter.click(page.locator("[data-selection]").get_by_role("button", name="Assign"), view=True)
    meter.type(_picker(page, "owner"), "anna", focused=True)
    meter.click(_suggestion(page, "Anna Snelling"), decides=False)
    meter.click(_save(page))
    meter.done(_done(page))
    return meter.cost


def save_filter(ben: Salesperson) -> Cost:
    meter = Meter(page := ben.page())
    meter.click(page.locator("#sidebar a[href='/opportunities']"), view=True)
    meter.click(page.locator("[data-toggle][aria-controls]").filter(has_text="Filter"))
    builder = page.locator("[data-filter-builder]")
    meter.choose(builder.locator("[data-field]").first, "amount")
    meter.choose(builder.locator("[data-operator]").first, "gt")
    meter.type(builder.locator("[data-value] input").first, "50000")
    meter.type(builder.locator("[name=view_name]"), "Over 50k")
    meter.click(builder.locator(".filter-save button"))
    meter.done(page.locator(".view-tab.is-active", has_text="Over 50k"))
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
