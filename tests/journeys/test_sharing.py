"""A record shared from its menu: its team says so, the colleague finds it, the explanation names the reason."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.journeys.accessibility import barriers
from tests.journeys.pages import fresh, never_scrolls_sideways, open_customer, record_customer
from tests.journeys.people import ADMINISTRATOR, SALESPERSON, People, choose, dialog, toast


def _open_share_dialog(page: Page) -> Locator:
    page.locator(".record-actions [popovertarget]").click()
    page.get_by_role("menuitem", name="Share").click()
    return dialog(page)


def test_customer_shared_from_its_menu_is_seen_and_explained(people: People):
    owner, colleague, name = people.person(ADMINISTRATOR), people.person(SALESPERSON), fresh("共享客户")
    record_customer(owner, name)
    open_customer(owner, name)
    address = owner.url
    form = _open_share_dialog(owner)
    choose(form, "grantees", "lina", option="李娜")
    form.locator("[name=team_role]").fill("Pre-sales")
    form.locator("[type=submit]").click()
    toast(owner, "Shared with 李娜")
    team = owner.locator(".child-list", has_text="Team and sharing")
    expect(team.locator("li", has_text="李娜")).to_contain_text("Pre-sales")

    colleague.goto(address)
    expect(colleague.locator("h1")).to_contain_text(name)
    owner.locator(".record-actions [popovertarget]").click()
    owner.get_by_role("menuitem", name="Who can see this").click()
    person = owner.locator("#access-person-ts-control")
    person.focus()
    person.press_sequentially("lina")
    owner.locator(".ts-dropdown .option", has_text="李娜").first.click()
    owner.get_by_role("button", name="Explain").click()
    expect(owner.locator(".reason-list .is-helping", has_text="shared")).to_be_visible()
    assert barriers(owner) == []


def test_list_of_a_picker_stays_open_when_its_box_is_clicked_again(people: People):
    page, name = people.person(ADMINISTRATOR), fresh("再点一下")
    record_customer(page, name)
    open_customer(page, name)
    form = _open_share_dialog(page)
    box = form.locator("[data-field=grantees] .ts-control input")
    expect(form.locator(".ts-dropdown .option").first).to_be_visible()
    box.click()
    page.keyboard.type("lina", delay=15)
    expect(form.locator(".ts-dropdown .option", has_text="李娜")).to_be_visible()


def test_role_is_read_and_changed_on_a_phone(people: People):
    page = people.person(ADMINISTRATOR, phone=True)
    page.goto("/settings/roles")
    role = page.locator("main a[href^='/settings/roles/']:not([href$=copy], [href$=compare])").last
    page.goto(role.get_attribute("href") or "")
    rows = page.locator("#rights-rows [data-row-name]")
    expect(rows.first).to_contain_text("See:")
    assert page.locator("#rights-rows select:visible").count() == 0, "every object is folded"
    assert page.locator("#rights-rows [data-row-name]:visible").count() == 1, "every group is folded"
    assert page.evaluate("document.documentElement.scrollHeight") < 3 * 844, "the page is read in three screens"
    page.get_by_label("Find an object").fill("task")
    row = page.locator("#rights-rows [data-row-name]:visible")
    expect(row).to_have_count(1)
    row.locator("[data-fold]").click()
    row.get_by_label("Tasks: Share").select_option("own")
    page.get_by_label("Find an object").fill("")
    page.get_by_label("Only what differs").check()
    expect(row.filter(has_text="Tasks")).to_be_visible()
    assert barriers(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    never_scrolls_sideways(page)


def test_settings_are_searched_and_folded_on_a_phone(people: People):
    page = people.person(ADMINISTRATOR, phone=True)
    page.goto("/settings/")
    link = page.get_by_role("link", name="Access review")
    expect(link).not_to_be_visible()
    never_scrolls_sideways(page)
    assert barriers(page) == []

    search = page.get_by_role("searchbox", name="Find a setting")
    search.fill("ACCESS REV")
    expect(link).to_be_visible()
    expect(page.get_by_role("link", name="Currencies")).not_to_be_visible()
    search.fill("")
    expect(link).not_to_be_visible()
    page.locator("summary", has_text="Security").click()
    expect(link).to_be_visible()
    search.fill("nothing is called so")
    expect(page.get_by_text("Nothing fits.")).to_be_visible()

    page.goto("/settings/roles")
    role = page.locator("main a[href^='/settings/roles/']:not([href$=copy], [href$=compare])").last
    page.goto(f"{role.get_attribute('href')}/fields/customer")
    name = page.locator("#level-name")
    # A field with its level and its condition is one line.
    expect(name).to_be_visible()
    row = page.locator("#field-rows > li").filter(has=name)
    assert row.bounding_box()["height"] < 80
    never_scrolls_sideways(page)
