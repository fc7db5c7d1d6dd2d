from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from banyan.core.access.ready_roles import make_ready_role
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import NotAllowed
from banyan.core.tenancy.scope import organization_scope
from banyan.orders.public import OrderReturn, request_return
from banyan.orders.services import returning
from banyan.supply.models import Balance, StockMove
from banyan.supply.permissions import WAREHOUSE
from banyan.supply.services.deliveries import plan_delivery, ship_delivery
from banyan.supply.services.stock import save_setting
from banyan.supply.tests.conftest import Company
from tests.cast import api_client

JSON: Any = {"content_type": "application/json"}


@pytest.fixture
def program(company: Company) -> Client:
    return api_client(company.cast, "admin")


def test_program_moves_goods_and_reads_how_much_there_is(company: Company, program: Client) -> None:
    move = {"product": str(company.sensor.pk), "quantity": "2.5", "to_place": str(company.stock.pk)}

    booked = program.post("/api/v1/stock/moves", {"moves": [move, {**move, "quantity": 1}]}, **JSON)

    assert (booked.status_code, len(booked.json()["ids"])) == (201, 2)
    (row,) = program.get("/api/v1/stock").json()["items"]
    assert (row["on_hand"], row["available"], row["incoming"]) == ("3.5", "3.5", "0")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": "-1"}, "moves.1.quantity"),
        ({"quantity": "1e400"}, "moves.1.quantity"),
        ({"quantity": None}, "moves.1.quantity"),
        ({"lot": "L1"}, "moves.1.lot"),
        ({"to_place": "018f0000-0000-7000-8000-000000000000"}, "moves.1.to_place"),
        ({"to_place": None}, "moves.1.to_place"),
        ({"surprise": 1}, "moves.1.surprise"),
        ({"kind": "delivery"}, "moves.1.kind"),
    ],
)
def test_one_wrong_move_is_named_and_none_is_booked(
    company: Company, program: Client, wrong: dict[str, Any], field: str
) -> None:
    move = {"product": str(company.sensor.pk), "quantity": "1", "to_place": str(company.stock.pk)}

    refused = program.post("/api/v1/stock/moves", {"moves": [move, {**move, **wrong}]}, **JSON)

    assert refused.status_code == 422
    assert field in {error["field"] for error in refused.json()["errors"]}
    with organization_scope(company.cast.organization.pk):
        assert StockMove.objects.count() == 0


def test_stock_that_another_system_keeps_is_changed_through_its_own_door_only(
    company: Company, program: Client
) -> None:
    company.bring("5")
    row = {"product": str(company.sensor.pk), "place": str(company.stock.pk), "on_hand": "3"}
    assert program.post("/api/v1/stock/mirror", {"items": [row]}, **JSON).status_code == 409
    with organization_scope(company.cast.organization.pk):
        save_setting(company.admin, stock_owner="elsewhere")
    move = {"product": str(company.sensor.pk), "quantity": "1", "to_place": str(company.stock.pk)}
    assert program.post("/api/v1/stock/moves", {"moves": [move]}, **JSON).status_code == 409

    taken = program.post("/api/v1/stock/mirror", {"items": [row]}, **JSON)
    again = program.post("/api/v1/stock/mirror", {"items": [row]}, **JSON)

    assert (taken.json(), again.json()) == ({"changed": 1}, {"changed": 0})
    with organization_scope(company.cast.organization.pk):
        assert Balance.objects.get().on_hand == 3


def test_service_asks_where_a_piece_is(company: Company, program: Client) -> None:
    camera = company.stocked("Camera", "serial", warranty_months=12)
    company.bring("1", camera, serial="A1")

    (piece,) = program.get("/api/v1/stock/serials?code=A1").json()["items"]

    assert (piece["place"], piece["customer"]) == (str(company.stock.pk), None)
    assert program.get("/api/v1/stock/serials").status_code == 422


def test_goods_that_come_back_are_held_until_somebody_has_looked_at_them(company: Company) -> None:
    company.bring("5")
    order = company.order("4")
    ship_delivery(company.admin, plan_delivery(company.admin, order.pk).pk)
    line = company.need(order).order_line_id
    back: OrderReturn = request_return(
        company.admin, {"order": order.pk, "reason": "Too many"}, [{"order_line": str(line), "quantity": "3"}]
    )
    returning.approve(company.admin, back.pk)

    returning.receive(company.admin, back.pk)

    assert company.level() == ("1", "0")
    assert Balance.objects.get(place=company.hold.pk).on_hand == 3


def test_warehouse_takes_in_what_comes_back_but_does_not_approve_it(company: Company) -> None:
    company.bring("5")
    order = company.order("4")
    ship_delivery(company.admin, plan_delivery(company.admin, order.pk).pk)
    line = str(company.need(order).order_line_id)
    back = request_return(
        company.admin, {"order": order.pk, "reason": "Noisy"}, [{"order_line": line, "quantity": "1"}]
    )
    make_ready_role(company.cast.organization, WAREHOUSE)
    company.cast.users["viewer"].roles.set(
        Role.objects.filter(key=WAREHOUSE.key), through_defaults={"organization": company.cast.organization}
    )
    keeper = company.cast.actor("viewer")
    with pytest.raises(NotAllowed):
        returning.approve(keeper, back.pk)
    returning.approve(company.admin, back.pk)

    received = returning.receive(keeper, back.pk)

    assert received.received_on is not None
    assert Balance.objects.get(place=company.hold.pk).on_hand == 1
