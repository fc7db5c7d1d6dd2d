"""A managing director with a phone and no account: answers, reads, prints, and is in a trial organization."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.accessibility import barriers
from tests.journeys.pages import fresh
from tests.journeys.people import People

PASSWORD = "correct horse battery"
#: An organization with its template and data is made in seconds, on a busy machine in more of them.
FOUNDING = 90_000


def test_managing_director_finds_what_fits_and_tries_it_on_the_phone(people: People):
    page = people.stranger(phone=True)
    page.goto("/sign-in")
    page.get_by_role("link", name="Which CRM fits us?").click()
    page.get_by_label("Which industry are you in?").select_option(label="Consulting and services")
    page.get_by_label("How many people do you have now?").fill("12")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("How many departments will use it?").fill("20")
    page.get_by_role("button", name="Continue").click()
    page.locator(".chip-choice", has_text="In stages, over weeks or months").click()
    page.locator(".chip-choice", has_text="Quotes").click()
    page.get_by_role("button", name="Show the advice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Standard edition")
    expect(page.locator(".notice", has_text="more departments than half of the people")).to_be_visible()
    expect(page.locator(".adviser-modules").first).to_contain_text("Quotes")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    paper = page.request.get(page.get_by_role("link", name="PDF").get_attribute("href"))
    assert paper.body().startswith(b"%PDF")
    page.emulate_media(media="print")
    expect(page.locator(".adviser-tools")).not_to_be_visible()
    expect(page.get_by_role("heading", name="What it brings")).to_be_visible()
    page.emulate_media(media="screen")
    assert barriers(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="Try it with exactly this").click()
    page.get_by_label("Your name").fill("Ada Lane")
    page.get_by_label("E-mail").fill(f"{fresh('ada')}@lane.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the trial organization").click(timeout=FOUNDING)
    expect(page.get_by_text("This is a trial organization.")).to_be_visible()
    page.goto("/opportunities?display=board")
    expect(page.locator("[data-board]")).to_contain_text("Diagnosis")


STATE = """() => ({
    theme: document.documentElement.dataset.bsTheme,
    charts: document.querySelectorAll("[data-chart]").length,
    drawn: document.querySelectorAll("[data-chart] canvas").length,
    open: document.querySelectorAll("[data-chart] .chart-table[open]").length,
    told: document.querySelectorAll("[data-chart].is-told").length,
})"""


#: A promise: a text that the page itself evaluates again and again would be against its policy.
ASKED = """new Promise((found) => {
    const look = () => (window.asked ? found(window.asked) : setTimeout(look, 50));
    look();
})"""


def test_cost_is_printed_dark_on_white_with_every_chart_or_its_figures(people: People):
    page = people.stranger(theme="dark")
    page.goto("/cost?headcount=200")
    expect(page.get_by_role("heading", name="Standard edition")).to_be_visible()
    assert not page.locator(".cost-facts").is_visible()
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = ({STATE})(); }})")
    page.evaluate(f"void (window.print = () => {{ window.asked = ({STATE})(); }})")

    page.pdf(format="A4")
    printed = page.evaluate("window.printed")
    assert printed["theme"] == "light"
    assert printed["told"] == printed["charts"] - printed["drawn"] > 0
    assert printed["open"] == printed["told"] - 1, "The chart of the years has its table above it."
    after = page.evaluate(f"({STATE})()")
    assert (after["theme"], after["told"], after["open"]) == ("dark", 0, 0)

    page.get_by_role("button", name="Print").click()
    asked = page.evaluate(ASKED)
    assert asked["charts"] == asked["drawn"] == 5
    page.emulate_media(media="print")
    expect(page.locator(".cost-facts")).to_contain_text("Headcount")
    expect(page.locator(".cost-facts")).to_contain_text("200")
    page.set_viewport_size({"width": 680, "height": 900})
    wide = "[...document.querySelectorAll('.cost-table')].filter((table) => table.scrollWidth > 680).length"
    assert page.evaluate(wide) == 0
