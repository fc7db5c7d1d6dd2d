"""What confirmed orders hold of the stock: needs, reservations, backorders and promised dates, set-based.

Whatever changes an order ends here: needs are brought in line with its lines, so that every way of writing an order,
taking it back included, has the same outcome.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import new_id
from banyan.core.records.storage import insert_rows
from banyan.core.tenancy.models import Organization
from banyan.orders.public import RUNNING_STATUSES
from banyan.supply.choices import Shortage
from banyan.supply.engine.locking import Stocked, lock_products
from banyan.supply.engine.promises import promise_again, rank_of
from banyan.supply.models import Demand, Reservation, StockLevel, Warehouse
from banyan.supply.rules import ZERO, Need, Share, allocate, plain
from banyan.supply.setting import supply_setting

LINES = """
    SELECT line.id, line.order_id, line.product_id,
           CASE WHEN parent.status = ANY(%(running)s) AND parent.deleted_at IS NULL AND line.deleted_at IS NULL
                     AND kept.is_stocked THEN line.quantity ELSE 0 END,
           parent.deliver_on, need.id, need.product_id, need.quantity, need.reserved, need.delivered, need.direct,
           need.wanted_on, line.delivered_quantity,
           EXISTS (SELECT FROM products_productunit further
                    WHERE further.product_id = line.product_id AND further.name = line.unit AND further.factor <> 1)
      FROM orders_orderline line
      JOIN orders_order parent ON parent.id = line.order_id
      LEFT JOIN supply_demand need ON need.order_line_id = line.id
      LEFT JOIN supply_stockedproduct kept ON kept.product_id = line.product_id
     WHERE line.order_id = ANY(%(orders)s) AND line.organization_id = %(organization)s
       AND (need.id IS NOT NULL OR (kept.is_stocked AND line.deleted_at IS NULL AND parent.status = ANY(%(running)s)
                                    AND parent.deleted_at IS NULL AND line.quantity > 0))
     ORDER BY line.order_id, line.position, line.id
