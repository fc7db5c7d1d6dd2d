"""What two people do with the same records: give tasks, meet in a form, see but not touch."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.pages import fresh, fresh_phone, hear_news, open_customer, record_customer, settled
from tests.journeys.people import (
    COLLEAGUE,
    MANAGER,
    READER,
    SALESPERSON,
    People,
    choose,
    choose_language,
    dialog,
    sign_in,
    toast,
)


def test_colleague_hears_of_a_task_at_once_and_completes_it(people: People):
    giving, doing, name = people.person(SALESPERSON), people.person(COLLEAGUE), fresh("Prepare sample kit ")
    hear_news(doing)
    giving.get_by_role("link", name="Task", exact=True).click()
    form = dialog(giving)
    form.locator("[name=name]").fill(name)
    choose(form, "assignee", "wanghaoran", option="王浩然")
    form.locator("[data-field=due_on] [data-date-days='1']").click()
    form.get_by_role("button", name="Create", exact=True).click()
    expect(doing.locator("#unread-count")).to_be_visible()
    doing.get_by_role("button", name="Notifications").click()
    doing.locator("#notification-list").get_by_text(name).click()
    expect(doing.locator("h1")).to_have_text(name)
    settled(doing)
    doing.get_by_role("button", name="Mark as done").click()
    doing.get_by_role("button", name="Open again").wait_for()
    giving.goto("/tasks?view=given&display=table")
    expect(giving.locator("#list-table-body tr", has_text=name)).to_contain_text("Done")


def test_both_sides_are_shown_when_two_people_change_one_customer(people: People):
    first, second, name = people.person(SALESPERSON), people.person(MANAGER), fresh("同时修改")
    people.expect_trouble("412")
    record_customer(first, name, phone=fresh_phone())
    for page in (first, second):
        open_customer(page, name)
        page.get_by_role("link", name="Edit").click()
        dialog(page)
    second.locator("#dialog [name=phone]").fill("13900000011")
    second.locator("#dialog").get_by_role("button", name="Save").click()
    toast(second, "was saved")
    first.locator("#dialog [name=phone]").fill("13900000022")
    first.locator("#dialog").get_by_role("button", name="Save").click()
    sides = first.locator("#dialog .conflict-table tr", has_text="Phone")
    expect(sides).to_contain_text("139 0000 0011")
    expect(sides).to_contain_text("139 0000 0022")
    expect(first.locator("#dialog")).to_contain_text("陈思远")
    sides.get_by_role("radio").first.check()
    first.get_by_role("button", name="Save my choice").click()
    for page in (first, second):
        expect(page.locator("[data-fact=phone]")).to_contain_text("139 0000 0022")


def test_reader_sees_everything_and_changes_nothing(people: People):
    page, working, name = people.person(READER), people.person(SALESPERSON), fresh("只读客户")
    people.expect_trouble("403")
    record_customer(working, name)
    open_customer(page, name)
    expect(page.locator("h1")).to_have_text(name)
    expect(page.get_by_role("button", name="Create")).to_have_count(0)
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    expect(page.locator("[data-edit-url], [data-composer]")).to_have_count(0)
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    for address in ("/customers/new", f"{page.url}/edit", f"{page.url}/delete"):
        refused = page.request.post(address, form={"name": "changed"}, headers={"X-CSRFToken": token})
        assert refused.status == 403, address
    page.goto("/customers/new")
    expect(page.locator("h1")).not_to_contain_text("New")
    expect(page.locator("form [name=name]")).to_have_count(0)


def test_file_comes_back_as_it_was_put_on_a_record(people: People, tmp_path: Path):
    page, name = people.person(SALESPERSON), fresh("附件客户")
    offer = tmp_path / "报价单.csv"
    offer.write_text("品名,单价\n画册,1200\n", encoding="utf-8")
    record_customer(page, name)
    open_customer(page, name)
    page.locator(".files-panel input[type=file]").set_input_files(offer)
    link = page.locator(".files-panel .file-link", has_text="报价单.csv")
    link.wait_for()
    link.click()
    preview = dialog(page)
    expect(preview).to_contain_text("画册,1200")
    answer = page.request.get(preview.get_by_role("link", name="Download").get_attribute("href") or "")
    assert answer.body() == offer.read_bytes()
    page.reload()
    expect(link).to_be_visible()


def test_page_hears_no_more_news_when_its_session_is_ended_elsewhere(people: People):
    here, there = people.person(COLLEAGUE), people.stranger()
    people.expect_trouble("401")
    sign_in(there, COLLEAGUE)
    choose_language(there, "en")
    hear_news(there)
    here.goto("/settings/me/devices")
    here.get_by_role("button", name="Sign out all other devices").click()
    toast(here, "All other devices were signed out")
    toast(there, "You were signed out")
    expect(there.locator("html")).not_to_have_attribute("data-live-line", "open")
    there.goto("/customers")
    expect(there.locator("#field-password")).to_be_visible()
