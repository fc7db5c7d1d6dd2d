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
