"""Opportunities on their board."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.journeys.people import ADMINISTRATOR, People, choose, dialog, toast


def make_opportunity(page: Page, product: str) -> None:
    """Make an opportunity of 24,000 in the first stage."""
    page.goto("/opportunities/new")
    choose(page, "customer", "清泉", option="宁波清泉")
    page.locator("[name=name]").fill(product)
    page.locator("[name=amount]").fill("24000")
    page.locator("form.page-form .form-actions [type=submit]").first.click()
    page.locator("[data-record]").wait_for()


def card(page: Page, text: str) -> Locator:
    return page.locator(".board-card", has_text=text)


def column(page: Page, name: str) -> Locator:
    return page.locator(".board-column", has_text=name).first


def drag(page: Page, item: Locator, target: Locator) -> None:
    """Drag with the mouse in steps, as a hand does; the library follows movements, not jumps."""
    item.scroll_into_view_if_needed()
    start, end = item.bounding_box(), target.bounding_box()
    assert start, end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2 + 10, start["y"] + 20, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 90, steps=12)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 95, steps=3)
    page.mouse.up()


def test_card_stays_where_it_was_dropped_when_the_board_is_opened_again(people: People):
    page = people.person(ADMINISTRATOR)
    make_opportunity(page, "看板拖动一号")
    page.goto("/opportunities?search=看板拖动一号")
    drag(page, card(page, "看板拖动一号"), column(page, "Quoted"))
    expect(column(page, "Quoted")).to_contain_text("看板拖动一号")
    page.wait_for_timeout(500)
    page.reload()
    expect(column(page, "Quoted")).to_contain_text("看板拖动一号")


def test_card_goes_back_when_a_colleague_changed_it_meanwhile(people: People):
    page, other = people.person(ADMINISTRATOR), people.person("chensiyuan@small.demo")
    people.expect_trouble("412")
    make_opportunity(page, "看板冲突二号")
    address = page.url
    page.goto("/opportunities?search=看板冲突二号")
    card(page, "看板冲突二号").wait_for()
    page.route("**/events", lambda route: route.abort())
    other.goto(address)
    other.locator(".stage-path button", has_text="Negotiation").first.click()
    expect(other.locator(".stage-path [aria-current=step]")).to_contain_text("Negotiation")
    page.locator(".board-card").first.evaluate("card => card.dataset.version = '1'")
    drag(page, card(page, "看板冲突二号"), column(page, "Quoted"))
    toast(page)
    page.reload()
    expect(column(page, "Negotiation")).to_contain_text("看板冲突二号")


def test_number_and_chips_of_a_new_opportunity_are_kept_when_its_dialog_is_saved(people: People):
    page = people.person(ADMINISTRATOR)
    page.goto("/opportunities")
    page.locator(".board-add").nth(1).click()
    form = dialog(page)
    choose(form, "customer", "清泉", option="宁波清泉")
    form.locator("[name=name]").fill("第二阶段直接建")
    form.locator("[name=amount]").fill("12000")
    form.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator(".board-column").nth(1)).to_contain_text("第二阶段直接建")
