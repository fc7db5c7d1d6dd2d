"""How pages look to different people: in their language, in the dark, on a phone, to somebody who sees badly."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.accessibility import barriers
from tests.journeys.pages import never_scrolls_sideways, open_list
from tests.journeys.people import ADMINISTRATOR, PHONE, People

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


def test_empty_page_offers_its_beginning_once(people: People):
    page = people.person(ADMINISTRATOR)
    for path, name in (("/settings/me/deputies", "Name a deputy"), ("/settings/territories", "New territory")):
        visit(page, path)
        expect(page.locator(".empty-state")).to_be_visible()
        expect(page.locator("main").get_by_role("link", name=name).filter(visible=True)).to_have_count(1)
    # What is only limited is not empty: the page keeps its way to a new record.
    visit(page, "/customers?search=zzzzzz")
    expect(page.locator(".page-actions").get_by_role("link", name="New customer")).to_be_visible()
    expect(page.locator(".empty-state").get_by_role("link", name="Show all")).to_be_visible()


def test_setting_is_found_by_a_word_and_all_of_them_fit_a_phone(people: People):
    page = people.person(ADMINISTRATOR, phone=True)
    visit(page, "/settings/")
    groups = page.locator("#settings-groups > details")
    expect(groups.first).not_to_have_attribute("open", "")
    assert page.evaluate("document.documentElement.scrollHeight") < PHONE["height"] * 1.5
    page.get_by_placeholder("Find a setting").fill("passkey")
    expect(page.locator(".settings-card:visible")).to_have_count(1)
    expect(page.get_by_role("link", name="Second step and passkeys")).to_be_visible()
    page.get_by_placeholder("Find a setting").fill("")
    expect(page.locator(".settings-card:visible")).to_have_count(0)
    groups.first.locator("summary").first.click()
    expect(page.locator(".settings-card[href='/settings/me/password']")).to_be_visible()


def test_menus_beside_a_page_show_where_one_is(people: People):
    page = people.person(ADMINISTRATOR)
    page.set_viewport_size({"width": 1440, "height": 500})
    visit(page, "/settings/backups")
    expect(page.locator(".settings-menu [aria-current=page]")).to_be_in_viewport()
    expect(page.locator(".sidebar [aria-current=page]")).to_be_in_viewport()


def test_table_too_wide_for_a_phone_says_each_value_that_there_is_on_few_lines(people: People):
    page = people.person(ADMINISTRATOR, phone=True)
    visit(page, "/reports/activity?period=all")
    table = page.locator("table.is-stacked").first
    row = table.locator("tbody tr").first
    expect(row).to_be_visible()
    never_scrolls_sideways(page)
    lines = row.evaluate("(row) => new Set([...row.cells].map((cell) => Math.round(cell.offsetTop / 24))).size")
    assert lines < row.locator("td").count()
