"""A lead becomes a paid and delivered order, through the doors that people, programs and the customer use."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from banyan.core.kernel.clock import today
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import DIALOG, HX, news, page_text
from banyan.portal.public import PortalLink
from banyan.supply.models import Place
from tests.cast import Cast, api_client, sign_in

pytestmark = pytest.mark.slow


class Desk:
    """Somebody at work: a browser, a program, and a customer who has nothing but a link."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.browser = sign_in(cast, "admin")
        self.program: Any = api_client(cast, "admin")
        self.customer = Client(REMOTE_ADDR="203.0.113.9")
        self.today = str(today(cast.organization.time_zone))

    def create(self, plural: str, **values: Any) -> dict[str, Any]:
        return self.call("POST", plural, 201, **values)

    def call(self, method: str, path: str, status: int = 200, **values: Any) -> dict[str, Any]:
        answer = self.program.generic(method, f"/api/v1/{path}", json.dumps(values), content_type="application/json")
        assert answer.status_code == status, answer.content.decode()[:600]
        found: dict[str, Any] = answer.json()
        return found

    def read(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self.program.get(f"/api/v1/{path}").json()
        return found

    def press(self, path: str, **values: str) -> str:
        """Press a button of a page and return where it leads."""
        answer = self.browser.post(path, values, headers=HX)
        assert answer.status_code in {200, 204}, answer.content.decode()[:600]
        told = news(answer)
        return str(told.get("visit", {}).get("url") or answer.headers.get("HX-Redirect", ""))

    def send(self, path: str, **values: str) -> str:
        """Send a form of a page without scripts and return where it leads."""
        answer = self.browser.post(path, values)
        assert answer.status_code == 303, (path, page_text(answer)[:600])
        return str(answer["Location"])

    def see(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, path
        return page_text(answer)


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast)


@pytest.fixture
def pump(desk: Desk) -> str:
    """A product with five pieces in stock, sold for 1,000 with 13 % tax in the price."""
    warehouse = desk.create("warehouses", name="Main")
    product = desk.create("products", name="Pump P7", price="1130", unit="pc", tax_rate="13")
    answer = desk.browser.post(
        f"/products/{product['id']}/keep-stock", {"is_stocked": "on", "tracking": "none"}, headers=DIALOG
    )
    assert answer.status_code in {200, 204}, page_text(answer)
    with organization_scope(desk.cast.organization.pk):
        place = Place.objects.filter(warehouse=warehouse["id"], is_held=False).first()
    assert place is not None
    move = {"product": product["id"], "quantity": "5", "kind": "adjustment", "to_place": str(place.pk)}
    desk.create("stock/moves", moves=[move])
    return str(product["id"])


def form_key(text: str) -> dict[str, str]:
    found = {name: re.search(f'name="{name}" value="([^"]*)"', text) for name in ("form_key", "seen")}
    return {name: match[1] for name, match in found.items() if match}


def signed_by_the_customer(desk: Desk, quote_id: str) -> None:
    """Let the customer read the quote at their link and accept it."""
    desk.call("POST", f"quotes/{quote_id}/send", recipient="Wang Wei", language="en")
    with organization_scope(desk.cast.organization.pk):
        link = PortalLink.objects.get(record_id=quote_id)
        path = "/p/" + link.url.rpartition("/p/")[2]
    page = desk.customer.get(path).content.decode()
    assert "Pump P7" in page
    answer = desk.customer.post(f"{path}/accept", {**form_key(page), "signer": "Wang Wei"})
    assert answer.status_code == 303, answer.content.decode()[:600]


def test_lead_becomes_a_paid_and_delivered_order(desk: Desk, pump: str) -> None:
    lead = desk.create("leads", name="Wang Wei", company="Spring Water Works", email="wang@spring.example")
    converted = desk.call("POST", f"leads/{lead['id']}/convert")
    opportunity = converted["opportunity"]
    desk.call("POST", f"opportunities/{opportunity}/lines", lines=[{"product": pump, "quantity": "2"}])
    assert desk.read(f"opportunities/{opportunity}")["amount"] == "2260.00"

    quote = desk.press(f"/opportunities/{opportunity}/quote").rpartition("/")[2]
    signed_by_the_customer(desk, quote)
    assert desk.read(f"quotes/{quote}")["status"] == "accepted"
    assert desk.call("PATCH", f"quotes/{quote}", 422, name="Changed afterwards")["errors"]

    order = desk.press(f"/quotes/{quote}/become/order").rpartition("/")[2]
    placed = desk.read(f"orders/{order}")
    assert (placed["amount"], placed["net_amount"], placed["tax_amount"]) == ("2260.00", "2000.00", "260.00")
    if placed["status"] == "draft":
        desk.call("POST", f"orders/{order}/confirm")
    assert desk.read("stock")["items"][0]["reserved"] == "2"

    delivery = desk.press(f"/orders/{order}/send")
    shipped = desk.browser.post(
        f"{delivery}/ship", {"tracking_number": "SF1", "shipped_on": desk.today}, headers=DIALOG
    )
    assert shipped.status_code in {200, 204}, page_text(shipped)
    assert desk.read("stock")["items"][0]["on_hand"] == "3"

    invoice = desk.create("invoices", order=order, kind="plain")
    desk.send(f"/invoices/{invoice['id']}/approve")
    desk.send(f"/invoices/{invoice['id']}/issue", issued_on=desk.today)
    assert desk.read(f"invoices/{invoice['id']}")["amount"] == "2260.00"

    desk.send(f"/billing/orders/{order}/payment", amount="2260", paid_on=desk.today, method="transfer")
    money = desk.see(f"/billing/orders/{order}/money")
    assert "Paid CN¥2,260 Outstanding CN¥0 Invoiced CN¥2,260" in money
    full = desk.see(f"/customers/{converted['customer']}/in-full")
    assert "Ordered in all CN¥2,260" in full
    assert "Paid in all CN¥2,260" in full
    assert desk.read(f"customers/{converted['customer']}")["status"] == "active"
