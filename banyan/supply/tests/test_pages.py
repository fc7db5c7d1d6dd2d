from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import DIALOG, HX, news, page_text, toast
from banyan.supply.models import Delivery, DeliveryLine, PurchaseOrder, PurchaseOrderLine, StockCountLine, StockMove
from banyan.supply.tests.conftest import Company
from tests.cast import Cast, api_client, sign_in


@pytest.fixture
def browser(company: Company) -> Client:
    return sign_in(company.cast, "admin")


@pytest.fixture
def within(company: Company) -> Callable[[Callable[[], Any]], Any]:
    """Look something up as the organization, whose scope every request closes."""

    def look(question: Callable[[], Any]) -> Any:
        with organization_scope(company.cast.organization.pk):
            return question()

    return look


def test_order_becomes_a_sent_delivery_in_two_clicks(company: Company, browser: Client, within: Any) -> None:
    company.bring("5")
    order = company.order("4")
    page = browser.get(f"/orders/{order.pk}").content.decode()
    assert f'hx-get="/orders/{order.pk}/supply"' in page
    state = browser.get(f"/orders/{order.pk}/supply").content.decode()
    assert f'hx-post="/orders/{order.pk}/send"' in state

    planned = browser.post(f"/orders/{order.pk}/send", headers=HX)
    url = news(planned)["visit"]["url"]
    assert "Sensor" in page_text(browser.get(url))
    carrier = re.findall(r'<option value="([^"]+)"', browser.get(f"{url}/ship", headers=DIALOG).content.decode())[0]
    sending = {"carrier": carrier, "tracking_number": "SF1", "shipped_on": "2026-12-01"}
    shipped = browser.post(f"{url}/ship", sending, headers=DIALOG)

    assert toast(shipped).endswith("has left.")
    assert within(company.level) == ("1", "0")
    assert "DN-" in page_text(browser.get(f"/orders/{order.pk}/supply"))


def test_delivering_more_than_is_reserved_is_refused_with_words(company: Company, browser: Client, within: Any) -> None:
    company.bring("2")
    order = company.order("4")
    dialog = browser.get(f"/orders/{order.pk}/send?choose=1", headers=DIALOG).content.decode()
    (name,) = set(re.findall(r'name="(quantity_[0-9a-f-]+)"', dialog))

    response = browser.post(f"/orders/{order.pk}/send?choose=1", {name: "3"}, headers=DIALOG)

    assert response.status_code == 422
    assert "at most 2 can be sent" in page_text(response)
    # What names the line itself is not named a second time in the summary.
    assert "Sensor (pc): Sensor" not in page_text(response)
    assert within(Delivery.objects.count) == 0


def test_worker_receives_counts_and_sees_it_in_the_overview(company: Company, browser: Client, within: Any) -> None:
    supplier = company.make("customer", name="Chip Works")
    written = browser.post(
        "/purchase-orders/new",
        {
            "supplier": str(supplier.pk), "has_lines": "1", "line_id": "", "line_product": str(company.sensor.pk),
            "line_name": "", "line_quantity": "10", "line_unit_price": "300", "line_discount_percent": "",
        },
        headers=DIALOG,
    )  # fmt: skip
    assert written.status_code == 204, page_text(written)
    purchase = within(PurchaseOrder.objects.get)
    assert toast(browser.post(f"/purchase-orders/{purchase.pk}/place", headers=HX)).endswith("is ordered.")
    assert "Chip Works" in page_text(browser.get("/stock/work"))
    line = within(PurchaseOrderLine.objects.get)

    received = browser.post(
        f"/purchase-orders/{purchase.pk}/receive",
        {f"quantity_{line.pk}": "4", "place": str(company.stock.pk)},
        headers=DIALOG,
    )
    assert toast(received) == "The goods are in stock."
    begun = browser.post("/stock/counts/new", {"what": str(company.warehouse.pk)}, headers=DIALOG)
    url = news(begun)["visit"]["url"]
    counted = within(StockCountLine.objects.get)
    browser.post(url, {f"counted_{counted.pk}": "3", "post": "1"})

    assert within(company.level) == ("3", "0")
    assert "Sensor Main 3" in page_text(browser.get("/stock"))
    kinds = within(lambda: list(StockMove.objects.order_by("pk").values_list("kind", flat=True)))
    assert kinds == ["receipt", "count"]


def test_every_page_about_stock_opens_empty_and_filled(company: Company, browser: Client) -> None:
    pages = ("", "/work", "/moves", "/backorders", "/serials", "/to-order", "/counts")
    for state in ("empty", "filled"):
        for page in pages:
            response = browser.get(f"/stock{page}")
            assert response.status_code == 200, (state, page)
        with organization_scope(company.cast.organization.pk):
            company.bring("2")
            company.order("5")
            company.bring("1", company.stocked(f"Camera {state}", "serial"), serial="A1")
    assert "Harbor Light" in page_text(browser.get("/stock/backorders"))
    assert "A1" in page_text(browser.get("/stock/serials?q=a1"))
    assert browser.get("/settings/supply").status_code == 200


def test_lot_and_serial_dialogs_say_what_is_in_stock(company: Company, browser: Client, within: Any) -> None:
    camera = company.stocked("Camera", "serial")
    for code in ("A1", "A2"):
        company.bring("1", camera, serial=code)
    order = company.order("1", camera)
    delivery = news(browser.post(f"/orders/{order.pk}/send", headers=HX))["visit"]["url"]
    line = within(DeliveryLine.objects.get)
    assert "A1, A2" in page_text(browser.get(f"{delivery}/pick", headers=DIALOG))

    wrong = browser.post(f"{delivery}/pick", {f"serials_{line.pk}": "B9"}, headers=DIALOG)
    right = browser.post(f"{delivery}/pick", {f"serials_{line.pk}": "A2"}, headers=DIALOG)

    assert (wrong.status_code, right.status_code) == (422, 204)
    assert "B9 does not lie in this warehouse" in page_text(wrong)


def test_small_team_sees_nothing_of_it(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="basic")
    browser = sign_in(cast, "admin")

    assert browser.get("/stock").status_code == 404
    assert browser.get("/deliveries").status_code == 404
    assert api_client(cast, "admin").get("/api/v1/purchase-orders").status_code == 404
    assert "/stock" not in browser.get("/").content.decode()


def test_readers_and_salespeople_cannot_move_goods(company: Company, within: Any) -> None:
    for name in ("viewer", "salesperson"):
        browser = sign_in(company.cast, name)
        move = {"product": str(company.sensor.pk), "quantity": "5", "to_place": str(company.stock.pk)}
        assert browser.post("/stock/book", move, headers=DIALOG).status_code == 403
        assert browser.get("/stock").status_code == 200
    assert within(StockMove.objects.count) == 0


def test_places_of_a_move_are_places_in_chinese_too(company: Company, browser: Client) -> None:
    Organization.objects.filter(pk=company.cast.organization.pk).update(language="zh-hans")
    company.bring("5")

    asked, told = page_text(browser.get("/stock/book")), page_text(browser.get("/stock/moves"))

    for text in (asked, told):
        assert "来源" in text
        assert "去向" in text
        assert "开始日期" not in text
