"""What people do on many pages: record something, find it again, move it, and wait for news."""

from __future__ import annotations

import re
import secrets
from urllib.parse import quote, urlsplit

from playwright.sync_api import Locator, Page, TimeoutError, expect  # noqa: A004 the browser's own

from tests.journeys.people import choose, dialog


def fresh(name: str) -> str:
    """Return a name that nobody has used, so that a journey stands alone and can be made again."""
    return f"{name}{secrets.token_hex(2)}"


def fresh_phone() -> str:
    """Return a Chinese mobile number that most likely nobody has."""
    return f"139{secrets.randbelow(10**8):08}"


def record_customer(page: Page, name: str, **values: str) -> None:
    """Record a customer in the dialog of its list."""
    page.goto("/customers")
    # Above the list, or in the middle of it while it is empty.
    page.get_by_role("main").get_by_role("link", name="New customer").click()
    form = dialog(page)
    form.locator("[name=name]").fill(name)
    for field, value in values.items():
        form.locator(f"[name={field}]").fill(value)
    form.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#dialog")).not_to_be_visible()


def open_list(page: Page, plural: str, search: str = "") -> Locator:
    """Open a list as a table, filtered by a search; return its rows."""
    page.goto(f"/{plural}?display=table&search={quote(search)}")
    return page.locator("#list-table-body tr[data-row]")


def open_customer(page: Page, name: str) -> None:
    """Open a customer's own page through its list."""
    found = open_list(page, "customers", name).first.locator("a.title-link")
    page.goto(found.get_attribute("href") or "")


def make_opportunity(page: Page, product: str, *, customer: str = "宁波清泉", amount: str = "24000") -> str:
    """Make an opportunity in the first stage; return the address of its page."""
    page.goto("/opportunities/new")
    choose(page, "customer", customer)
    page.locator("[name=name]").fill(product)
    page.locator("[name=amount]").fill(amount)
    page.locator("form.page-form .form-actions [type=submit]").first.click()
    return stays_at(page, "opportunities")


def stays_at(page: Page, plural: str) -> str:
    """Wait until the page of a record of this kind is open, and return its path; what stands there instead is told."""
    try:
        page.wait_for_url(re.compile(rf"/{plural}/[0-9a-f-]{{36}}$"))
    except TimeoutError as waited:
        told = page.locator("#toasts, .form-errors, dialog[open]").all_inner_texts()
        raise AssertionError(f"No page of {plural}, still {page.url}: {' | '.join(told)}") from waited
    page.locator("[data-record]").wait_for()
    return urlsplit(page.url).path


def hear_news(page: Page) -> None:
    """Wait until the server can tell the page what others do."""
    page.locator("html[data-live-line=open]").wait_for()


def settled(page: Page) -> None:
    """Wait until nothing that the page has asked for is under way."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def never_scrolls_sideways(page: Page) -> None:
    """Fail when something on the page is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"
