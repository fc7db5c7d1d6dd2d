"""How pages look to different people: in their language, in the dark, on a phone, to somebody who sees badly."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.accessibility import barriers
from tests.journeys.pages import never_scrolls_sideways, open_list
from tests.journeys.people import ADMINISTRATOR, People

WORK = (
    "/", "/customers", "/opportunities?display=board&view=all", "/tasks?display=calendar", "/customers/new",
    "/orders/new", "/customers/FIRST", "/opportunities/FIRST", "/orders/FIRST",
)  # fmt: skip
FIGURES = (
    "/statistics", "/imports", "/imports/new", "/recycle-bin", "/customers/duplicates-review", "/help",
    "/docs/errors", "/settings/api",
)  # fmt: skip
SETTINGS = (
    "/settings/", "/settings/me", "/settings/me/devices", "/settings/me/tokens", "/settings/organization",
    "/settings/people", "/settings/people/invite", "/settings/roles", "/settings/departments", "/settings/fields/customer",
    "/settings/lists", "/settings/modules", "/settings/pipelines", "/settings/pools", "/settings/pools/new", "/settings/jobs",
    "/settings/privacy", "/settings/privacy/find", "/settings/privacy/purposes", "/settings/privacy/retention",
    "/settings/privacy/retention/new/customer", "/settings/privacy/register",
    "/settings/backups",
)  # fmt: skip


def visit(page: Page, path: str) -> None:
    """Open a page and wait until what it loads afterwards is there; FIRST is the first record of a list."""
    plural, _slash, last = path.strip("/").rpartition("/")
    if last == "FIRST":
        path = open_list(page, plural).first.locator("a.title-link").get_attribute("href") or ""
    answer = page.goto(path)
    assert answer
    assert answer.ok, path
    page.wait_for_load_state("load")
    expect(page.locator(".htmx-request, .skeleton, .htmx-settling")).to_have_count(0)


@pytest.mark.parametrize("paths", [WORK, FIGURES, SETTINGS], ids=["work", "figures", "settings"])
def test_pages_have_no_barriers_and_fit_when_checked_by_axe(people: People, paths: tuple[str, ...]):
    page, found = people.person(ADMINISTRATOR), []
    for path in paths:
        page.set_viewport_size({"width": 1440, "height": 900})
        visit(page, path)
        found += [f"{path} {problem}" for problem in barriers(page)]
        never_scrolls_sideways(page)
    assert not found, "\n".join(found)


def test_page_speaks_another_language_and_turns_dark_when_the_reader_wants_it(people: People):
    page = people.person(ADMINISTRATOR)
    page.get_by_role("button", name="Account of").click()
    with page.expect_navigation():
        page.locator("#account button[lang=zh-hans]").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("#sidebar")).to_contain_text("客户")
    page.locator("[popovertarget=account]").click()
    page.locator("#account [data-set-theme=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.goto("/customers")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("h1")).to_have_text("客户")
    page.locator("[popovertarget=account]").click()
    page.locator("#account [data-set-theme=auto]").click()
    page.locator("#account button[lang=en]").click()
    expect(page.locator("h1")).to_have_text("Customers")
