"""What it costs to confirm an order of twenty lines while its goods are reserved, beside the bare rows in SQL."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import connection, transaction

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.ids import new_id
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.demo.measuring.figures import Figure
from banyan.orders.public import confirm, place_order
from banyan.supply.choices import MoveKind
from banyan.supply.public import Move, first_place, keep_stock, move_stock

LINES, RUNS, BOUND = 20, 40, 40

TWIN = """
    WITH line AS (SELECT id, product_id, quantity FROM orders_orderline WHERE order_id = %(order)s),
         confirmed AS (UPDATE orders_order SET status = 'confirmed', version = version + 1 WHERE id = %(order)s),
         level AS (UPDATE supply_stocklevel kept SET reserved = kept.reserved + line.quantity FROM line
                    WHERE kept.product_id = line.product_id AND kept.warehouse_id = %(warehouse)s),
         need AS (INSERT INTO supply_demand (id, organization_id, order_line_id, order_id, product_id, sold_id, unit, factor,
                                             quantity, reserved, delivered, direct, is_urgent, basis, asked_at)
                  SELECT gen_random_uuid(), %(organization)s, id, %(order)s, product_id, product_id, '', 1, quantity, quantity,
                         0, 0, false, 'stock', now() FROM line RETURNING id, quantity)
    INSERT INTO supply_reservation (id, organization_id, demand_id, warehouse_id, quantity)
    SELECT gen_random_uuid(), %(organization)s, id, %(warehouse)s, quantity FROM need
"""


def reserve_for_orders(organization: Organization) -> Iterator[Figure]:
    """Yield how long it takes to confirm an order and reserve its goods; nothing of it stays."""
    with organization_scope(organization.pk):
        actor = system_actor(Organization.objects.get(pk=organization.pk))
        with transaction.atomic():
            warehouse, products, customer = _stock(actor)
            orders = [_draft(actor, customer, products) for _run in range(2 * RUNS)]
            times = [_timed(partial(confirm, actor, order)) for order in orders[:RUNS]]
            raw = [_timed(partial(_twin, organization.pk, order, warehouse)) for order in orders[RUNS:]]
            yield Figure(
                f"confirm an order of {LINES} lines with reservation",
                round(statistics.median(times), 2),
                raw=round(statistics.median(raw), 2),
                bound=BOUND,
                p95=round(statistics.quantiles(times, n=20)[-1], 2),
            )
            transaction.set_rollback(True)


def _stock(actor: Actor) -> tuple[uuid.UUID, Sequence[uuid.UUID], uuid.UUID]:
    """Return a warehouse, products that lie in it in plenty, and a customer."""

    def make(name: str, *values: dict[str, Any]) -> list[uuid.UUID]:
        return door.create_many(actor, spec_for(actor.organization, name), values).created

    (warehouse,) = make("warehouse", {"name": "Measured warehouse", "position": 0})
    (customer,) = make("customer", {"name": "Measured customer"})
    mark = new_id().hex[-8:]
    products = make("product", *({"name": f"Measured {mark} {number}", "price": "9"} for number in range(LINES)))
    place = first_place(warehouse)
    for product in products:
        keep_stock(actor, product, tracking="none")
    many = Decimal(1_000_000)
    move_stock(actor, [Move(product, many, MoveKind.ADJUSTMENT, to_place=place.pk) for product in products])
    return warehouse, products, customer


def _draft(actor: Actor, customer: uuid.UUID, products: Sequence[uuid.UUID]) -> uuid.UUID:
    lines = [{"product": product, "quantity": "3"} for product in products]
    return place_order(actor, {"customer": customer, "status": "draft"}, lines).pk


def _twin(organization_id: uuid.UUID, order: uuid.UUID, warehouse: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TWIN, {"organization": organization_id, "order": order, "warehouse": warehouse})


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1_000