"""


@dataclass(frozen=True)
class Line:
    """A line of an order beside the need that is known of it."""

    line_id: uuid.UUID
    order_id: uuid.UUID
    product_id: uuid.UUID | None
    wanted: Decimal
    wanted_on: date | None
    need_id: uuid.UUID | None
    need_product_id: uuid.UUID | None
    needed: Decimal | None
    reserved: Decimal | None
    delivered: Decimal | None
    direct: Decimal | None
    need_on: date | None
    noted: Decimal
    has_other_unit: bool

    @property
    def done(self) -> Decimal:
        """Return what is sent, or comes straight from a supplier: no change of the order takes that back."""
        return (self.delivered or ZERO) + (self.direct or ZERO)

    @property
    def changed_product(self) -> bool:
        """Say whether the line asks for another product than its need."""
        return self.need_id is not None and self.product_id != self.need_product_id

    @property
    def is_current(self) -> bool:
        """Say whether the need says what the line says."""
        if self.need_id is None:
            return not self.wanted
        same = max(self.wanted, self.done) == self.needed and self.wanted_on == self.need_on
        return same and not self.changed_product


def reconcile_orders(organization: Organization, order_ids: Iterable[uuid.UUID]) -> None:
    """Let the needs of orders say what their lines say, and reserve or release accordingly.

    What has been sent stays sent: a line cannot need less. Raises ``Invalid`` where the organization does not accept
    orders for more than there is.
    """
    ids = list(order_ids)
    lines = [line for line in _lines(organization.pk, ids) if not line.is_current]
    if not lines:
        return
    products = {pk for line in lines for pk in (line.product_id, line.need_product_id) if pk}
    stocked = lock_products(organization.pk, products)
    # Others may have reserved or sent while the lock was waited for.
    lines = [line for line in _lines(organization.pk, ids) if not line.is_current]
    _refuse_other_units(lines, stocked)
    _refuse_other_products(lines, stocked)
    was_released = _shrink(lines)
    fresh = _grow(organization.pk, lines)
    if fresh:
        short = _reserve(organization, fresh)
        if short and supply_setting(organization).shortage == Shortage.REFUSE.value:
            _refuse_shortage(short, stocked)
    if was_released:
        allocate_waiting(organization, products)
    else:
        promise_again(organization, products)


def allocate_waiting(organization: Organization, product_ids: Collection[uuid.UUID]) -> None:
    """Give what is free of these products, whose locks are held, to the orders that wait for it: urgent ones first.

    Then by the day they are wanted, then in the order in which they came.
    """
    if not product_ids:
        return
    rows = Demand.objects.filter(product__in=product_ids, quantity__gt=F("reserved") + F("delivered") + F("direct"))
    needs = [
        Need(row.pk, row.product_id, row.waiting, rank_of(row.is_urgent, row.wanted_on, row.asked_at, row.pk))
        for row in rows
    ]
    if needs:
        _reserve(organization, needs)
    promise_again(organization, product_ids)


def release_reserved(needs: Mapping[uuid.UUID, Decimal]) -> None:
    """Take back what is reserved for needs, by their ids; the locks of their products are held."""
    if not needs:
        return
    kept: dict[uuid.UUID, list[Reservation]] = defaultdict(list)
    for row in Reservation.objects.filter(demand__in=needs).order_by("-warehouse__position", "-id"):
        kept[row.demand_id].append(row)
    taken: list[tuple[uuid.UUID, uuid.UUID, Decimal]] = []
    for need_id, quantity in needs.items():
        left = quantity
        for row in kept[need_id]:
            part = min(left, row.quantity)
            if part > 0:
                taken.append((need_id, row.warehouse_id, part))
                left -= part
    if taken:
        _change_reservations(taken)


def _lines(organization_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> list[Line]:
    with connection.cursor() as cursor:
        running = [status.value for status in RUNNING_STATUSES]
        cursor.execute(LINES, {"running": running, "orders": list(order_ids), "organization": organization_id})
        return [Line(*row) for row in cursor.fetchall()]


def _refuse_other_units(lines: Sequence[Line], stocked: Mapping[uuid.UUID, Stocked]) -> None:
    """Refuse lines in boxes of a product that is kept in pieces: one of them would count as one piece."""
    for line in lines:
        if line.has_other_unit and line.wanted and line.product_id and line.product_id in stocked:
            message = _("Stock of %(product)s is kept in its own unit: write the line in that unit.")
            raise Invalid([FieldError("unit", "other_unit", message % {"product": stocked[line.product_id].name})])


def _refuse_other_products(lines: Sequence[Line], stocked: Mapping[uuid.UUID, Stocked]) -> None:
    for line in lines:
        if line.changed_product and line.done and line.need_product_id:
            message = _("%(product)s of this line has been sent already. Add a line for the other product.")
            name = stocked[line.need_product_id].name if line.need_product_id in stocked else ""
            raise Invalid([FieldError("product", "sent", message % {"product": name})])


def _shrink(lines: Sequence[Line]) -> bool:
    """Release what lines no longer ask for, and let their needs say so; return whether anything was released."""
    smaller = [line for line in lines if line.need_id is not None]
    surplus_of = {}
    gone = []
    for line in smaller:
        wanted = ZERO if line.changed_product else max(line.wanted, line.done)
        surplus = (line.reserved or ZERO) - max(ZERO, wanted - line.done)
        if surplus > 0 and line.need_id:
            surplus_of[line.need_id] = surplus
        if line.need_id and not wanted and not line.done:
            gone.append(line.need_id)
    if surplus_of:
        release_reserved(surplus_of)
    if gone:
        Demand.objects.filter(pk__in=gone).delete()
    kept = [line for line in smaller if line.need_id not in gone]
    if kept:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE supply_demand kept SET quantity = given.quantity, wanted_on = given.day,"
                "       promised_on = CASE WHEN kept.wanted_on IS NOT DISTINCT FROM given.day THEN kept.promised_on END"
                "  FROM unnest(%s::uuid[], %s::numeric[], %s::date[]) AS given (id, quantity, day) WHERE kept.id = given.id",
                [
                    [line.need_id for line in kept],
                    [max(line.wanted, line.done) for line in kept],
                    [line.wanted_on for line in kept],
                ],
            )
    return bool(surplus_of)


def _grow(organization_id: uuid.UUID, lines: Sequence[Line]) -> list[Need]:
    """Write the needs of lines that had none, and return what is wanted beyond what is reserved."""
    at = now()
    needs: list[Need] = []
    rows: list[dict[str, Any]] = []
    for line in lines:
        if line.product_id is None:
            continue
        if line.need_id is None or (line.changed_product and line.wanted):
            # What was noted by hand before stock was kept has been sent, too.
            need_id, reserved, done = new_id(), ZERO, min(line.noted, line.wanted)
            rows.append(
                {
                    "id": need_id,
                    "organization_id": organization_id,
                    "order_line_id": line.line_id,
                    "order_id": line.order_id,
                    "product_id": line.product_id,
                    "quantity": line.wanted,
                    "delivered": done,
                    "wanted_on": line.wanted_on,
                    "asked_at": at,
                }
            )
        else:
            need_id, reserved, done = line.need_id, line.reserved or ZERO, line.done
        missing = line.wanted - reserved - done
        if missing > 0:
            needs.append(Need(need_id, line.product_id, missing, (line.wanted_on or date.max, len(needs))))
    if rows:
        insert_rows(Demand, rows)
    return needs


def _reserve(organization: Organization, needs: Sequence[Need]) -> list[tuple[Need, Decimal]]:
    """Reserve what is free for needs, and return those that do not get all they want with what is missing."""
    levels = StockLevel.objects.filter(product__in={need.product for need in needs}, on_hand__gt=F("reserved"))
    free = {(row.product_id, row.warehouse_id): row.on_hand - row.reserved for row in levels}
    shares: list[Share] = []
    if free:
        here = Warehouse.objects.filter(is_active=True, deleted_at__isnull=True).order_by("position", "id")
        shares = allocate(needs, free, list(here.values_list("pk", flat=True)))
    if shares:
        _write_shares(organization.pk, shares, {need.key: need.product for need in needs})
    given: dict[uuid.UUID, Decimal] = defaultdict(Decimal)
    for share in shares:
        given[share.key] += share.quantity
    return [(need, need.quantity - given[need.key]) for need in needs if given[need.key] < need.quantity]


def _write_shares(
    organization_id: uuid.UUID, shares: Sequence[Share], product_of: Mapping[uuid.UUID, uuid.UUID]
) -> None:
    """Write reservations, needs and levels in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH given AS (SELECT * FROM unnest(%(ids)s::uuid[], %(needs)s::uuid[], %(products)s::uuid[], %(warehouses)s::uuid[],
                                                %(quantities)s::numeric[]) AS given (id, need, product, warehouse, quantity)),
                 kept AS (INSERT INTO supply_reservation (id, organization_id, demand_id, warehouse_id, quantity)
                          SELECT id, %(organization)s, need, warehouse, quantity FROM given
                              ON CONFLICT (organization_id, demand_id, warehouse_id)
                              DO UPDATE SET quantity = supply_reservation.quantity + EXCLUDED.quantity),
                 levels AS (UPDATE supply_stocklevel level SET reserved = level.reserved + taken.quantity
                              FROM (SELECT product, warehouse, sum(quantity) AS quantity FROM given GROUP BY 1, 2) AS taken
                             WHERE level.product_id = taken.product AND level.warehouse_id = taken.warehouse)
            UPDATE supply_demand need SET reserved = need.reserved + got.quantity
              FROM (SELECT need, sum(quantity) AS quantity FROM given GROUP BY 1) AS got WHERE need.id = got.need
            """,
            {
                "organization": organization_id,
                "ids": [new_id() for _share in shares],
                "needs": [share.key for share in shares],
                "products": [product_of[share.key] for share in shares],
                "warehouses": [share.warehouse for share in shares],
                "quantities": [share.quantity for share in shares],
            },
        )


def _change_reservations(taken: Sequence[tuple[uuid.UUID, uuid.UUID, Decimal]]) -> None:
    """Take quantities out of reservations, needs and levels; what is left of nothing goes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH given AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::numeric[]) AS given (need, warehouse, quantity)),
                 gone AS (DELETE FROM supply_reservation kept USING given
                           WHERE kept.demand_id = given.need AND kept.warehouse_id = given.warehouse
                             AND kept.quantity = given.quantity),
                 less AS (UPDATE supply_reservation kept SET quantity = kept.quantity - given.quantity FROM given
                           WHERE kept.demand_id = given.need AND kept.warehouse_id = given.warehouse
                             AND kept.quantity > given.quantity),
                 levels AS (UPDATE supply_stocklevel level SET reserved = level.reserved - back.quantity
                              FROM (SELECT need.product_id, given.warehouse, sum(given.quantity) AS quantity
                                      FROM given JOIN supply_demand need ON need.id = given.need GROUP BY 1, 2) AS back
                             WHERE level.product_id = back.product_id AND level.warehouse_id = back.warehouse)
            UPDATE supply_demand need SET reserved = need.reserved - back.quantity
              FROM (SELECT need, sum(quantity) AS quantity FROM given GROUP BY 1) AS back WHERE need.id = back.need
            """,
            [list(column) for column in zip(*taken, strict=True)],
        )


def _refuse_shortage(short: Sequence[tuple[Need, Decimal]], stocked: Mapping[uuid.UUID, Stocked]) -> None:
    raise Invalid(
        [
            FieldError(
                "lines",
                "not_in_stock",
                _("%(product)s: %(missing)s are missing. Order fewer, or wait for goods.")
                % {"product": stocked[need.product].name, "missing": plain(missing)},
            )
            for need, missing in short
        ]
    )
