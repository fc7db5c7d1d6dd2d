from __future__ import annotations

from decimal import Decimal

import pytest

from banyan.core.kernel.errors import Conflict, Invalid
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.supply.choices import MoveKind
from banyan.supply.engine.ledger import move_stock
from banyan.supply.engine.moves import Move
from banyan.supply.models import Balance, SerialNumber, StockMove
from banyan.supply.tests.conftest import Company


def test_confirmed_order_reserves_what_is_there_and_waits_for_the_rest(company: Company) -> None:
    company.bring("5")

    first = company.order("3")
    second = company.order("4")

    assert company.level() == ("5", "5")
    assert company.need(first).waiting == 0
    assert (company.need(second).reserved, company.need(second).waiting) == (Decimal(2), Decimal(2))


def test_arriving_goods_go_to_those_who_wait_in_order_of_the_day_they_want_it(company: Company) -> None:
    late = company.order("2", ordered_on="2026-01-05", deliver_on="2026-03-01")
    soon = company.order("2", ordered_on="2026-01-05", deliver_on="2026-02-01")

    company.bring("3")

    assert (company.need(soon).reserved, company.need(late).reserved) == (Decimal(2), Decimal(1))


def test_cancelled_order_gives_its_goods_to_the_next_one_who_waits(company: Company) -> None:
    company.bring("2")
    first, second = company.order("2"), company.order("1")
    spec = spec_for(company.cast.organization, "order")

    door.update(company.admin, spec, first.pk, {"status": "cancelled"})

    assert company.level() == ("2", "1")
    assert company.need(second).reserved == 1


@pytest.mark.parametrize("quantity", ["0", "-3", "0.0005", "1000000000000", "NaN", "Infinity"])
def test_a_senseless_quantity_moves_nothing(company: Company, quantity: str) -> None:
    move = Move(company.sensor.pk, Decimal(quantity), MoveKind.RECEIPT, to_place=company.stock.pk)

    with pytest.raises(Invalid) as refused:
        move_stock(company.admin, [move])

    assert [error.code for error in refused.value.errors] == ["bad_quantity"]
    assert (StockMove.objects.count(), Balance.objects.count()) == (0, 0)


def test_reserved_goods_cannot_be_taken_for_anything_else(company: Company) -> None:
    company.bring("5")
    company.order("4")

    with pytest.raises(Conflict) as refused:
        move_stock(
            company.admin,
            [
                Move(
                    company.sensor.pk,
                    Decimal(2),
                    MoveKind.TRANSFER,
                    from_place=company.stock.pk,
                    to_place=company.hold.pk,
                )
            ],
        )

    assert str(refused.value.message) == "Sensor: 4 are reserved for orders; only 1 can be taken from this warehouse."
    assert company.level() == ("5", "4")


def test_same_serial_number_comes_only_once(company: Company) -> None:
    camera = company.stocked("Camera", "serial")
    company.bring("1", camera, serial="A1")

    with pytest.raises(Invalid) as refused:
        company.bring("1", camera, company.hold, serial="A1")

    assert [error.code for error in refused.value.errors] == ["twice"]
    assert SerialNumber.objects.get(code="A1").place_id == company.stock.pk
