"""One English word that means two things has two Chinese ones: papers and pages of the warehouse say theirs."""

from __future__ import annotations

import re

from django.test import Client

from banyan.core.web.tests.pages import page_text
from banyan.supply.services.deliveries import plan_delivery
from banyan.supply.tests.conftest import Company
from tests.cast import sign_in


def chinese(company: Company) -> Client:
    person = company.cast.users["admin"]
    person.language = "zh-hans"
    person.save(update_fields=["language"])
    return sign_in(company.cast, "admin")


def headings(text: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", found).strip() for found in re.findall(r"<th[^>]*>(.*?)</th>", text)]


def test_pick_list_is_called_what_the_warehouse_calls_it(company: Company) -> None:
    company.bring("5")
    delivery = plan_delivery(company.admin, company.order("2").pk)
    paper = chinese(company).get(f"/documents/pick_list/{delivery.pk}/print?language=zh-hans")
    assert "拣货单" in page_text(paper)
    assert "库位" in headings(paper.content.decode())


def test_moves_say_from_where_to_where_and_stock_what_is_on_the_way(company: Company) -> None:
    company.bring("5")
    browser = chinese(company)
    moves = headings(browser.get("/stock/moves").content.decode())
    assert [moves[2], moves[4], moves[5]] == ["业务类型", "来源", "去向"]
    assert "在途" in headings(browser.get("/stock").content.decode())


def test_order_lines_are_ordered_and_not_yet_sent(company: Company) -> None:
    order = company.order("2")
    paper = chinese(company).get(f"/documents/delivery_note/{order.pk}/print?language=zh-hans")
    assert headings(paper.content.decode())[-3:] == ["订购", "已发货", "未发"]
