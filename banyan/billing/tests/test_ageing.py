"""What is open follows the orders, is added up for all and shown for the most overdue, and tells nobody too much."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from banyan.billing.models import OpenOrder
from banyan.billing.services.ageing import ageing, open_items
from banyan.billing.tests.conftest import Desk
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.merging import merge, unmerge
from banyan.money.public import NewRate, enter_rates
from tests.cast import Cast

DAY = date(2026, 3, 2)
LATER = DAY + timedelta(days=50)


def aged(desk: Desk, by: str = "customer", day: date = LATER, **more: Any) -> dict[str, list[Decimal]]:
    return {row.label: [*map(int, row.amounts)] for row in ageing(desk.actor, by=by, day=day, **more).rows}  # type: ignore[misc]


def change(desk: Desk, name: str, pk: Any, **values: Any) -> None:
    door.update(desk.actor, spec_for(desk.actor.organization, name), pk, values)


def test_what_is_open_follows_its_order(desk: Desk, scope: Cast) -> None:
    order = desk.order(100)
    assert aged(desk) == {"Harbor Light Trading": [0, 100, 0, 0, 0]}

    change(desk, "order", order.pk, owner=scope.users["teammate"].pk)
    assert aged(desk, "owner") == {"Tom Teammate": [0, 100, 0, 0, 0]}
    assert aged(desk, "department") == {"Sales South": [0, 100, 0, 0, 0]}
    change(desk, "order", order.pk, ordered_on="2026-01-02")
    assert aged(desk) == {"Harbor Light Trading": [0, 0, 0, 100, 0]}
    other = desk.new_customer("Cedar Books")
    kept = merge(desk.actor, spec_for(scope.organization, "customer"), other.pk, [desk.customer.pk])
    assert aged(desk) == {"Cedar Books": [0, 0, 0, 100, 0]}
    unmerge(desk.actor, kept.batch_id)
    assert list(aged(desk)) == ["Harbor Light Trading"]
    change(desk, "order", order.pk, status="cancelled", cancel_reason="No longer wanted")
    assert (aged(desk), OpenOrder.objects.count()) == ({}, 0)


def test_instalments_made_later_say_when_it_is_due(desk: Desk) -> None:
    order = desk.order(100)
    values = {"order": str(order.pk), "name": "Half", "amount": "60", "event": "date", "due_on": "2026-12-31"}
    door.create(desk.actor, spec_for(desk.actor.organization, "payment_plan"), values)

    assert aged(desk) == {"Harbor Light Trading": [60, 40, 0, 0, 0]}


def test_the_most_overdue_are_shown_and_all_are_added_up(desk: Desk) -> None:
    for number in range(1, 5):
        desk.customer = desk.new_customer(f"Customer {number}")
        desk.order(number * 10)
    enter_rates(desk.actor, [NewRate("USD", DAY, Decimal("7.1"))])
    desk.order(7, currency="USD")

    found = ageing(desk.actor, by="customer", day=LATER, limit=2)

    assert [row.label for row in found.rows] == ["Customer 4", "Customer 3"]
    assert [(row.currency, row.overdue) for row in found.totals] == [("CNY", 100), ("USD", 7)]
    assert (found.count, found.is_cut) == (5, True)


def test_everybody_is_told_of_the_orders_that_they_see(desk: Desk, scope: Cast) -> None:
    for name, amount in (("owner", 10), ("teammate", 20), ("admin", 40)):
        order = desk.order(amount)
        change(desk, "order", order.pk, owner=scope.users[name].pk)

    for name, total in (("admin", 70), ("salesperson", 0), ("teammate", None)):
        actor = scope.actor(name)
        found = ageing(actor, by="owner", day=LATER)
        seen = sum((item.amount for item in open_items(actor)), Decimal(0))
        assert sum((row.total for row in found.totals), Decimal(0)) == seen
        assert total is None or seen == total
