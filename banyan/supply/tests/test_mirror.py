"""Where another system keeps the stock it is only shown here: people change nothing, and what that system says is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import banyan.supply
from banyan.core.access.actor import Channel
from banyan.core.kernel.errors import Conflict, NotAllowed
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import DIALOG, page_text
from banyan.orders.public import Order, OrderLine
from banyan.orders.services.delivering import note_delivery
from banyan.products.public import write_document
from banyan.supply.choices import MoveKind, PurchaseStatus
from banyan.supply.engine.moves import Move
from banyan.supply.models import Balance, Demand, PurchaseOrderLine, StockCount, StockLevel, StockMove
from banyan.supply.services.counting import begin_count
from banyan.supply.services.deliveries import plan_delivery
from banyan.supply.services.purchasing import Received, receive, set_status
from banyan.supply.services.stock import Mirrored, book, mirror_stock, save_setting
from banyan.supply.tests.conftest import Company
from tests.cast import api_client, sign_in

JSON: dict[str, Any] = {"content_type": "application/json"}


@pytest.fixture
def mirrored(company: Company) -> Company:
    company.bring("10")
    save_setting(company.admin, stock_owner="elsewhere")
    return company


def told(company: Company, on_hand: str) -> int:
    """Let the other system say how many sensors lie in the warehouse."""
    program = replace(company.admin, channel=Channel.API)
    return mirror_stock(program, [Mirrored(company.sensor.pk, company.stock.pk, Decimal(on_hand))])


def test_nobody_moves_counts_sends_or_receives_goods_here(mirrored: Company) -> None:
    company, admin = mirrored, mirrored.admin
    order = company.order("2")
    lines = [{"product": company.sensor.pk, "quantity": "1"}]
    purchase: Any = write_document(admin, "purchase_order", {"supplier": company.customer.pk}, lines)
    set_status(admin, purchase.pk, PurchaseStatus.ORDERED)
    line = PurchaseOrderLine.objects.get()
    before = StockMove.objects.count()
    move = Move(company.sensor.pk, Decimal(1), MoveKind.ADJUSTMENT, from_place=company.stock.pk)
    steps: tuple[Callable[[], object], ...] = (
        lambda: book(admin, move),
        lambda: begin_count(admin, company.warehouse.pk),
        lambda: plan_delivery(admin, order.pk),
        lambda: receive(admin, purchase.pk, [Received(line.pk, Decimal(1), company.stock.pk)]),
    )

    for step in steps:
        with pytest.raises(Conflict) as refused:
            step()
        assert str(refused.value.message).startswith("Another system keeps the stock")
    assert (StockMove.objects.count(), StockCount.objects.count()) == (before, 0)


def test_only_a_program_with_the_right_says_what_there_is(mirrored: Company) -> None:
    row = Mirrored(mirrored.sensor.pk, mirrored.stock.pk, Decimal(3))
    with pytest.raises(NotAllowed) as refused:
        mirror_stock(mirrored.admin, [row])
    assert "API token" in str(refused.value.message)
    body = {"items": [{"product": str(mirrored.sensor.pk), "place": str(mirrored.stock.pk), "on_hand": "3"}]}

    assert api_client(mirrored.cast, "viewer").post("/api/v1/stock/mirror", body, **JSON).status_code == 403
    assert api_client(mirrored.cast, "admin").post("/api/v1/stock/mirror", body, **JSON).status_code == 200

    with organization_scope(mirrored.cast.organization.pk):
        assert Balance.objects.get().on_hand == 3


def test_what_the_other_system_says_is_so_though_orders_hold_more(mirrored: Company) -> None:
    first, second = mirrored.order("4"), mirrored.order("5")
    assert mirrored.level() == ("10", "9")

    told(mirrored, "6")
    assert (mirrored.need(first).reserved, mirrored.need(second).reserved) == (4, 2)
    told(mirrored, "0")
    assert mirrored.level() == ("0", "0")
    told(mirrored, "8")

    assert (mirrored.need(first).reserved, mirrored.need(second).reserved) == (4, 4)
    assert StockLevel.objects.get().reserved == 8


def test_what_the_other_system_has_sent_is_noted_on_the_order_and_needed_no_more(mirrored: Company) -> None:
    order = mirrored.order("6")
    line = OrderLine.objects.get(order=order.pk)

    note_delivery(mirrored.admin, order.pk, {str(line.pk): "4"})
    assert mirrored.level() == ("10", "2")
    told(mirrored, "6")
    note_delivery(mirrored.admin, order.pk, {str(line.pk): "2"})

    assert (mirrored.level(), Order.objects.get(pk=order.pk).status) == (("6", "0"), "delivered")
    assert not Demand.objects.exists()


def test_pages_say_that_another_system_keeps_the_stock(mirrored: Company) -> None:
    browser: Client = sign_in(mirrored.cast, "admin")

    stock = page_text(browser.get("/stock"))
    refused = browser.post("/stock/counts/new", {"what": str(mirrored.warehouse.pk)}, headers=DIALOG)

    assert "Another system keeps the stock. Here it is only shown." in stock
    assert "Book goods" not in stock
    assert "Another system keeps the stock: it is only shown here." in page_text(refused)


def test_nothing_but_the_ledger_writes_stock() -> None:
    """One action moves goods: no other module of the app writes balances, moves or what is on hand."""
    folder = Path(banyan.supply.__file__).parent
    writes = (
        "INTO supply_balance",
        "insert_rows(StockMove",
        "INTO supply_stocklevel",
        "SET on_hand",
        "INTO supply_serial",
    )
    writing = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if "migrations" not in path.parts and "tests" not in path.parts
        if any(text in path.read_text(encoding="utf-8") for text in writes)
    }
    assert writing == {"engine/ledger.py"}
