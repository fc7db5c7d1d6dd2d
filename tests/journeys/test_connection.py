"""The network goes and comes back while somebody works."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.people import SALESPERSON, People, toast


def test_page_that_was_wanted_comes_by_itself_when_the_network_is_back(people: People):
    page = people.person(SALESPERSON)
    people.expect_trouble("ERR_INTERNET_DISCONNECTED")
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()
    page.context.set_offline(True)
    toast(page, "You are offline")
    page.goto("/tasks")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
