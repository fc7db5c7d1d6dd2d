"""What is bought in boxes comes, is kept and is promised in pieces, to the last one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Invalid
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.customers.models import Customer
from banyan.orders.public import place_order
from banyan.products.models import ProductUnit
from banyan.products.public import Product, replace_lines, write_document
from banyan.supply.choices import PurchaseStatus
from banyan.supply.models import DeliveryLine, Demand, PurchaseOrder, PurchaseOrderLine
from banyan.supply.queries import deliverables, incoming_by_pair
from banyan.supply.rules import line_received
from banyan.supply.services.direct import drop_ship, ship_direct
from banyan.supply.services.purchasing import Received, receive, set_status
from banyan.supply.services.suppliers import set_conditions
from banyan.supply.tests.conftest import Company
from tests.cast import sign_in


@pytest.fixture
def supplier(company: Company) -> Customer:
    found: Customer = company.make("customer", name="Chip Works")
    return found


@pytest.fixture(autouse=True)
def box(company: Company) -> ProductUnit:
    return boxed(company, company.sensor, "12")


def boxed(company: Company, product: Product, factor: str, name: str = "box") -> ProductUnit:
    return ProductUnit.objects.create(
        organization=company.cast.organization, product_id=product.pk, name=name, factor=Decimal(factor)
    )


def bought(company: Company, supplier: Customer, quantity: str, **line: Any) -> PurchaseOrderLine:
    given_line = {"product": company.sensor.pk, "quantity": quantity, "unit": "box", **line}
    purchase: Any = write_document(company.admin, "purchase_order", {"supplier": supplier.pk}, [given_line])
    set_status(company.admin, purchase.pk, PurchaseStatus.ORDERED)
    return PurchaseOrderLine.objects.get(purchase_order=purchase.pk)


def come(company: Company, line: PurchaseOrderLine, pieces: str, **more: Any) -> None:
    entry = Received(line.pk, Decimal(pieces), company.stock.pk, **more)
    receive(company.admin, line.purchase_order_id, [entry])


def told(line: PurchaseOrderLine) -> tuple[str, str]:
    """Return what has come of a line, in its own unit and in pieces."""
    line.refresh_from_db()
    return f"{line.received.normalize():f}", f"{line.pieces_received.normalize():f}"


def test_boxes_come_in_pieces_until_the_order_is_received(company: Company, supplier: Customer) -> None:
    waiting = company.order("20")
    line = bought(company, supplier, "2", expected_on=today("Asia/Shanghai") + timedelta(days=3))

    assert incoming_by_pair() == {(company.sensor.pk, company.warehouse.pk): 24}
    assert company.need(waiting).basis == "incoming"

    come(company, line, "7")
    assert (told(line), company.level()) == (("0.583", "7"), ("7", "7"))
    assert incoming_by_pair() == {(company.sensor.pk, company.warehouse.pk): 17}
    with pytest.raises(Invalid) as refused:
        come(company, line, "18")
    message = "Sensor: at most 17 more can be received; 24 were ordered, 7 have come."
    assert str(refused.value.errors[0].message) == message
    come(company, line, "17")

    assert (told(line), company.level()) == (("2", "24"), ("24", "20"))
    assert PurchaseOrder.objects.get().status == "received"


def test_price_of_a_box_is_that_of_its_pieces(company: Company, supplier: Customer) -> None:
    set_conditions(company.admin, supplier.pk, company.sensor.pk, price=Decimal("2.505"), article_number="CW-7")

    line = bought(company, supplier, "3")

    assert (line.unit_price, line.article_number) == (Decimal("30.12"), "CW-7")
    assert PurchaseOrder.objects.get().amount == Decimal("90.36")


def test_what_a_box_holds_later_changes_nothing_that_has_begun_to_come(
    company: Company, supplier: Customer, box: ProductUnit
) -> None:
    line = bought(company, supplier, "2")
    come(company, line, "1")
    ProductUnit.objects.filter(pk=box.pk).update(factor=10)
    spec = spec_for(company.cast.organization, "purchase_order_line")

    door.update(company.admin, spec, line.pk, {"quantity": "3"})
    assert incoming_by_pair() == {(company.sensor.pk, company.warehouse.pk): 35}
    for values in ({"unit": "pc"}, {"quantity": "0.05"}):
        with pytest.raises(Invalid) as refused:
            door.update(company.admin, spec, line.pk, values)
        assert [error.code for error in refused.value.errors] == ["received"]


def test_unit_may_change_until_something_comes(company: Company, supplier: Customer) -> None:
    line = bought(company, supplier, "2")
    values = {"id": line.pk, "product": company.sensor.pk, "quantity": "2", "unit": "pc", "unit_price": "300"}

    replace_lines(company.admin, "purchase_order", line.purchase_order_id, [values])

    assert incoming_by_pair() == {(company.sensor.pk, company.warehouse.pk): 2}


def test_boxes_that_cannot_be_counted_in_pieces_are_refused(company: Company, supplier: Customer) -> None:
    boxed(company, company.sensor, "0.0001", "crumb")
    boxed(company, company.sensor, "10000000", "ship")

    for quantity, unit in (("1", "crumb"), ("90000", "ship")):
        with pytest.raises(Invalid) as refused:
            bought(company, supplier, quantity, unit=unit)
        assert [error.code for error in refused.value.errors] == ["out_of_range"]
    assert not PurchaseOrderLine.objects.exists()


def test_each_piece_in_a_box_has_its_serial_number(company: Company, supplier: Customer) -> None:
    meter: Product = company.stocked("Meter", tracking="serial")
    boxed(company, meter, "2")
    line = bought(company, supplier, "1", product=meter.pk)

    entries = [Received(line.pk, Decimal(1), company.stock.pk, serial=code) for code in ("M-1", "M-2")]
    receive(company.admin, line.purchase_order_id, entries)

    assert (told(line), company.level(meter)) == (("1", "2"), ("2", "0"))


def test_a_supplier_sends_what_was_bought_in_boxes_to_the_customer(company: Company, supplier: Customer) -> None:
    line = {"product": company.sensor.pk, "quantity": "24"}
    order = place_order(company.admin, {"customer": company.customer.pk}, [line])
    wanted = {entry.key: entry.left for entry in deliverables(order.pk)}
    purchase = drop_ship(company.admin, order.pk, supplier.pk, wanted)
    own = PurchaseOrderLine.objects.get(purchase_order=purchase.pk)
    values = {"id": own.pk, "product": company.sensor.pk, "quantity": "2", "unit": "box", "unit_price": "100"}
    replace_lines(company.admin, "purchase_order", purchase.pk, [values])
    set_status(company.admin, purchase.pk, PurchaseStatus.ORDERED)
    assert company.need(order).direct == 24

    ship_direct(company.admin, purchase.pk)

    sent = DeliveryLine.objects.get()
    assert (sent.quantity, sent.unit, Demand.objects.get().delivered) == (24, "pc", 24)


def test_warehouse_is_asked_for_pieces_and_told_what_a_box_holds(company: Company, supplier: Customer) -> None:
    line = bought(company, supplier, "2")
    page = sign_in(company.cast, "admin")
    url = f"/purchase-orders/{line.purchase_order_id}/receive"

    asked = page.get(url).content.decode()
    assert "Sensor (24 pc open; one box is 12 pc)" in asked
    answer = page.post(url, {f"quantity_{line.pk}": "13", "place": company.stock.pk, "note": "N-1"})

    assert answer.status_code < 400
    with organization_scope(company.cast.organization.pk):
        assert (told(line), company.level()) == (("1.083", "13"), ("13", "0"))


@given(
    st.decimals(min_value="0.001", max_value=9999, places=3),
    st.decimals(min_value="0.000001", max_value=9999, places=6),
    st.lists(st.decimals(min_value="0.001", max_value=999, places=3)),
)
def test_parts_never_seem_whole_and_the_whole_is_exact(ordered: Decimal, factor: Decimal, parts: list[Decimal]) -> None:
    whole, came = ordered * factor, Decimal(0)
    for part in parts:
        came = min(came + part, whole)
        shown = line_received(ordered, pieces=came, factor=factor)
        assert (shown == ordered) if came == whole else (0 <= shown <= ordered and shown * factor <= came)
    assert line_received(ordered, pieces=whole, factor=factor) == ordered
