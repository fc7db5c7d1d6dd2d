"""A warehouse system of another maker ships and receives through the interface."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from banyan.core.access.actor import Actor
from banyan.core.tenancy.scope import organization_scope
from banyan.supply.models import Balance, Delivery, Place
from banyan.supply.tests.conftest import Company
from tests.cast import api_client

JSON: Any = {"content_type": "application/json"}
NOBODY = "018f0000-0000-7000-8000-000000000000"


@pytest.fixture
def program(company: Company) -> Client:
    return api_client(company.cast, "admin")


def post(program: Client, path: str, status: int = 200, /, **body: Any) -> Any:
    answer = program.post(f"/api/v1/{path}", body, **JSON)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.json()


def lines_of(program: Client, delivery: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program.get(f"/api/v1/deliveries/{delivery}/lines").json()["items"]
    return found


def levels(company: Company) -> tuple[str, str]:
    with organization_scope(company.cast.organization.pk):
        return company.level()


def test_program_sends_the_quantities_that_it_names(company: Company, program: Client) -> None:
    company.bring("5")
    order = company.order("4")
    line = str(company.need(order).order_line_id)

    made = post(
        program, "deliveries", 201, order=str(order.pk), lines=[{"order_line": line, "quantity": "1.5"}], notes="Early"
    )
    (planned,) = lines_of(program, made["id"])
    pick = {"line": planned["id"], "place": str(company.stock.pk), "quantity": "1.5"}
    picked = post(program, f"deliveries/{made['id']}/pick", picks=[pick])
    shipped = post(
        program, f"deliveries/{made['id']}/ship", carrier="DHL", tracking_number="7", shipped_on="2026-11-20"
    )
    arrived = post(program, f"deliveries/{made['id']}/arrive", received_by="Wang Wei", delivered_on="2026-11-22")

    assert (planned["order_line"], planned["quantity"], made["notes"]) == (line, "1.5", "Early")
    assert [found["status"] for found in (made, picked, shipped, arrived)] == [
        "planned", "picked", "shipped", "delivered",
    ]  # fmt: skip
    assert (shipped["carrier"], shipped["tracking_number"], arrived["received_by"]) == ("DHL", "7", "Wang Wei")
    assert levels(company) == ("3.5", "2.5")


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"quantity": "4"}, "lines.0.quantity", "too_much"),
        ({"quantity": "-1"}, "lines.0.quantity", "bad_quantity"),
        ({"quantity": "1e400"}, "lines.0.quantity", "bad_quantity"),
        ({"order_line": NOBODY}, "lines.0.order_line", "unknown_record"),
        ({"product": NOBODY}, "lines.0.order_line", "unknown_record"),
        ({"price": "1"}, "lines.0.price", "unknown_field"),
    ],
)
def test_wrong_line_is_named_and_nothing_is_planned(
    company: Company, program: Client, wrong: dict[str, Any], field: str, code: str
) -> None:
    company.bring("3")
    order = company.order("4")
    line = {"order_line": str(company.need(order).order_line_id), "quantity": "1", **wrong}

    refused = post(program, "deliveries", 422, order=str(order.pk), lines=[line])

    assert [(error["field"], error["code"]) for error in refused["errors"]] == [(field, code)]
    with organization_scope(company.cast.organization.pk):
        assert not Delivery.objects.exists()


def test_line_twice_and_a_member_that_is_none_are_refused(company: Company, program: Client) -> None:
    company.bring("3")
    order = company.order("3")
    line = {"order_line": str(company.need(order).order_line_id), "quantity": "1"}
    assert post(program, "deliveries", 422, order=str(order.pk), lines=[line, line])["errors"][0]["code"] == "twice"
    refused = post(program, "deliveries", 422, order=str(order.pk), lines=[line], actor="me")
    assert refused["errors"][0]["field"] == "actor"


def test_pieces_with_serial_numbers_are_picked_shipped_and_taken_back(company: Company, program: Client) -> None:
    camera = company.stocked("Camera", "serial")
    for code in ("A1", "A2"):
        company.bring("1", camera, serial=code)
    order = company.order("1", camera)
    made = post(program, "deliveries", 201, order=str(order.pk))
    url, (line,) = f"deliveries/{made['id']}", lines_of(program, made["id"])
    pick = {"line": line["id"], "place": str(company.stock.pk), "quantity": 1}
    missing = post(program, f"{url}/pick", 422, picks=[{**pick, "serial": "A9"}])
    assert missing["errors"][0]["field"] == "picks.0"

    post(program, f"{url}/pick", picks=[{**pick, "serial": "A2"}])
    post(program, f"{url}/ship")
    post(program, f"{url}/ship", 409)
    post(program, f"{url}/take-back", 422, lines=[{"line": line["id"], "quantity": 1, "serial": "A1"}])
    post(program, f"{url}/take-back", lines=[{"line": line["id"], "quantity": 1, "serial": "A2"}], note="Broken")

    assert lines_of(program, made["id"])[0]["returned"] == "1"
    with organization_scope(company.cast.organization.pk):
        assert Balance.objects.get(serial="A2", on_hand=1).place_id == company.hold.pk


def test_delivery_that_is_given_up_leaves_its_goods_reserved(company: Company, program: Client) -> None:
    company.bring("3")
    made = post(program, "deliveries", 201, order=str(company.order("2").pk))
    assert post(program, f"deliveries/{made['id']}/cancel")["status"] == "cancelled"
    assert levels(company) == ("3", "2")


def test_purchase_is_ordered_confirmed_received_in_parts_and_closed(company: Company, program: Client) -> None:
    lines = [{"product": str(company.sensor.pk), "quantity": "5", "unit_price": "3"}]
    bought = post(
        program,
        "purchase-orders",
        201,
        supplier=str(company.customer.pk),
        warehouse=str(company.warehouse.pk),
        lines=lines,
    )
    url, line = f"purchase-orders/{bought['id']}", bought["lines"][0]["id"]
    part = {"line": line, "quantity": "2", "place": str(company.stock.pk)}
    post(program, f"{url}/receive", 409, goods=[part])

    assert post(program, f"{url}/order")["status"] == "ordered"
    past = post(program, f"{url}/confirm", 422, confirmed_on="2020-01-01")
    assert past["errors"][0]["field"] == "confirmed_on"
    assert post(program, f"{url}/confirm", confirmed_on="2026-12-20", reference="K-7")["status"] == "confirmed"
    too_much = post(program, f"{url}/receive", 422, goods=[part, {**part, "quantity": "9"}])
    assert too_much["errors"][0]["field"] == "goods.0"
    with organization_scope(company.cast.organization.pk):
        assert not Balance.objects.exists()
    assert post(program, f"{url}/receive", goods=[part], note="LS 12")["status"] == "confirmed"
    assert post(program, f"{url}/close")["status"] == "received"
    assert levels(company) == ("2", "0")


def test_whoever_may_only_look_neither_ships_nor_receives(company: Company, program: Client) -> None:
    company.bring("2")
    made = post(program, "deliveries", 201, order=str(company.order("2").pk))
    reader: Actor = company.cast.actor("viewer")
    assert not reader.may("delivery", "edit")
    looking = api_client(company.cast, "viewer")
    for step in ("pick", "ship", "cancel"):
        assert looking.post(f"/api/v1/deliveries/{made['id']}/{step}", {}, **JSON).status_code in {403, 404}
    with organization_scope(company.cast.organization.pk):
        assert Place.objects.exists()
        assert Delivery.objects.get().status == "planned"
