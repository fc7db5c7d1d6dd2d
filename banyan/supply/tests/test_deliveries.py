from __future__ import annotations

from decimal import Decimal

import pytest

from banyan.core.kernel.errors import Conflict, Invalid
from banyan.core.objects.registry import spec_for
from banyan.core.records import recycle
from banyan.supply.models import Delivery, DeliveryLine, SerialNumber, StockMove
from banyan.supply.queries import deliverables
from banyan.supply.services.deliveries import (
    Pick,
    cancel_delivery,
    confirm_arrival,
    pick_delivery,
    plan_delivery,
    ship_delivery,
)
from banyan.supply.tests.conftest import Company


def test_delivery_takes_everything_that_is_reserved_and_books_it_out(company: Company) -> None:
    company.bring("10")
    order = company.order("4")

    delivery = plan_delivery(company.admin, order.pk)
    ship_delivery(company.admin, delivery.pk, carrier="SF Express", tracking_number="SF123")

    delivery.refresh_from_db()
    assert (delivery.status, delivery.tracking_number, delivery.customer_id) == (
        "shipped",
        "SF123",
        company.customer.pk,
    )
    assert company.level() == ("6", "0")
    need = company.need(order)
    assert (need.delivered, need.reserved, need.waiting) == (4, 0, 0)


def test_order_is_delivered_in_parts_and_never_beyond_what_is_ordered(company: Company) -> None:
    company.bring("10")
    order = company.order("4")
    (line,) = deliverables(order.pk)
    plan_delivery(company.admin, order.pk, quantities={line.line_id: Decimal(3)})

    with pytest.raises(Invalid) as refused:
        plan_delivery(company.admin, order.pk, quantities={line.line_id: Decimal(2)})

    assert [error.code for error in refused.value.errors] == ["too_much"]
    assert str(refused.value.errors[0].message).startswith("Sensor: at most 1 can be sent")
    rest = plan_delivery(company.admin, order.pk)
    assert DeliveryLine.objects.get(delivery=rest.pk).quantity == 1
    with pytest.raises(Conflict):
        plan_delivery(company.admin, order.pk)


def test_the_second_who_ships_a_delivery_is_refused_and_nothing_leaves_twice(company: Company) -> None:
    company.bring("4")
    delivery = plan_delivery(company.admin, company.order("4").pk)
    ship_delivery(company.admin, delivery.pk)

    with pytest.raises(Conflict) as refused:
        ship_delivery(company.admin, delivery.pk)

    assert refused.value.code == "bad_state"
    assert StockMove.objects.filter(kind="delivery").count() == 1


def test_serial_numbers_are_asked_for_and_remembered_with_warranty(company: Company) -> None:
    camera = company.stocked("Camera", "serial", warranty_months=24)
    for code in ("A1", "A2", "A3"):
        company.bring("1", camera, serial=code)
    delivery = plan_delivery(company.admin, company.order("2", camera).pk)
    line = DeliveryLine.objects.get(delivery=delivery.pk)

    def picks(*codes: str) -> list[Pick]:
        return [Pick(line.pk, company.stock.pk, Decimal(1), serial=code) for code in codes]

    for wrong, code in ((picks("A1"), "serials"), (picks("A1", "A1"), "twice"), (picks("A1", "B7"), "not_there")):
        with pytest.raises(Invalid) as refused:
            pick_delivery(company.admin, delivery.pk, wrong)
        assert code in {error.code for error in refused.value.errors}
    with pytest.raises(Invalid):
        ship_delivery(company.admin, delivery.pk)

    pick_delivery(company.admin, delivery.pk, picks("A1", "A3"))
    ship_delivery(company.admin, delivery.pk)

    sent = SerialNumber.objects.get(code="A3")
    assert (sent.customer_id, sent.place_id) == (company.customer.pk, None)
    assert sent.warranty_until is not None
    assert sent.delivered_on is not None
    assert sent.warranty_until.year == sent.delivered_on.year + 2


def test_lots_that_expire_first_are_taken_first_and_unknown_ones_refused(company: Company) -> None:
    glue = company.stocked("Glue", "lot")
    company.bring("5", glue, lot="L1")
    delivery = plan_delivery(company.admin, company.order("3", glue).pk)
    line = DeliveryLine.objects.get(delivery=delivery.pk)

    with pytest.raises(Invalid) as refused:
        pick_delivery(company.admin, delivery.pk, [Pick(line.pk, company.stock.pk, Decimal(3), lot="L9")])

    assert [str(error.message) for error in refused.value.errors] == ["Glue: L9 does not lie in this warehouse."]
    ship_delivery(company.admin, delivery.pk)
    assert StockMove.objects.get(kind="delivery").lot == "L1"


def test_cancelled_delivery_leaves_its_goods_reserved_for_the_order(company: Company) -> None:
    company.bring("4")
    order = company.order("4")
    delivery = plan_delivery(company.admin, order.pk)

    cancel_delivery(company.admin, delivery.pk)

    assert company.level() == ("4", "4")
    assert plan_delivery(company.admin, order.pk).pk != delivery.pk


def test_what_has_been_sent_can_neither_be_deleted_nor_arrive_before_it_left(company: Company) -> None:
    company.bring("4")
    order = company.order("4")
    delivery = plan_delivery(company.admin, order.pk)
    with pytest.raises(Conflict):
        confirm_arrival(company.admin, delivery.pk)
    ship_delivery(company.admin, delivery.pk)

    for name, pk in (("delivery", delivery.pk), ("order", order.pk)):
        with pytest.raises(Conflict):
            recycle.delete(company.admin, spec_for(company.cast.organization, name), [pk])
    confirm_arrival(company.admin, delivery.pk, received_by="Ms Li")

    assert Delivery.objects.get(pk=delivery.pk).received_by == "Ms Li"


def test_delivery_that_a_program_writes_holds_what_can_go(company: Company) -> None:
    company.bring("3")
    order = company.order("5")

    delivery = company.make("delivery", order=order.pk)

    assert [line.quantity for line in DeliveryLine.objects.filter(delivery=delivery.pk)] == [3]
