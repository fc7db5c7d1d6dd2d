"""The network goes and comes back while somebody works."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.journeys.pages import settled
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


def test_answer_that_comes_after_one_has_gone_elsewhere_disturbs_nothing(people: People):
    page = people.person(SALESPERSON)
    late: list[Route] = []

    def hold_back(route: Route) -> None:
        late.append(route)

    page.route("**/customers/figures*", hold_back)
    page.goto("/tasks")
    with page.expect_request("**/customers/figures*"):
        page.locator(".sidebar").get_by_role("link", name="Customers").click()
    page.locator(".sidebar").get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()
    assert late
    with page.expect_event("requestfinished", lambda request: "/customers/figures" in request.url):
        for route in late:
            route.continue_()
    settled(page)
