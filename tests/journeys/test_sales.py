"""From an opportunity on its board to the order on paper."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.journeys.meter import drag
from tests.journeys.pages import fresh, hear_news, make_opportunity, open_customer, record_customer, stays_at
from tests.journeys.people import ADMINISTRATOR, MANAGER, SALESPERSON, People, choose, dialog, toast

#: Stages have the names that their organization gave them, in any language.
QUOTED, NEGOTIATION, WON = "方案报价", "商务谈判", "赢单"


def open_board(page: Page, search: str) -> Locator:
    """Open the board with the cards of a search, ready to be dragged; return the first of them."""
    page.goto(f"/opportunities?display=board&search={search}")
    page.locator("[data-board][data-ready]").wait_for()
    return page.locator(".board-card").first


def column(page: Page, name: str) -> Locator:
    return page.locator(".board-column").filter(has=page.get_by_role("heading", name=name, exact=True))


def test_card_stays_where_it_was_dropped_when_the_board_is_opened_again(people: People):
    page, name = people.person(ADMINISTRATOR), fresh("看板拖动")
    make_opportunity(page, name)
    card = open_board(page, name)
    with page.expect_response("**/opportunities/move"):
        drag(page, card, column(page, QUOTED))
    expect(column(page, QUOTED)).to_contain_text(name)
    open_board(page, name)
    expect(column(page, QUOTED)).to_contain_text(name)


def test_opportunity_on_my_day_goes_on_by_mouse_and_by_keys(people: People):
    page, name = people.person(ADMINISTRATOR), fresh("今日看板")
    address = make_opportunity(page, name, amount="24000000")
    page.goto("/")
    board = page.locator(".day-board[data-ready]")
    stages = board.locator(".day-stage")
    with page.expect_response("**/opportunities/move"):
        drag(page, stages.nth(0).locator("[data-card]", has_text=name), stages.nth(1))
    expect(stages.nth(1)).to_contain_text(name)
    hear_news(page)
    card = stages.nth(1).locator("[data-card]", has_text=name)
    expect(card).to_have_attribute("data-version", "2")
    with page.expect_response("**/opportunities/move"):
        card.get_by_role("link").press("Shift+ArrowRight")
    page.goto(address)
    expect(page.locator(".stage-path [aria-current=step]")).to_contain_text(QUOTED)


def test_card_goes_back_when_a_colleague_changed_it_meanwhile(people: People):
    page, other, name = people.person(SALESPERSON), people.person(MANAGER), fresh("看板冲突")
    people.expect_trouble("412")
    address = make_opportunity(page, name)
    # What the colleague does must not arrive as news, as when the line is slow.
    people.expect_trouble("ERR_FAILED")
    page.route("**/events", lambda route: route.abort())
    card = open_board(page, name)
    other.goto(address)
    other.get_by_role("button", name=NEGOTIATION).click()
    expect(other.locator(".stage-path [aria-current=step]")).to_contain_text(NEGOTIATION)
    drag(page, card, column(page, QUOTED))
    toast(page, "Somebody changed this record")
    expect(column(page, NEGOTIATION)).to_contain_text(name)


def test_opportunity_begins_in_the_stage_whose_column_it_was_added_to(people: People):
    page, name = people.person(ADMINISTRATOR), fresh("第二阶段")
    open_board(page, "")
    page.locator(".board-add").nth(1).click()
    form = dialog(page)
    choose(form, "customer", "清泉", option="宁波清泉")
    form.locator("[name=name]").fill(name)
    form.locator("[name=amount]").fill("12000")
    form.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#dialog")).not_to_be_visible()
    open_board(page, name)
    expect(page.locator(".board-column").nth(1)).to_contain_text(name)


def test_customer_becomes_an_order_on_paper_when_the_deal_is_won(people: People):
    page, name = people.person(SALESPERSON), fresh("成交客户")
    record_customer(page, name)
    open_customer(page, name)
    make_opportunity(page, f"{name}画册", customer=name)
    page.locator(".stage-path").get_by_role("button", name=WON).click()
    page.get_by_role("button", name="Create the order").click()
    expect(page.locator("h1")).to_contain_text("画册")
    order = stays_at(page, "orders")
    hear_news(page)
    page.get_by_role("link", name="lines").click()
    form = dialog(page)
    line = form.locator("[data-line]").last
    line.locator("[name=line_name]").fill("Brochure, 48 pages")
    line.locator("[name=line_quantity]").fill("3")
    line.locator("[name=line_unit_price]").fill("1200.50")
    expect(form.locator("[data-lines-total]")).to_contain_text("3,601.50")
    form.get_by_role("button", name="Save").click()
    expect(page.locator(".order-lines")).to_contain_text("Brochure, 48 pages")
    page.locator(".order-lines").get_by_role("link", name="Print").click()
    expect(page.locator(".paper")).to_contain_text(name)
    expect(page.locator(".paper tfoot")).to_contain_text("3,601.50")
    assert page.url.endswith(f"{order}/print")
