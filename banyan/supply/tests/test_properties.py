from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.core.kernel.errors import DomainError
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.supply import rules
from banyan.supply.choices import MoveKind
from banyan.supply.engine.ledger import move_stock
from banyan.supply.engine.moves import Move
from banyan.supply.models import Balance, Demand, Reservation, StockLevel, StockMove
from banyan.supply.rules import Arrival, Need, allocate, months_later, order_proposal, promised_days, rounded_up
from banyan.supply.services.deliveries import plan_delivery, ship_delivery
from banyan.supply.tests.conftest import Company

PRODUCTS = [uuid.UUID(int=number) for number in range(1, 4)]
PLACES = [uuid.UUID(int=number) for number in range(11, 14)]
quantities = st.decimals("0.001", "50", places=3)
need_lists = st.lists(st.tuples(st.sampled_from(PRODUCTS), quantities), max_size=8).map(
    lambda rows: [
        Need(uuid.UUID(int=100 + at), product, quantity, (at,)) for at, (product, quantity) in enumerate(rows)
    ]
)
free_stock = st.dictionaries(st.tuples(st.sampled_from(PRODUCTS), st.sampled_from(PLACES)), quantities, max_size=9)


@given(need_lists, free_stock)
def test_shares_never_exceed_what_is_free_or_asked_for_and_leave_nobody_waiting_needlessly(
    needs: list[Need], free: dict[Any, Decimal]
) -> None:
    shares = allocate(needs, free, PLACES)

    left, missing = dict(free), {need.key: need.quantity for need in needs}
    product_of = {need.key: need.product for need in needs}
    for share in shares:
        left[product_of[share.key], share.warehouse] -= share.quantity
        missing[share.key] -= share.quantity
        assert share.quantity > 0
    assert min([*left.values(), *missing.values()], default=Decimal(0)) >= 0
    for need in needs:
        rest = sum((quantity for (product, _place), quantity in left.items() if product == need.product), Decimal(0))
        assert not (missing[need.key] and rest)


@given(need_lists, st.lists(st.tuples(st.sampled_from(PRODUCTS), quantities, st.integers(0, 30)), max_size=8))
def test_promises_keep_the_order_of_needs_and_rest_on_enough_goods(
    needs: list[Need], coming: list[tuple[uuid.UUID, Decimal, int]]
) -> None:
    start = date(2026, 1, 1)
    arrivals = [Arrival(product, quantity, start + timedelta(days=days)) for product, quantity, days in coming]

    found = promised_days(needs, arrivals)

    for product in PRODUCTS:
        before = Decimal(0)
        for need in [need for need in needs if need.product == product]:
            before += need.quantity
            day = found[need.key]
            by_then = sum(
                (
                    entry.quantity
                    for entry in arrivals
                    if entry.product == product and (day is None or entry.day <= day)
                ),
                Decimal(0),
            )  # type: ignore[operator]
            assert (by_then >= before) if day is not None else (by_then < before)


@given(*[st.decimals("0", "1000", places=3)] * 5)
def test_what_is_proposed_brings_the_stock_to_its_minimum(
    minimum: Decimal, target: Decimal, free: Decimal, incoming: Decimal, waiting: Decimal
) -> None:
    proposed = order_proposal(minimum=minimum, target=target, free=free, incoming=incoming, waiting=waiting)

    assert proposed >= 0
    assert free + incoming - waiting + proposed >= minimum


@given(quantities, st.decimals("0", "20", places=3), st.decimals("0", "12", places=3))
def test_rounding_up_gives_whole_multiples_and_never_less(quantity: Decimal, least: Decimal, multiple: Decimal) -> None:
    found = rounded_up(quantity, least=least, multiple=multiple)

    assert found >= max(quantity, least)
    assert not multiple or found % multiple == 0


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 600))
def test_warranty_ends_in_the_right_month(day: date, months: int) -> None:
    found = months_later(day, months)

    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found + timedelta(days=1)).day == 1


