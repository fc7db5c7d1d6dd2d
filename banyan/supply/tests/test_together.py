"""Fifty people at once: each with a connection and a transaction of their own, committed for all to see."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from banyan.core.kernel.errors import Conflict
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.scope import organization_scope
from banyan.supply.choices import MoveKind
from banyan.supply.engine.ledger import move_stock
from banyan.supply.engine.moves import Move
from banyan.supply.models import Demand, Place, StockLevel, StockMove
from banyan.supply.services.deliveries import plan_delivery, ship_delivery
from banyan.supply.services.stock import keep_stock, save_setting
from banyan.supply.tests.conftest import standard
from tests.cast import Cast, api_client, forget_entirely, found

CLIENTS, BUSY = 50, 503
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def shop() -> Iterator[tuple[Cast, Any, Any]]:
    """A company whose data is committed, with one last sensor in its warehouse."""
    cast = found("Fifty Clients", "fifty.test")
    try:
        standard(cast)
        with organization_scope(cast.organization.pk):
            actor = cast.actor("admin")
            made = {
                name: door.create(actor, spec_for(actor.organization, name), {"name": "Last one"})
                for name in ("warehouse", "customer", "product")
            }
            keep_stock(actor, made["product"].pk, tracking="none")
            place = Place.objects.get(code="STOCK")
            move_stock(actor, [Move(made["product"].pk, Decimal(1), MoveKind.ADJUSTMENT, to_place=place.pk)])
        yield cast, made["customer"], made["product"]
    finally:
        forget_entirely(cast)


def all_at_once(client: Client, body: dict[str, Any]) -> list[Any]:
    """Let fifty clients post the same order at the same moment, each on a connection of its own."""
    answers: list[Any] = []
    ready = threading.Barrier(CLIENTS)

    def order() -> None:
        ready.wait()
        try:
            answer = client.post("/api/v1/orders", body, content_type="application/json")
            # A busy machine says so instead of letting people wait for ever; they try again, as it asks them to.
            while answer.status_code == BUSY:
                answer = client.post("/api/v1/orders", body, content_type="application/json")
            answers.append(answer)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=order) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.slow
def test_exactly_one_of_fifty_gets_the_last_piece_and_the_others_wait(shop: tuple[Cast, Any, Any]) -> None:
    cast, customer, product = shop
    body = {"customer": str(customer.pk), "lines": [{"product": str(product.pk), "quantity": 1}]}

    answers = all_at_once(api_client(cast, "admin"), body)

    assert Counter(answer.status_code for answer in answers) == {201: CLIENTS}
    with organization_scope(cast.organization.pk):
        assert Counter(need.reserved for need in Demand.objects.all()) == {Decimal(1): 1, Decimal(0): CLIENTS - 1}
        level = StockLevel.objects.get()
        assert (level.on_hand, level.reserved) == (1, 1)


@pytest.mark.slow
def test_exactly_one_of_fifty_gets_the_last_piece_and_the_others_are_refused(shop: tuple[Cast, Any, Any]) -> None:
    cast, customer, product = shop
    with organization_scope(cast.organization.pk):
        save_setting(cast.actor("admin"), shortage="refuse")
    body = {"customer": str(customer.pk), "lines": [{"product": str(product.pk), "quantity": 1}]}

    answers = all_at_once(api_client(cast, "admin"), body)

    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: CLIENTS - 1}
    refused = next(answer.json() for answer in answers if answer.status_code == 422)
    assert refused["errors"][0]["message"] == "Last one: 1 are missing. Order fewer, or wait for goods."
    with organization_scope(cast.organization.pk):
        assert Demand.objects.count() == 1


def test_of_two_who_ship_at_once_one_is_told_to_be_late(shop: tuple[Cast, Any, Any]) -> None:
    cast, customer, product = shop
    with organization_scope(cast.organization.pk):
        body = {"customer": customer.pk}
        actor = cast.actor("admin")
        order = door.create(actor, spec_for(actor.organization, "order"), body)
        line = {"order": order.pk, "product": product.pk, "quantity": "1"}
        door.create(actor, spec_for(actor.organization, "order_line"), line)
        delivery = plan_delivery(actor, order.pk)
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def ship() -> None:
        ready.wait()
        try:
            with organization_scope(cast.organization.pk):
                ship_delivery(cast.actor("admin"), delivery.pk)
            outcomes.append("shipped")
        except Conflict as problem:
            outcomes.append(problem.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ship) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["bad_state", "shipped"]
    with organization_scope(cast.organization.pk):
        assert StockMove.objects.filter(kind="delivery").count() == 1
