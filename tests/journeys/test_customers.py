"""Customers and what happens with them: recording, finding, following up, editing, merging."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.pages import (
    fresh,
    fresh_phone,
    hear_news,
    never_scrolls_sideways,
    open_customer,
    open_list,
    record_customer,
)
from tests.journeys.people import ADMINISTRATOR, COLLEAGUE, SALESPERSON, People, choose, dialog, palette, toast


def test_customer_is_recorded_and_followed_up_when_somebody_calls(people: People):
    page, name = people.person(SALESPERSON), fresh("云帆印务")
    record_customer(page, name, phone=fresh_phone())
    open_customer(page, name)
    composer = page.locator("[data-composer]").first
    composer.get_by_role("radio", name="Call").check()
    composer.locator("[name=text]").fill("Wants 2,000 brochures before the fair.")
    composer.get_by_role("button", name="In 3 days").click()
    composer.get_by_role("button", name="Save").click()
    toast(page, "follow-up was logged")
    expect(page.locator(".timeline-entry").first).to_contain_text("2,000 brochures")
    expect(page.locator("[data-fact=next_follow_up_on]")).not_to_contain_text("–")


def test_customer_is_found_when_pinyin_initials_or_two_characters_are_typed(people: People):
    page = people.person(SALESPERSON)
    name = "宁波清泉生物科技有限公司"
    for typed in ("清泉", "nbqq", "qingquan"):
        expect(palette(page, typed).filter(has_text=name).first).to_be_visible()
        page.keyboard.press("Escape")
    palette(page, "清泉生物").filter(has_text=name).first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("h1", has_text=name)).to_be_visible()


def test_cell_is_edited_in_place_when_enter_is_pressed_on_it(people: People):
    page, name = people.person(SALESPERSON), fresh("听雨茶室")
    record_customer(page, name, phone=fresh_phone())
    cell = open_list(page, "customers", name).first.locator("td[data-cell=phone]")
    cell.focus()
    page.keyboard.press("Enter")
    box = cell.locator("input[name=phone]")
    box.fill("13900000002")
    box.press("Enter")
    expect(cell).to_have_text("+86 139 0000 0002")
    page.reload()
    expect(cell).to_have_text("+86 139 0000 0002")


def test_selected_customers_get_their_old_owner_back_when_assigning_is_undone(people: People):
    page, name = people.person(ADMINISTRATOR), fresh("批量客户")
    for number in (1, 2, 3):
        record_customer(page, f"{name}{number}号")
    owners = open_list(page, "customers", name).locator("td[data-cell=owner]")
    expect(owners.filter(has_text="林悦")).to_have_count(3)
    page.locator("[data-select-all]").check()
    page.locator("[data-selection]").get_by_role("button", name="Assign").click()
    form = dialog(page)
    choose(form, "owner", "wanghaoran", option="王浩然")
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(owners.filter(has_text="王浩然")).to_have_count(3)
    toast(page).locator("[data-undo]").click()
    expect(owners.filter(has_text="林悦")).to_have_count(3)


def test_merged_customers_come_apart_again_when_the_merge_is_taken_back(people: People):
    page, name = people.person(ADMINISTRATOR), fresh("合并测试")
    record_customer(page, f"{name}一厂", phone=fresh_phone())
    record_customer(page, f"{name}二厂", phone=fresh_phone())
    expect(open_list(page, "customers", name)).to_have_count(2)
    page.locator("[data-select-all]").check()
    page.locator("[data-selection]").get_by_role("button", name="Merge").click()
    page.locator("form.page-form").get_by_role("button", name="Merge").click()
    page.locator("[data-record]").wait_for()
    rows = open_list(page, "customers", name)
    expect(rows).to_have_count(1)
    page.goto((rows.locator("a.title-link").get_attribute("href") or "") + "/history")
    page.get_by_role("button", name="Take back the merge").click()
    toast(page)
    expect(open_list(page, "customers", name)).to_have_count(2)


def test_list_shows_a_new_customer_when_a_colleague_records_one(people: People):
    watching, working, name = people.person(ADMINISTRATOR), people.person(COLLEAGUE), fresh("即时客户")
    record_customer(working, f"{name}零号")
    rows = open_list(watching, "customers", name)
    expect(rows).to_have_count(1)
    hear_news(watching)
    record_customer(working, f"{name}一号")
    expect(rows).to_have_count(2)


def test_customer_is_recorded_when_only_the_keyboard_is_used(people: People):
    page, name = people.person(SALESPERSON), fresh("键盘客户")
    page.goto("/customers")
    page.keyboard.press("c")
    page.locator("#quick-create:popover-open").wait_for()
    while "Customer" not in page.locator(":focus").inner_text():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog(page).locator("[name=name]")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(open_list(page, "customers", name)).to_have_count(1)


def test_customer_is_recorded_and_followed_up_by_touch_when_the_screen_is_a_phone(people: People):
    page, name = people.person(SALESPERSON, phone=True), fresh("手机客户")
    page.locator(".bottom-bar [popovertarget=quick-create]").tap()
    page.locator("#quick-create").get_by_role("menuitem", name="Customer").tap()
    form = dialog(page)
    form.locator("[name=name]").fill(name)
    form.get_by_role("button", name="Create", exact=True).tap()
    expect(page.locator("#dialog")).not_to_be_visible()
    open_list(page, "customers", name).locator("a.title-link").tap()
    composer = page.locator("[data-composer]").first
    composer.locator("[name=text]").fill("Met at the fair, sends drawings.")
    composer.get_by_role("button", name="Tomorrow").tap()
    composer.get_by_role("button", name="Save").tap()
    toast(page, "follow-up was logged")
    expect(page.locator(".timeline-entry").first).to_contain_text("sends drawings")
    never_scrolls_sideways(page)
