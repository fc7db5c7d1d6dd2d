"""Finding again: views with filters, the palette, numbers that open what is behind them, the recycle bin."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.pages import fresh, open_customer, open_list, record_customer
from tests.journeys.people import ADMINISTRATOR, SALESPERSON, People, palette, toast


def test_view_with_a_filter_is_kept_when_it_is_saved(people: People):
    page, name = people.person(SALESPERSON), fresh("Over 50k ")
    page.goto("/opportunities?view=all&display=table")
    page.get_by_role("button", name="Filter").click()
    builder = page.locator("[data-filter-builder]")
    builder.locator("[data-add-field=amount]").click()
    expect(builder.locator("[data-value] input").first).to_be_focused()
    builder.locator("[data-operator]").first.select_option("gt")
    builder.locator("[data-value] input").first.fill("50000")
    builder.locator("[name=view_name]").fill(name)
    builder.get_by_role("button", name="Save").click()
    tab = page.locator(".view-tab.is-active", has_text=name)
    tab.wait_for()
    page.goto("/opportunities")
    page.locator(".view-tab", has_text=name).get_by_role("link").first.click()
    tab.wait_for()
    amounts = page.locator("#list-table-body td[data-cell=amount]")
    amounts.first.wait_for()
    assert all(float(re.sub(r"[^\d.]", "", text)) > 50_000 for text in amounts.all_inner_texts())


def test_page_is_opened_when_its_name_is_typed_into_the_palette(people: People):
    page = people.person(SALESPERSON)
    palette(page, "statistics").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/statistics")
    palette(page, "new customer").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog [name=name]")).to_be_focused()


def test_number_of_the_statistics_opens_the_records_behind_it(people: People):
    page = people.person(ADMINISTRATOR)
    page.goto("/statistics?period=this_year")
    for label in ("New customers", "Follow-ups"):
        page.goto("/statistics?period=this_year")
        tile = page.locator(".stat-tile", has_text=label).first
        number = tile.locator(".stat-value").inner_text()
        tile.click()
        expect(page.locator(".list-count")).to_contain_text(number)


def test_deleted_customer_comes_back_when_it_is_restored(people: People):
    page, name = people.person(SALESPERSON), fresh("回收客户")
    # The page of a record that was just deleted may ask for it once more before it is left.
    people.expect_trouble("404")
    record_customer(page, name)
    open_customer(page, name)
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    toast(page)
    page.goto("/recycle-bin")
    row = page.locator("tr", has_text=name)
    row.get_by_role("button", name="Restore").click()
    toast(page)
    expect(open_list(page, "customers", name)).to_have_count(1)