steps = st.lists(
    st.tuples(st.sampled_from(["bring", "take", "hold", "order", "more", "less", "cancel", "ship"]), st.integers(1, 6)),
    max_size=9,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps)
def test_balances_are_the_sum_of_moves_and_reservations_agree_whatever_happens(
    company: Company, course: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        orders: list[Any] = []
        for step, number in course:
            try:
                with transaction.atomic():
                    act(company, orders, step, number)
            except DomainError:
                pass
            agree()
        transaction.set_rollback(True)


def act(company: Company, orders: list[Any], step: str, number: int) -> None:
    """Do one thing that people do with stock; it may be refused."""
    quantity, sensor = Decimal(number), company.sensor.pk
    if step == "bring":
        company.bring(str(number))
    elif step == "take":
        move_stock(company.admin, [Move(sensor, quantity, MoveKind.ADJUSTMENT, from_place=company.stock.pk)])
    elif step == "hold":
        move_stock(company.admin, [Move(sensor, quantity, MoveKind.TRANSFER, company.stock.pk, company.hold.pk)])
    elif step == "order":
        orders.append(company.order(str(number)))
    elif orders and step == "ship":
        ship_delivery(company.admin, plan_delivery(company.admin, orders[number % len(orders)].pk).pk)
    elif orders and step == "cancel":
        spec = spec_for(company.cast.organization, "order")
        values = {"status": "cancelled", "cancel_reason": "Too late"}
        door.update(company.admin, spec, orders[number % len(orders)].pk, values)
    elif orders:
        need = Demand.objects.filter(order=orders[number % len(orders)].pk).first()
        if need is not None:
            spec = spec_for(company.cast.organization, "order_line")
            after = need.quantity + 1 if step == "more" else need.quantity - 1
            door.update(company.admin, spec, need.order_line_id, {"quantity": str(after)})


def agree() -> None:
    """Check that ledger, balances, levels, needs and reservations say the same."""
    moved: dict[Any, Decimal] = {}
    for move in StockMove.objects.all():
        for place, sign in ((move.from_place_id, -1), (move.to_place_id, 1)):
            if place:
                key = (move.product_id, place, move.lot, move.serial)
                moved[key] = moved.get(key, Decimal(0)) + sign * move.quantity
    kept = {(row.product_id, row.place_id, row.lot, row.serial): row.on_hand for row in Balance.objects.all()}
    assert {key: value for key, value in moved.items() if value} == {key: value for key, value in kept.items() if value}
    for level in StockLevel.objects.all():
        there = Balance.objects.filter(product=level.product_id, place__warehouse=level.warehouse_id)
        assert level.on_hand == (there.filter(place__is_held=False).aggregate(total=Sum("on_hand"))["total"] or 0)
        mine = Reservation.objects.filter(warehouse=level.warehouse_id, demand__product=level.product_id)
        assert level.reserved == (mine.aggregate(total=Sum("quantity"))["total"] or 0)
    for need in Demand.objects.all():
        mine = Reservation.objects.filter(demand=need.pk)
        assert need.reserved == (mine.aggregate(total=Sum("quantity"))["total"] or 0)
        free = StockLevel.objects.filter(product=need.product_id).aggregate(
            on_hand=Sum("on_hand"), reserved=Sum("reserved")
        )
        assert not (need.waiting and (free["on_hand"] or 0) > (free["reserved"] or 0))


def test_database_itself_refuses_to_sell_twice_and_to_change_the_ledger(company: Company) -> None:
    company.bring("2")

    for statement in (
        "UPDATE supply_stocklevel SET reserved = on_hand + 1",
        "UPDATE supply_stocklevel SET on_hand = -1",
        "UPDATE supply_balance SET on_hand = -1",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(Exception, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE supply_stockmove SET quantity = 5")


def test_quantities_of_rules_are_decimals() -> None:
    assert not rules.is_quantity(0.5)
    assert rules.is_quantity(Decimal("0.500"))
