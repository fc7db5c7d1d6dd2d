"""Steps that the cases have in common: founding by the guided start, and filling a form whatever its fields are."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.journeys.pages import stays_at

PASSWORD = "correct horse battery"
PATIENCE = 90_000


def found(page: Page, organization: str, name: str, email: str, *, industry: str = "", headcount: str = "") -> None:
    """Found the first organization of an empty installation, and say what it is like."""
    page.goto("/")
    page.locator("[name=organization]").fill(organization)
    page.locator("[name=name]").fill(name)
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    if industry:
        page.locator("[name=industry]").select_option(industry)
    if headcount:
        page.locator(f"label:has(input[name=headcount][value='{headcount}'])").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="What does your trade need?").wait_for()


def use_template(page: Page, name: str, *, with_demo_data: bool = False) -> None:
    """Take the template of an industry in the guided start."""
    page.goto("/welcome/template")
    button = page.locator("button[name=template]").filter(has_text=name).first
    if not button.is_visible():
        page.locator(".template-others summary").click()
    if with_demo_data:
        page.locator("[name=demo]").check()
    # A whole configuration is applied in one request: on a busy machine that takes its time.
    button.click(no_wait_after=True)
    page.get_by_role("heading", name="Who works with you?").wait_for(timeout=PATIENCE)


def fill_required(form: Locator) -> None:
    """Give every empty field that is needed a value of its sort, as somebody who only wants to get on."""
    for box in form.locator("select[required]").all():
        if not box.input_value():
            box.select_option(index=1)
    for box in form.locator("input[required]:not([type=hidden]):not([type=checkbox]):not([type=radio])").all():
        if not box.is_visible() or box.input_value():
            continue
        is_day = "YYYY" in (box.get_attribute("placeholder") or "")
        box.fill("2026-12-01" if is_day else "7")


def save(page: Page, plural: str) -> str:
    """Save the form of a new record and return the path of its page."""
    page.locator("form.page-form .form-actions [type=submit]").first.click()
    return stays_at(page, plural)


def join(page: Page, link: str, name: str) -> None:
    """Follow the link of an invitation and begin."""
    page.goto(link)
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.locator(".day-head").wait_for()


def bring_in(page: Page, file: Path) -> None:
    """Apply a configuration file as the page suggests it."""
    page.goto("/settings/configuration")
    page.locator("input[name=files]").set_input_files(file)
    button = page.get_by_role("button", name="Apply what is ticked")
    button.wait_for(timeout=PATIENCE)
    button.click(no_wait_after=True)
    page.get_by_role("button", name="Put the former configuration back").wait_for(timeout=PATIENCE)


def press(page: Page, label: str) -> None:
    """Press what a record offers under this label, a button or a link."""
    main = page.locator("main")
    main.get_by_role("button", name=label, exact=True).or_(
        main.get_by_role("link", name=label, exact=True)
    ).first.click()
