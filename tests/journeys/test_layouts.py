"""An administrator lays out a form: by dragging, by keys, with a condition; and the form follows it at once."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.journeys.accessibility import barriers
from tests.journeys.pages import never_scrolls_sideways, settled
from tests.journeys.people import ADMINISTRATOR, People, dialog, toast

EDITOR = re.compile(r"/settings/layouts/product/[0-9a-f-]{36}$")


def field(page: Page, name: str) -> Locator:
    return page.locator(f".layout-field[data-key={name}]")


def ready(page: Page) -> None:
    """Wait until the editor shows the last step and can be dragged in."""
    settled(page)
    page.locator("[data-layout-editor][data-ready]").wait_for()


def drag(page: Page, name: str, onto: Locator) -> None:
    """Hold a field by its grip and let it go over something else."""
    ready(page)
    grip = field(page, name).locator(".grip")
    grip.scroll_into_view_if_needed()
    start = grip.bounding_box()
    assert start
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 8, start["y"] + 18, steps=5)
    end = onto.bounding_box()
    assert end
    page.mouse.move(end["x"] + 60, end["y"] + 14, steps=20)
    page.mouse.up()


def order(page: Page) -> list[str]:
    """Return the names of the placed fields, in order."""
    rows = page.locator(".layout-part .layout-field[data-key]")
    return list(rows.evaluate_all("rows => rows.map(row => row.dataset.key)"))


def lay_out(admin: Page) -> None:
    """Move one field by dragging into a new section, and another one by keys."""
    admin.locator("#part-add-t1").click()
    second = admin.locator(".layout-part").nth(1).locator(".layout-fields")
    expect(second).to_be_visible()
    drag(admin, "notes", second)
    expect(second.locator("[data-key=notes]")).to_be_visible()
    ready(admin)
    before = order(admin)
    admin.locator("#field-up-unit").focus()
    admin.keyboard.press("Enter")
    expect(admin.locator("#field-up-unit")).to_be_focused()
    ready(admin)
    assert order(admin).index("unit") == before.index("unit") - 1


def need_notes_for_codes_with_x(admin: Page) -> None:
    """Let notes be needed when the code begins with X."""
    editor = admin.url
    field(admin, "notes").get_by_role("button", name="more").click()
    admin.locator("#field-menu-notes").get_by_text("Must be filled in when").click()
    admin.locator("[data-add-field=code]").first.click()
    row = admin.locator("[data-condition]")
    row.locator("[data-operator]").select_option("startswith")
    row.locator("[name=value]").fill("X")
    admin.locator(".filter-actions [type=submit]").click()
    admin.wait_for_url(editor)
    expect(field(admin, "notes")).to_contain_text("needed when")


def test_form_laid_out_by_hand_follows_what_is_typed(people: People):
    admin = people.person(ADMINISTRATOR)
    admin.goto("/settings/layouts/product")
    admin.get_by_role("link", name="New layout", exact=True).click()
    dialog(admin).get_by_role("button", name="Begin").click()
    admin.wait_for_url(EDITOR)
    editor = admin.url
    assert barriers(admin) == []
    lay_out(admin)
    need_notes_for_codes_with_x(admin)
    preview = admin.frame_locator("[name=layout-preview]")
    preview.locator("[name=code]").fill("X-1")
    expect(preview.locator("[data-field=notes] .field-required")).to_be_visible()

    field(admin, "name").get_by_role("button", name="more").click()
    admin.locator("#field-menu-name").get_by_text("Leave out").click()
    expect(admin.locator(".is-palette [data-key=name]")).to_be_visible()
    admin.locator("#layout-publish").click()
    expect(admin.get_by_role("alert").first).to_contain_text("Without these fields no record can be created")
    admin.locator("#layout-undo").click()
    expect(admin.locator(".is-palette [data-key=name]")).to_have_count(0)
    admin.locator("#layout-publish").click()
    toast(admin, "in effect for everybody")

    admin.goto("/products/new")
    admin.locator("[name=code]").fill("X-2")
    expect(admin.locator("[name=notes]")).to_have_attribute("required", "")
    admin.locator("[name=code]").fill("A-2")
    expect(admin.locator("[name=notes]")).not_to_have_attribute("required", "")
    assert barriers(admin) == []

    admin.set_viewport_size({"width": 390, "height": 844})
    admin.goto(editor)
    never_scrolls_sideways(admin)
    admin.locator("[popovertarget=layout-more]").click()
    admin.locator("#layout-more").get_by_text("Delete: back to the product's own").click()
    admin.locator("#confirm [data-confirm-yes]").click()
    toast(admin, "The layout is gone")
