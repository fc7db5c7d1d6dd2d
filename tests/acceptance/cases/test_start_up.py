"""The first case: a start-up of ten people on the free basic edition, from an empty installation to a working day."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.acceptance.cases.steps import found, join, save
from tests.journeys.pages import open_customer
from tests.journeys.people import People, choose, toast

LIST = """Company,Phone,City
Harbor Light Trading,+86 139 0000 1001,Ningbo
Lane Coffee,+86 139 0000 1002,Shanghai
Third Wave Bakery,+86 139 0000 1003,Hangzhou
"""


def import_the_old_list(page: Page, file: Path) -> None:
    """Bring the spreadsheet that the team has kept so far."""
    page.get_by_role("button", name="Import a file").click()
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.locator("#import-preview")).to_contain_text("3 rows look right")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#import-outcome")).to_contain_text("Every row was taken")


def test_start_up_works_in_the_product_on_its_first_day(people: People, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(LIST, encoding="utf-8")
    page = people.stranger()
    found(page, "Lane Studio", "Ada Lane", "ada@lane.example", headcount="5")
    page.get_by_role("link", name="Without a template").click()
    page.locator("[name=emails]").fill("\n".join(f"{name}@lane.example" for name in ("ben", "cleo", "dan", "eva")))
    page.get_by_role("button", name="Invite").click()
    links = [box.input_value() for box in page.locator(".copy-line input").all()]
    assert len(links) == 4
    page.get_by_role("link", name="Continue").click()
    import_the_old_list(page, file)
    page.goto("/welcome/done")
    page.get_by_role("button", name="To my day").click()
    expect(page.locator(".stat-tile", has_text="New customers").locator(".stat-value")).to_have_text("3")

    ben = people.stranger()
    join(ben, links[0], "Ben Moor")
    open_customer(ben, "Harbor Light")
    composer = ben.locator("[data-composer]").first
    composer.get_by_role("radio", name="Call").check()
    composer.locator("[name=text]").fill("Wants a sign above the door before spring.")
    composer.get_by_role("button", name="In 3 days").click()
    composer.get_by_role("button", name="Save").click()
    toast(ben, "follow-up was logged")
    ben.goto("/orders/new")
    choose(ben, "customer", "Harbor")
    ben.locator("[name=name]").fill("Sign above the door")
    ben.locator("[name=amount]").fill("1800")
    save(ben, "orders")

    page.goto("/")
    expect(page.locator(".stat-tile", has_text="Orders this month").locator(".stat-value")).to_contain_text("1,800")
    # What ten people do not need is not there, and nothing has to be paid or switched.
    menu = page.locator(".sidebar")
    expect(menu.get_by_role("link", name="Orders", exact=True)).to_be_visible()
    for label in ("Leads", "Quotes", "Invoices", "Deliveries", "Forecast"):
        expect(menu.get_by_role("link", name=label, exact=True)).to_have_count(0)
