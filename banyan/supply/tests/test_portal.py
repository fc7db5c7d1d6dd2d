from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from banyan.core.kernel.clock import today
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import spec_for
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import page_text
from banyan.documents.public import can_draw, kind_for, pdf_of
from banyan.portal.public import Recipient, create_link
from banyan.products.public import write_document
from banyan.supply.choices import PurchaseStatus
from banyan.supply.models import Delivery, PurchaseOrder
from banyan.supply.queries import deliverables
from banyan.supply.services.deliveries import plan_delivery, ship_delivery
from banyan.supply.services.direct import drop_ship
from banyan.supply.services.purchasing import set_status
from banyan.supply.tests.conftest import Company


def link_to(company: Company, object_name: str, record: Any, purpose: str) -> str:
    made = create_link(
        company.admin, object_name, record.pk, purpose=purpose, recipient=Recipient("Wang Li", language="en")
    )
    return "/p/" + made.url.rpartition("/")[2]


def send(visitor: Client, path: str, action: str, **values: str) -> Any:
    key = re.search(r'name="form_key" value="(\w+)"', visitor.get(path).content.decode())
    assert key is not None
    return visitor.post(f"{path}/{action}", {"form_key": key[1], **values})


@pytest.fixture
def purchase(company: Company) -> PurchaseOrder:
    supplier = company.make("customer", name="Chip Works")
    lines = [{"product": company.sensor.pk, "quantity": "5", "unit_price": "300"}]
    written: Any = write_document(company.admin, "purchase_order", {"supplier": supplier.pk}, lines)
    set_status(company.admin, written.pk, PurchaseStatus.ORDERED)
    return PurchaseOrder.objects.get(pk=written.pk)


def test_numbers_are_named_where_a_phone_has_no_room_for_headings(company: Company, purchase: PurchaseOrder) -> None:
    order = company.order("2")
    seen = {
        "order": Client().get(link_to(company, "order", order, "order_progress")).content.decode(),
        "purchase": Client().get(link_to(company, "purchase_order", purchase, "supplier_order")).content.decode(),
    }
    labels = {name: re.findall(r'data-label="([^"]+)"', text) for name, text in seen.items()}
    assert labels["order"] == ["Ordered", "Sent", "Promised for"]
    assert {"Quantity", "Unit price"} <= set(labels["purchase"])
    assert labels["purchase"][-1].startswith("Amount")


def test_supplier_confirms_a_day_and_promises_follow(company: Company, purchase: PurchaseOrder) -> None:
    waiting = company.order("5")
    path, day = link_to(company, "purchase_order", purchase, "supplier_order"), today("Asia/Shanghai")
    visitor = Client()
    assert "Sensor" in page_text(visitor.get(path))

    late = send(visitor, path, "confirm", day="2020-01-01")
    done = send(visitor, path, "confirm", day=str(day + timedelta(days=9)), reference="CW-77")

    assert "The day lies between today and two years from now." in page_text(late)
    assert done.status_code == 303
    with organization_scope(company.cast.organization.pk):
        purchase.refresh_from_db()
        assert (purchase.status, purchase.supplier_reference) == ("confirmed", "CW-77")
        assert company.need(waiting).promised_on == day + timedelta(days=10)


def test_customer_follows_parcels_and_confirms_only_their_own(company: Company) -> None:
    company.bring("9")
    mine, other = company.order("4"), company.order("2")
    sent = [plan_delivery(company.admin, order.pk) for order in (mine, other)]
    for delivery in sent:
        ship_delivery(company.admin, delivery.pk, tracking_number="SF9")
    path, visitor = link_to(company, "order", mine, "order_progress"), Client()
    text = page_text(visitor.get(path))
    assert sent[0].number in text
    assert sent[1].number not in text

    strange = send(visitor, path, "arrived", delivery=str(sent[1].pk))
    own = send(visitor, path, "arrived", delivery=str(sent[0].pk), name="Ms Li")
    forged = visitor.get(path[:-3] + "AAA")

    assert (strange.status_code, own.status_code, forged.status_code) != (303, 303, 200)
    assert own.status_code == 303
    assert forged.status_code == 404
    with organization_scope(company.cast.organization.pk):
        states = dict(Delivery.objects.values_list("pk", "status"))
    assert [states[delivery.pk] for delivery in sent] == ["delivered", "shipped"]


def test_supplier_sends_a_drop_shipment_to_the_customer(company: Company) -> None:
    supplier, order = company.make("customer", name="Chip Works"), company.order("3")
    (line,) = deliverables(order.pk)
    purchase = drop_ship(company.admin, order.pk, supplier.pk, {line.line_id: line.ordered})
    set_status(company.admin, purchase.pk, PurchaseStatus.ORDERED)
    path = link_to(company, "purchase_order", purchase, "supplier_order")

    assert send(Client(), path, "sent", carrier="DHL", tracking_number="D1").status_code == 303

    with organization_scope(company.cast.organization.pk):
        delivery = Delivery.objects.get(order=order.pk)
        assert (delivery.status, delivery.tracking_number, company.need(order).delivered) == ("shipped", "D1", 3)


@pytest.mark.skipif(bool(can_draw()), reason="nothing here draws PDF")
@pytest.mark.parametrize(("kind_name", "language"), [("goods_sent", "zh-hans"), ("pick_list", "en")])
def test_papers_of_a_delivery_are_drawn(company: Company, kind_name: str, language: str) -> None:
    company.bring("4")
    delivery = plan_delivery(company.admin, company.order("4").pk)
    row = fetch_row(company.admin, spec_for(company.cast.organization, "delivery"), delivery.pk)

    name, content = pdf_of(company.admin, kind_for(company.admin, kind_name)[0], row, language)

    assert content.startswith(b"%PDF")
    assert delivery.number in name
