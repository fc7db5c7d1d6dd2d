"""What is ordered in boxes or as a bundle is kept, reserved and sent in pieces and parts."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.errors import Conflict, DomainError, Invalid
from banyan.orders.public import Order, OrderLine, cancel, place_order
from banyan.products.lines.writing import replace_lines
from banyan.products.models import BundlePart, Product, ProductUnit
from banyan.supply.choices import PurchaseStatus
from banyan.supply.models import Demand
from banyan.supply.queries import deliverables
from banyan.supply.rules import PartSent, sold_needed, sold_sent
from banyan.supply.services.deliveries import plan_delivery, ship_delivery
from banyan.supply.services.direct import drop_ship, ship_direct
from banyan.supply.services.purchasing import set_status
from banyan.supply.tests.conftest import Company


def boxed(company: Company, product: Product, factor: str = "12", name: str = "box") -> None:
    ProductUnit.objects.create(
        organization=company.cast.organization, product_id=product.pk, name=name, factor=Decimal(factor)
    )


def sold(company: Company, product: Product, quantity: str, unit: str = "") -> Order:
    line = {"product": product.pk, "quantity": quantity, "unit": unit}
    return place_order(company.admin, {"customer": company.customer.pk}, [line])  # type: ignore[return-value]


def delivered(order: Order) -> str:
    return f"{OrderLine.objects.get(order=order.pk).delivered_quantity.normalize():f}"


@pytest.fixture
def kit(company: Company) -> Product:
    """A bundle of two sensors and a cable, on one line."""
    bundle: Product = company.make("product", name="Kit", price="900")
    Product.objects.filter(pk=bundle.pk).update(bundle_mode="one")
    for position, (part, quantity) in enumerate(((company.sensor, 2), (company.stocked("Cable"), 1))):
        BundlePart.objects.create(
            organization=company.cast.organization, bundle_id=bundle.pk, product_id=part.pk, quantity=quantity,
            position=position,
        )  # fmt: skip
    return bundle


def test_boxes_are_reserved_and_sent_in_pieces(company: Company) -> None:
    boxed(company, company.sensor)
    company.bring("30")

    order = sold(company, company.sensor, "2", "box")

    assert company.level() == ("30", "24")
    (line,) = deliverables(order.pk)
    assert (line.unit, line.ordered, line.left) == ("pc", 24, 24)
    first = plan_delivery(company.admin, order.pk, quantities={line.key: Decimal(18)})
    ship_delivery(company.admin, first.pk)
    assert (company.level(), delivered(order)) == (("12", "6"), "1.5")
    with pytest.raises(Invalid) as refused:
        plan_delivery(company.admin, order.pk, quantities={line.key: Decimal(7)})
    assert [error.code for error in refused.value.errors] == ["too_much"]
    ship_delivery(company.admin, plan_delivery(company.admin, order.pk).pk)
    assert delivered(order) == "2"
    assert Order.objects.get(pk=order.pk).status == "delivered"


def test_a_variant_keeps_stock_of_its_own_and_takes_the_units_of_its_product(company: Company) -> None:
    boxed(company, company.sensor, "10")
    red = company.stocked("Sensor, red")
    Product.objects.filter(pk=red.pk).update(variant_of=company.sensor.pk)
    company.bring("5")
    company.bring("25", red)

    sold(company, red, "2", "box")

    assert (company.level(), company.level(red)) == (("5", "0"), ("25", "20"))


def test_a_bundle_reserves_its_parts_and_counts_as_sent_with_the_last_of_them(company: Company, kit: Product) -> None:
    cable = Product.objects.get(name="Cable")
    company.bring("10")
    company.bring("2", cable)

    order = sold(company, kit, "3")

    assert (company.level(), company.level(cable)) == (("10", "6"), ("2", "2"))
    by_name = {line.name: line for line in deliverables(order.pk)}
    assert set(by_name) == {"Kit: Sensor", "Kit: Cable"}
    assert by_name["Kit: Cable"].waiting == 1
    assert OrderLine.objects.get(order=order.pk).promised_on is None
    ship_delivery(company.admin, plan_delivery(company.admin, order.pk).pk)
    assert delivered(order) == "2"
    company.bring("4", cable)
    ship_delivery(company.admin, plan_delivery(company.admin, order.pk).pk)
    assert (delivered(order), Order.objects.get(pk=order.pk).status) == ("3", "delivered")
    assert (company.level(), company.level(cable)) == (("4", "0"), ("3", "0"))


def test_what_a_bundle_consists_of_later_does_not_change_what_was_agreed(company: Company, kit: Product) -> None:
    company.bring("10")
    order = sold(company, kit, "1")
    BundlePart.objects.filter(bundle=kit.pk, product=company.sensor.pk).update(quantity=5)
    line = OrderLine.objects.get(order=order.pk)

    replace_lines(company.admin, "order", order.pk, [{"id": line.pk, "product": kit.pk, "quantity": "2"}])

    assert Demand.objects.get(order=order.pk, product=company.sensor.pk).quantity == 4
    cancel(company.admin, order.pk, reason="No longer wanted")
    assert (company.level(), Demand.objects.filter(order=order.pk).count()) == (("10", "0"), 0)


def test_what_is_sent_of_a_box_keeps_the_line_from_going_below_it(company: Company) -> None:
    boxed(company, company.sensor)
    company.bring("24")
    order = sold(company, company.sensor, "2", "box")
    (open_line,) = deliverables(order.pk)
    ship_delivery(company.admin, plan_delivery(company.admin, order.pk, quantities={open_line.key: Decimal(13)}).pk)
    line = OrderLine.objects.get(order=order.pk)

    def write(**values: Any) -> None:
        given = {"id": line.pk, "product": company.sensor.pk, "quantity": "2", "unit": "box", **values}
        replace_lines(company.admin, "order", order.pk, [given])

    with pytest.raises(DomainError):
        write(quantity="1")
    with pytest.raises(DomainError):
        write(unit="pc", quantity="24")
    write(quantity="1.5")
    assert company.level() == ("11", "5")


def test_a_quantity_that_cannot_be_kept_in_pieces_is_refused(company: Company) -> None:
    screw: Product = company.stocked("Screw")
    boxed(company, screw, "10000000", "ship")
    boxed(company, screw, "0.0001", "crumb")

    for quantity, unit in (("90000", "ship"), ("1", "crumb")):
        with pytest.raises(Invalid) as refused:
            sold(company, screw, quantity, unit)
        assert [error.code for error in refused.value.errors] == ["out_of_range"]
    assert not Demand.objects.exists()


def test_a_supplier_sends_boxes_and_parts_to_the_customer_in_pieces(company: Company, kit: Product) -> None:
    boxed(company, company.sensor)
    supplier = company.make("customer", name="Sensor Works")
    lines = [{"product": company.sensor.pk, "quantity": "1", "unit": "box"}, {"product": kit.pk, "quantity": "1"}]
    order: Any = place_order(company.admin, {"customer": company.customer.pk}, lines)
    wanted: dict[uuid.UUID, Decimal] = {line.key: line.left for line in deliverables(order.pk)}
    assert sorted(wanted.values()) == [1, 2, 12]

    purchase = drop_ship(company.admin, order.pk, supplier.pk, wanted)
    set_status(company.admin, purchase.pk, PurchaseStatus.ORDERED)
    ship_direct(company.admin, purchase.pk)

    assert Order.objects.get(pk=order.pk).status == "delivered"
    with pytest.raises(Conflict):
        ship_direct(company.admin, purchase.pk)


QUANTITIES = st.decimals(min_value=0, max_value=9999, places=3)


@given(st.lists(st.tuples(QUANTITIES, st.decimals(min_value="0.001", max_value=999, places=3)), min_size=1), QUANTITIES)
def test_what_counts_as_sent_never_exceeds_what_its_parts_make(
    parts: list[tuple[Decimal, Decimal]], ordered: Decimal
) -> None:
    found = [PartSent(ordered * factor, min(sent, ordered * factor), factor) for sent, factor in parts]
    whole = sold_sent(ordered, found)

    assert 0 <= whole <= ordered
    assert all(whole * part.factor <= part.sent for part in found)
    assert all(sold_needed(found) * part.factor >= part.sent for part in found)
