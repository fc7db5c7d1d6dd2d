"""What nobody means is refused on the way from the order to the money: in words, and with nothing half-done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from banyan.billing.models import Allocation, Invoice, Payment
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.orders.public import Order, OrderLine
from banyan.products.models import Product
from tests.cast import Cast, api_client


@pytest.fixture
def program(cast: Cast) -> Client:
    Organization.objects.filter(pk=cast.organization.pk).update(edition="standard")
    return api_client(cast, "admin")


def call(program: Client, path: str, **body: Any) -> tuple[int, Any]:
    answer = program.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def made(program: Client, path: str, **body: Any) -> str:
    status, answer = call(program, path, **body)
    assert status in {200, 201}, answer
    return str(answer["id"])


def words(answer: Any) -> str:
    """Return what a refusal says: each has a sentence for people."""
    said = [error["message"] for error in answer.get("errors", ())] or [answer.get("detail") or answer["title"]]
    assert all(len(text) > 10 for text in said)
    return " ".join(said)


def test_what_nobody_means_on_a_line_is_refused_and_no_order_is_written(cast: Cast, program: Client) -> None:
    customer = made(program, "customers", name="Harbor Light")
    line = {"name": "Pump", "quantity": "2", "unit_price": "50"}
    for wrong, field in (
        ({"quantity": "-1"}, "quantity"), ({"quantity": "1e30"}, "quantity"), ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "99999999999"}, "quantity"),
        ({"discount_percent": "100.01"}, "discount_percent"), ({"discount_percent": "-3"}, "discount_percent"),
        ({"unit_price": "1e40"}, "unit_price"), ({"tax_rate": "101"}, "tax_rate"),
    ):  # fmt: skip
        status, answer = call(program, "orders", customer=customer, lines=[line, {**line, **wrong}])
        assert status == 422, (wrong, status)
        assert words(answer)
        assert any(field in error["field"] for error in answer["errors"]), (wrong, answer)
    with organization_scope(cast.organization.pk):
        assert not Order.objects.exists()
        assert not OrderLine.objects.exists()


def test_currency_without_a_rate_leaves_no_order_with_a_guessed_price(cast: Cast, program: Client) -> None:
    customer = made(program, "customers", name="Harbor Light")
    product = made(program, "products", name="Sensor", price="600", currency="CNY")

    status, answer = call(
        program, "orders", customer=customer, currency="JPY", lines=[{"product": product, "quantity": "1"}]
    )

    assert status == 422
    assert "rate" in words(answer)
    unknown, answer = call(program, "orders", customer=customer, currency="QQQ", amount="5")
    assert (unknown, words(answer) != "") == (422, True)
    with organization_scope(cast.organization.pk):
        assert not Order.objects.exists()
        assert Product.objects.count() == 1


def test_money_and_papers_refuse_what_cannot_be(cast: Cast, program: Client) -> None:
    customer = made(program, "customers", name="Harbor Light")
    lines = [{"name": "Pump", "quantity": "2", "unit_price": "50"}]
    order = made(program, "orders", customer=customer, status="confirmed", lines=lines)
    line = program.get(f"/api/v1/order-lines?order={order}").json()["items"][0]["id"]
    gone = made(program, "orders", customer=customer, status="confirmed", lines=lines)
    assert call(program, f"orders/{gone}/cancel", reason="No longer wanted")[0] == 200

    status, answer = call(
        program, "payments", customer=customer, amount="100", allocations=[{"order": gone, "amount": "100"}]
    )
    assert (status in {409, 422}, words(answer) != "") == (True, True)
    for wrong in ("-5", "0", "1e30"):
        status, answer = call(program, "payments", customer=customer, amount=wrong)
        assert (status, words(answer) != "") == (422, True), wrong
    status, answer = call(program, f"orders/{order}/deliveries", lines=[{"id": line, "quantity": "3"}])
    assert status in {409, 422}
    status, answer = call(
        program, "invoices", order=order, kind="special", title="Harbor Light", tax_number="91310115MA1K3EXAM1"
    )
    assert (status, words(answer) != "") == (422, True)
    with organization_scope(cast.organization.pk):
        assert not Payment.objects.exists()
        assert not Allocation.objects.exists()
        assert not Invoice.objects.exists()
        assert OrderLine.objects.get(pk=line).delivered_quantity == 0


def test_the_second_who_confirms_is_told_so(cast: Cast, program: Client) -> None:
    customer = made(program, "customers", name="Harbor Light")
    lines = [{"name": "Pump", "quantity": "2", "unit_price": "50"}]
    order = made(program, "orders", customer=customer, status="draft", lines=lines)

    assert call(program, f"orders/{order}/confirm")[0] == 200
    status, answer = call(program, f"orders/{order}/confirm")

    assert (status, words(answer) != "") == (409, True)
    with organization_scope(cast.organization.pk):
        assert Order.objects.get(pk=order).status == "confirmed"
