"""The second case: a manufacturer of two hundred people on Standard, from its template to a paid and delivered order."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.acceptance.cases.steps import bring_in, found, press, save, use_template
from tests.journeys.pages import stays_at
from tests.journeys.people import People, dialog

OWN_WAYS = Path(__file__).with_name("own_ways.yaml")


def submit(page: Page) -> None:
    """Send the dialog that is open as it is filled in."""
    form = dialog(page)
    form.locator("[type=submit]").last.click()
    expect(page.locator("#dialog")).not_to_be_visible()


def set_up(page: Page) -> None:
    """Take the template of the industry, and lay the company's own ways over it."""
    found(page, "Delta Works", "Ada Delta", "ada@delta.example", industry="manufacturing", headcount="100")
    use_template(page, "Manufacturing")
    bring_in(page, OWN_WAYS)
    page.goto("/settings/configuration")
    expect(page.locator(".template-cards li", has_text="Manufacturing").first).to_contain_text("up to date")


def quote_of_a_lead(page: Page) -> str:
    """Turn a lead into a project with lines and a quote; return the link for the customer."""
    page.goto("/leads/new")
    page.locator("[name=name]").fill("Wang Wei")
    page.locator("[name=company]").fill("Spring Water Works")
    page.locator("[name=email]").fill("wang@spring.example")
    save(page, "leads")
    press(page, "Convert")
    dialog(page).locator("[type=submit]").last.click()
    stays_at(page, "opportunities")
    expect(page.locator(".stage-path")).to_contain_text("Samples and tests")
    press(page, "Add lines")
    form = dialog(page)
    line = form.locator("[data-line]").last
    for name, value in (("line_name", "Pump P7"), ("line_quantity", "2"), ("line_unit_price", "1130")):
        line.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name="Save").click()
    expect(page.locator("#dialog")).not_to_be_visible()
    press(page, "Create a quote")
    stays_at(page, "quotes")
    press(page, "Send to the customer")
    dialog(page).get_by_role("button", name="Make the link").click()
    box = page.locator("input[readonly][value*='/p/']").first
    box.wait_for()
    return box.input_value()


def accept(people: People, link: str) -> None:
    """Let the customer, who has nothing but the link, read the quote and sign it."""
    customer = people.stranger()
    customer.goto(link)
    expect(customer.locator("body")).to_contain_text("Pump P7")
    customer.locator("[name=signer]").first.fill("Wang Wei")
    customer.get_by_role("button", name="Accept and sign").click()
    customer.get_by_text(re.compile("accepted", re.IGNORECASE)).first.wait_for()


def deliver(page: Page, order: str) -> None:
    """Send the goods of an order and see them arrive."""
    page.locator("main").get_by_text("Deliver", exact=True).first.click()
    stays_at(page, "deliveries")
    press(page, "Ship")
    submit(page)
    press(page, "It has arrived")
    submit(page)
    page.goto(order)
    expect(page.locator("main")).to_contain_text("Delivered")


def invoice_and_take_the_money(page: Page, order: str) -> None:
    """Write the invoice, issue it, and record that it is paid."""
    press(page, "Request invoice")
    dialog(page).locator("[type=submit]").last.click()
    stays_at(page, "invoices")
    press(page, "Approve")
    press(page, "Issue")
    submit(page)
    page.goto(order)
    press(page, "Record payment")
    submit(page)
    expect(page.locator("main")).to_contain_text("Outstanding $0")
    expect(page.locator("main")).to_contain_text("Invoiced $2,260")


def complain(page: Page) -> None:
    """Let service write down a complaint, which shows in the report of the industry."""
    page.goto("/complaints/new")
    page.locator("[name=name]").fill("Noise of the pump")
    page.locator("[data-field=customer] .ts-control input").first.click()
    page.locator(".ts-dropdown .option", has_text="Spring Water").first.click()
    page.locator("[name=severity]").select_option("major")
    save(page, "complaints")
    page.goto("/reports")
    expect(page.locator(".own-report", has_text="Complaints by severity").locator("[data-chart]")).to_be_visible()


def answer_a_ticket(page: Page) -> None:
    """Let service write down what a customer wants, answer within the promised time, and solve it."""
    page.goto("/tickets/new")
    page.locator("[name=name]").fill("Pump does not start")
    page.locator("[data-field=customer] .ts-control input").first.click()
    page.locator(".ts-dropdown .option", has_text="Spring Water").first.click()
    save(page, "tickets")
    expect(page.locator(".ticket-talk")).to_contain_text("due in")
    page.locator(".ticket-box textarea").fill("Please open the valve first, then press the button.")
    page.get_by_role("button", name="Save and solve").click()
    expect(page.locator(".ticket-talk")).to_contain_text("In time")


def run_a_campaign(page: Page) -> None:
    """Let marketing make a segment, run a campaign for it, and turn a response into a lead that sales sees."""
    page.goto("/segments/new?object=customer")
    page.locator("[name=name]").fill("All customers")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("main")).to_contain_text("Spring Water")
    save(page, "segments")
    page.goto("/campaigns/new")
    page.locator("[name=name]").fill("Pump days")
    page.locator("[name=kind]").select_option("event")
    campaign = save(page, "campaigns")
    page.goto(f"{campaign}/members")
    press(page, "Add a segment")
    # The template brings a segment as well, so one has to be chosen.
    dialog(page).locator("[name=segment]").select_option(label="All customers (Customers)")
    submit(page)
    row = page.locator(".campaign-list li", has_text="Spring Water")
    row.get_by_role("link", name="Response").click()
    dialog(page).locator("[name=text]").fill("Wants a second pump")
    submit(page)
    expect(row).to_contain_text("Responded")
    page.goto("/leads")
    expect(page.locator("main")).to_contain_text("Spring Water")


def test_manufacturer_sells_delivers_and_is_paid(people: People) -> None:
    page = people.stranger()
    set_up(page)
    accept(people, quote_of_a_lead(page))
    page.reload()
    press(page, "Create the order")
    order = stays_at(page, "orders")
    expect(page.locator("main")).to_contain_text("Confirmed")
    deliver(page, order)
    invoice_and_take_the_money(page, order)
    complain(page)
    answer_a_ticket(page)
    run_a_campaign(page)
    page.goto("/settings/departments")
    expect(page.locator("main")).to_contain_text("Export")
