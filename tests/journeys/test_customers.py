"""Customers and what happens with them: recording, finding, following up, editing, merging."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.people import ADMINISTRATOR, COLLEAGUE, SALESPERSON, People, choose, dialog, palette, toast


def record_customer(page: Page, name: str, **values: str) -> None:
    """Record a customer from wherever one is, by the key for creating and the first entry of its menu."""
    page.goto("/customers")
    page.get_by_role("link", name="New customer").or_(page.get_by_role("link", name="New: Customer")).first.click()
    form = dialog(page)
    form.locator("[name=name]").fill(name)
    for field, value in values.items():
        form.locator(f"[name={field}]").fill(value)
    form.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#dialog")).not_to_be_visible()


def open_customer(page: Page, name: str) -> None:
    """Open a customer's own page through its list."""
    page.goto(f"/customers?search={name}")
    with page.expect_navigation():
        page.goto(page.locator("#list-table-body a", has_text=name).first.get_attribute("href") or "")


def test_customer_is_recorded_and_followed_up_when_somebody_calls(people: People):
    page = people.person(SALESPERSON)
    record_customer(page, "苏州云帆印务有限公司", phone="13812345678")
    open_customer(page, "云帆印务")
    composer = page.locator("[data-composer]").first
    composer.get_by_text("Call").click()
    composer.locator("[name=text]").fill("Wants 2,000 brochures before the fair.")
    composer.get_by_role("button", name="In 3 days").click()
    composer.get_by_role("button", name="Save").click()
    toast(page, "follow-up was logged")
    expect(page.locator(".timeline-entry").first).to_contain_text("2,000 brochures")
    expect(page.locator("[data-fact=next_on], [data-fact=next_follow_up_on]").first).not_to_contain_text("–")


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
    page = people.person(SALESPERSON)
    record_customer(page, "扬州听雨茶室", phone="13900000001")
    page.goto("/customers?search=听雨茶室")
    cell = page.locator("#list-table-body td[data-cell=phone]").first
    cell.focus()
    page.keyboard.press("Enter")
    box = cell.locator("input[name=phone]")
    box.fill("13900000002")
    box.press("Enter")
    expect(page.locator("#list-table-body td[data-cell=phone]").first).to_contain_text("139 0000 0002")
    page.reload()
    expect(page.locator("#list-table-body td[data-cell=phone]").first).to_contain_text("139 0000 0002")


def test_selected_customers_get_their_old_owner_back_when_assigning_is_undone(people: People):
    page = people.person(ADMINISTRATOR)
    for number in (1, 2, 3):
        record_customer(page, f"批量客户{number}号")
    page.goto("/customers?search=批量客户")
    owners = page.locator("#list-table-body td[data-cell=owner]")
    expect(owners.first).to_contain_text("林悦")
    page.locator("[data-select-all]").check()
    page.locator("[data-selection]").get_by_role("button", name="Assign").click()
    form = dialog(page)
    choose(form, "owner", "wanghaoran", option="王浩然")
    form.get_by_role("button", name="Assign").click()
    expect(owners.first).to_contain_text("王浩然")
    toast(page).locator("[data-undo]").click()
    expect(owners.first).to_contain_text("林悦")


def test_merged_customers_come_apart_again_when_the_merge_is_taken_back(people: People):
    page = people.person(ADMINISTRATOR)
    record_customer(page, "合并测试一厂", phone="13711110001")
    record_customer(page, "合并测试二厂", phone="13711110002")
    page.goto("/customers?search=合并测试")
    page.locator("[data-select-all]").check()
    page.locator("[data-selection]").get_by_role("button", name="Merge").click()
    page.locator("form.page-form").get_by_role("button", name="Merge").click()
    page.locator("[data-record]").wait_for()
    page.goto("/customers?search=合并测试")
    expect(page.locator("#list-table-body tr")).to_have_count(1)
    page.goto((page.locator("#list-table-body a").first.get_attribute("href") or "") + "/history")
    page.get_by_role("button", name="Take back the merge").click()
    toast(page)
    page.goto("/customers?search=合并测试")
    expect(page.locator("#list-table-body tr")).to_have_count(2)


def test_list_shows_a_new_customer_when_a_colleague_records_one(people: People):
    watching, working = people.person(ADMINISTRATOR), people.person(COLLEAGUE)
    record_customer(working, "即时客户零号")
    watching.goto("/customers?search=即时客户")
    expect(watching.locator("#list-body")).to_contain_text("即时客户零号")
    record_customer(working, "即时客户一号")
    expect(watching.locator("#list-body")).to_contain_text("即时客户一号")


def test_customer_is_recorded_when_only_the_keyboard_is_used(people: People):
    page = people.person(SALESPERSON)
    page.goto("/customers")
    page.keyboard.press("c")
    page.locator("#quick-create:popover-open").wait_for()
    while "Customer" not in page.locator(":focus").inner_text():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dialog(page)
    page.keyboard.type("键盘客户公司")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).not_to_be_visible()
    page.goto("/customers?search=键盘客户")
    expect(page.locator("#list-table-body")).to_contain_text("键盘客户公司")


def test_follow_up_is_logged_by_touch_when_the_screen_is_a_phone(people: People):
    page = people.person(SALESPERSON, phone=True)
    page.goto("/customers")
    page.locator("#list-table-body a").first.tap()
    page.locator("[data-composer]").first.wait_for()
    composer = page.locator("[data-composer]").first
    composer.locator("[name=text]").fill("Met at the fair, sends drawings.")
    composer.get_by_role("button", name="Tomorrow").tap()
    composer.get_by_role("button", name="Save").tap()
    toast(page, "follow-up was logged")
    expect(page.locator(".timeline-entry").first).to_contain_text("sends drawings")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page must not scroll sideways"
