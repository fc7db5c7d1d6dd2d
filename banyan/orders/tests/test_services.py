from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from banyan.core.kernel.errors import Invalid, Missing, NotAllowed, Stale
from banyan.core.records.drafts import WriteContext
from banyan.core.records.undo import undo
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import make, stored
from banyan.customers.models import Customer
from banyan.orders.models import Order, OrderLine
from banyan.orders.services.placing import place_order
from banyan.products.public import Product, replace_lines
from tests.cast import Cast


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return make(cast, "customer", {"name": "Harbor Light", "source": "website"})[0]


@pytest.fixture
def sensor(cast: Cast) -> Product:
    return make(cast, "product", {"name": "Sensor", "price": "600", "unit": "pc"})[0]


def lines_of(order: Any) -> list[tuple[str, str, str]]:
    rows = OrderLine.objects.filter(order=order, deleted_at=None).order_by("position")
    return [(row.name, f"{row.quantity.normalize():f}", f"{row.amount:f}") for row in rows]


def place(cast: Cast, customer: Customer, *lines: dict[str, Any], **values: Any) -> Any:
    with organization_scope(cast.organization.pk):
        return place_order(cast.actor("admin"), {"customer": customer.pk, **values}, lines)


def test_order_takes_name_and_price_from_products_and_adds_up(scope: Cast, customer: Customer, sensor: Product) -> None:
    order = place(
        scope,
        customer,
        {"product": sensor.pk, "quantity": "40", "discount_percent": "5"},
        {"name": "Installation", "unit_price": "999.99"},
    )

    assert lines_of(order) == [("Sensor", "40", "22800.00"), ("Installation", "1", "999.99")]
    assert (order.amount, order.currency, order.name) == (Decimal("23799.99"), "CNY", "Harbor Light")
    assert order.source == "website"


def test_order_with_a_wrong_line_is_not_stored_at_all(scope: Cast, customer: Customer, sensor: Product) -> None:
    with pytest.raises(Invalid) as refused:
        place(scope, customer, {"product": sensor.pk}, {"name": "Free", "discount_percent": "120"})

    assert [(error.field, error.code) for error in refused.value.errors] == [
        ("lines.1.discount_percent", "out_of_range")
    ]
    assert (Order.objects.count(), OrderLine.objects.count()) == (0, 0)


def test_replacing_lines_changes_adds_deletes_and_orders_them(scope: Cast, customer: Customer) -> None:
    order = place(scope, customer, {"name": "A", "unit_price": "10"}, {"name": "B", "unit_price": "20"})
    first = OrderLine.objects.get(name="A")

    replace_lines(
        scope.actor("admin"),
        "order",
        order.pk,
        [{"name": "C", "unit_price": "1"}, {"id": str(first.pk), "name": "A", "quantity": "3"}],
    )

    assert lines_of(order) == [("C", "1", "1.00"), ("A", "3", "30.00")]
    assert stored(scope, order).amount == Decimal("31.00")
    assert OrderLine.objects.get(name="B").deleted_at is not None


def test_replacing_lines_can_be_taken_back_in_one_step(scope: Cast, customer: Customer) -> None:
    order = place(scope, customer, {"name": "A", "unit_price": "10"}, {"name": "B", "unit_price": "20"})
    admin = scope.actor("admin")
    context = WriteContext.for_actor(admin)
    replace_lines(admin, "order", order.pk, [{"name": "C", "unit_price": "1"}], context=context)

    undo(admin, context.batch_id)

    assert sorted(lines_of(order)) == [("A", "1", "10.00"), ("B", "1", "20.00")]
    assert stored(scope, order).amount == Decimal(30)


def test_lines_of_another_order_are_refused(scope: Cast, customer: Customer) -> None:
    order = place(scope, customer, {"name": "A", "unit_price": "10"})
    other = place(scope, customer, {"name": "B", "unit_price": "20"})
    stolen = OrderLine.objects.get(order=other)

    with pytest.raises(Invalid):
        replace_lines(scope.actor("admin"), "order", order.pk, [{"id": str(stolen.pk), "unit_price": "1"}])

    assert lines_of(order) == [("A", "1", "10.00")]
    assert lines_of(other) == [("B", "1", "20.00")]


def test_lines_are_not_replaced_when_somebody_changed_the_order(scope: Cast, customer: Customer) -> None:
    order = place(scope, customer, {"name": "A", "unit_price": "10"})

    with pytest.raises(Stale):
        replace_lines(scope.actor("admin"), "order", order.pk, [], version=1)

    assert lines_of(order) == [("A", "1", "10.00")]


@pytest.mark.parametrize(("person", "error"), [("viewer", NotAllowed), ("salesperson", Missing)])
def test_lines_are_changed_only_by_whoever_may_change_the_order(
    scope: Cast, customer: Customer, person: str, error: type[Exception]
) -> None:
    order = place(scope, customer, {"name": "A", "unit_price": "10"})

    with pytest.raises(error):
        replace_lines(scope.actor(person), "order", order.pk, [])

    assert lines_of(order) == [("A", "1", "10.00")]


def test_amount_without_lines_is_the_one_entered(scope: Cast, customer: Customer) -> None:
    assert place(scope, customer, amount="1234.50").amount == Decimal("1234.50")
