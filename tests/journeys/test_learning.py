"""Learning the product: help beside the page, tours to their end, an exercise in an organization of one's own."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys.pages import hear_news
from tests.journeys.people import ADMINISTRATOR, COLLEAGUE, READER, People, choose_language, sign_in

MOST_STEPS = 15


def take_tour(page: Page, name: str) -> int:
    """Take a tour to its end with the keyboard alone, and return how many steps it had."""
    page.goto("/tours")
    page.locator(f"[data-tour-start={name}]").press("Enter")
    box, count, seen = page.locator("#tour"), page.locator("#tour-count"), ""
    for step in range(1, MOST_STEPS):
        expect(count).not_to_have_text(seen)
        expect(box).to_be_visible()
        expect(page.locator("[data-tour-next]")).to_be_focused()
        assert page.locator(".is-toured").count() == 1
        seen = count.inner_text()
        is_last = page.locator("[data-tour-last]").is_visible()
        page.keyboard.press("Enter")
        if is_last:
            expect(page.locator(".toast-note", has_text="That was the tour")).to_be_visible()
            return step
    raise AssertionError(f"The tour {name} does not end.")


def test_every_tour_leads_to_its_end(people: People):
    page = people.person(ADMINISTRATOR)
    page.goto("/tours")
    names = [str(entry.get_attribute("data-tour-start")) for entry in page.locator("[data-tour-start]").all()]
    assert {"small_team", "salesperson", "sales_manager", "service", "administrator"} <= set(names)
    assert {name: steps for name in names if (steps := take_tour(page, name)) < 3} == {}


def test_tour_on_a_phone_waits_while_one_goes_elsewhere(people: People):
    page = people.person(READER, phone=True)
    page.goto("/tours")
    page.locator("[data-tour-start=salesperson]").click()
    box = page.locator("#tour")
    expect(box).to_be_visible()
    edges = box.bounding_box()
    assert edges is not None
    assert 0 <= edges["x"] <= 390 - edges["width"]
    page.goto("/tasks")
    page.locator("[data-tour-continue]").click()
    expect(box).to_be_visible()
    box.press("Escape")
    expect(box).to_be_hidden()
    page.goto("/tours")
    expect(page.locator("[data-tour-start=salesperson]")).to_be_visible()


def test_help_stands_beside_what_is_typed(people: People):
    page = people.person(COLLEAGUE)
    page.goto("/customers/new")
    name = page.locator("main [name=name]")
    name.fill("Half typed")
    page.keyboard.press("F1")
    help_panel = page.locator("#help")
    expect(help_panel.get_by_role("heading", name="New: Customer")).to_be_visible()
    help_panel.get_by_role("searchbox").fill("duplicates")
    help_panel.locator("#help-found a").first.click()
    expect(help_panel.locator(".prose")).to_be_visible()
    page.keyboard.press("Escape")
    expect(help_panel).to_be_hidden()
    expect(name).to_have_value("Half typed")


def test_exercise_is_done_where_nothing_can_go_wrong(people: People):
    # A session of its own: going to where one practises changes its key.
    page = people.stranger()
    sign_in(page, COLLEAGUE)
    choose_language(page, "en")
    page.goto("/training/everyone/customer")
    # In whichever language the person has: others may have changed it.
    page.locator("form[action$='/practise'] button").click()
    # The page before has the place for results, too; only where one practises there is something to check.
    check = page.locator("[hx-target='#lesson-result']")
    check.wait_for()
    hear_news(page)
    check.click()
    expect(page.locator(".training-findings .is-missing").first).to_be_visible()
    wanted = page.locator(".training-task strong").inner_text()
    page.goto("/customers/new")
    page.locator("main [name=name]").fill(wanted)
    page.locator("main [name=phone]").fill("13800138077")
    page.locator("main form button[type=submit]").first.click()
    page.locator(".record-header, [data-record]").first.wait_for()
    page.locator("main [hx-post$='/customer/check']").click()
    page.wait_for_url("**/training/everyone/customer")
    expect(page.locator(".training-task h2")).to_contain_text(re.compile("Done|完成"))
    page.goto("/training")
    page.locator(".training-close button").click()
    expect(page.locator(".training-close")).to_have_count(0)
