from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, Invalid
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.customers.models import Customer
from banyan.products.public import write_document
from banyan.supply.choices import PurchaseStatus
from banyan.supply.models import Delivery, Demand, PurchaseOrder, PurchaseOrderLine, PurchaseRequest
from banyan.supply.queries import deliverables, proposals
from banyan.supply.services.direct import drop_ship, ship_direct
from banyan.supply.services.purchasing import Received, Wanted, ask_for, order_wanted, receive, set_status
from banyan.supply.services.stock import save_setting, set_minimum
from banyan.supply.services.suppliers import set_conditions
from banyan.supply.tests.conftest import Company


@pytest.fixture
def supplier(company: Company) -> Customer:
    found: Customer = company.make("customer", name="Chip Works")
    return found


def ordered(company: Company, supplier: Customer, quantity: str, **values: Any) -> PurchaseOrder:
    purchase: Any = write_document(
        company.admin,
        "purchase_order",
        {"supplier": supplier.pk, **values},
        [{"product": company.sensor.pk, "quantity": quantity, "unit_price": "300"}],
    )
    set_status(company.admin, purchase.pk, PurchaseStatus.ORDERED)
    return PurchaseOrder.objects.get(pk=purchase.pk)


def come(company: Company, purchase: PurchaseOrder, quantity: str) -> None:
    line = PurchaseOrderLine.objects.get(purchase_order=purchase.pk)
    receive(company.admin, purchase.pk, [Received(line.pk, Decimal(quantity), company.stock.pk)])


def state(purchase: PurchaseOrder) -> str:
    return PurchaseOrder.objects.get(pk=purchase.pk).status


def test_price_comes_from_the_supplier_and_never_from_what_the_product_is_sold_for(
    company: Company, supplier: Customer
) -> None:
    lines = [{"product": company.sensor.pk, "quantity": "2"}]
    before: Any = write_document(company.admin, "purchase_order", {"supplier": supplier.pk}, lines)
    set_conditions(company.admin, supplier.pk, company.sensor.pk, price=Decimal(300), article_number="CW-7")
    after: Any = write_document(company.admin, "purchase_order", {"supplier": supplier.pk}, lines)

    assert (before.amount, after.amount) == (Decimal(0), Decimal(600))
    assert PurchaseOrderLine.objects.get(purchase_order=after.pk).article_number == "CW-7"


def test_goods_come_in_parts_until_the_order_is_received(company: Company, supplier: Customer) -> None:
    waiting = company.order("3")
    purchase = ordered(company, supplier, "10")

    come(company, purchase, "4")
    assert (state(purchase), company.level(), company.need(waiting).reserved) == ("ordered", ("4", "3"), 3)
    come(company, purchase, "6")

    assert (state(purchase), company.level()) == ("received", ("10", "3"))


def test_more_than_ordered_comes_only_within_the_tolerance(company: Company, supplier: Customer) -> None:
    purchase = ordered(company, supplier, "10")
    with pytest.raises(Invalid) as refused:
        come(company, purchase, "11")
    assert str(refused.value.errors[0].message).startswith("Sensor: at most 10 more can be received")

    save_setting(company.admin, tolerance=10)
    come(company, purchase, "11")

    assert company.level() == ("11", "0")


def test_nothing_is_received_for_an_order_that_is_not_on_its_way(company: Company, supplier: Customer) -> None:
    purchase = ordered(company, supplier, "10")
    set_status(company.admin, purchase.pk, PurchaseStatus.CANCELLED)

    with pytest.raises(Conflict) as refused:
        come(company, purchase, "1")

    assert "Cancelled" in str(refused.value.message)


def test_promised_date_follows_the_goods_on_their_way_and_changes_with_them(
    company: Company, supplier: Customer
) -> None:
    day = today("Asia/Shanghai")
    order = company.order("5")
    assert company.need(order).basis == "none"
    set_conditions(company.admin, supplier.pk, company.sensor.pk, lead_days=30)

    purchase = ordered(company, supplier, "5", expected_on=day + timedelta(days=7))
    assert (company.need(order).basis, company.need(order).promised_on) == ("incoming", day + timedelta(days=8))

    door.update(
        company.admin,
        spec_for(company.cast.organization, "purchase_order"),
        purchase.pk,
        {"expected_on": day + timedelta(days=20)},
    )
    assert company.need(order).promised_on == day + timedelta(days=21)
    set_status(company.admin, purchase.pk, PurchaseStatus.CANCELLED)
    assert (company.need(order).basis, company.need(order).promised_on) == ("lead_time", day + timedelta(days=31))


def test_what_is_below_its_minimum_waited_for_or_asked_for_becomes_purchase_orders(
    company: Company, supplier: Customer
) -> None:
    company.bring("4")
    company.order("6")
    set_minimum(company.admin, company.sensor.pk, company.warehouse.pk, minimum=Decimal(5), target=Decimal(20))
    cable = company.stocked("Cable")
    set_conditions(company.admin, supplier.pk, company.sensor.pk, multiple=Decimal(5), price=Decimal(300))
    ask_for(company.admin, cable.pk, Decimal(3), warehouse_id=company.warehouse.pk, reason="For the fair")

    found = {entry.product: entry for entry in proposals()}
    assert {name: (entry.quantity, entry.reasons) for name, entry in found.items()} == {
        "Sensor": (Decimal(25), ("backorder", "minimum")),
        "Cable": (Decimal(3), ("request",)),
    }
    (purchase,) = order_wanted(
        company.admin,
        [Wanted(entry.product_id, entry.warehouse_id, supplier.pk, entry.quantity) for entry in found.values()],
    )

    assert PurchaseOrder.objects.get(pk=purchase.pk).amount == Decimal(7500)
    assert PurchaseRequest.objects.get().status == "ordered"


def test_drop_shipment_goes_from_the_supplier_to_the_customer_and_leaves_our_stock_alone(
    company: Company, supplier: Customer
) -> None:
    company.bring("2")
    order = company.order("5")
    (line,) = deliverables(order.pk)

    with pytest.raises(Invalid):
        drop_ship(company.admin, order.pk, supplier.pk, {line.line_id: Decimal(6)})
    purchase = drop_ship(company.admin, order.pk, supplier.pk, {line.line_id: Decimal(4)})
    set_status(company.admin, purchase.pk, PurchaseStatus.ORDERED)

    assert (company.need(order).direct, company.need(order).reserved, company.level()) == (4, 1, ("2", "1"))
    with pytest.raises(Conflict):
        come(company, purchase, "4")
    ship_direct(company.admin, purchase.pk, carrier="DHL", tracking_number="D1")

    need = company.need(order)
    assert (need.delivered, need.direct, need.reserved, company.level()) == (4, 0, 1, ("2", "1"))
    assert Delivery.objects.get().status == "shipped"
    assert state(purchase) == "received"


def test_late_goods_count_as_coming_today(company: Company, supplier: Customer) -> None:
    order = company.order("1")

    ordered(company, supplier, "1", ordered_on="2020-01-01", expected_on="2020-01-05")

    assert Demand.objects.get(order=order.pk).promised_on == today("Asia/Shanghai") + timedelta(days=1)
    assert date(2020, 1, 5) < today("Asia/Shanghai")
