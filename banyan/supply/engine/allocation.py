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
from banyan.core.objects.modules import module_is_on
from banyan.core.records.storage import insert_rows
from banyan.core.tenancy.models import Organization
from banyan.orders.public import RUNNING_STATUSES
from banyan.products.public import PRICING
from banyan.supply.choices import Shortage
from banyan.supply.engine.locking import Stocked, lock_products
from banyan.supply.engine.promises import promise_again, rank_of
from banyan.supply.models import Demand, Reservation, StockLevel, Warehouse
from banyan.supply.rules import MOST, ZERO, Need, Share, allocate, plain
from banyan.supply.setting import supply_setting

#: Each product that a line of an order asks for beside the need that is known of it. A line asks for its product; for
#: the parts of a bundle of which no stock is kept itself; in the product's own unit. What was agreed stays agreed: as long
#: as product and unit of a line stay, so do the products and factors of its needs, whatever a bundle consists of by then.
LINES = """
    WITH line AS (
        SELECT line.id, line.order_id, line.position, line.product_id, line.unit, parent.deliver_on,
               CASE WHEN %(mirrored)s THEN 0 ELSE line.delivered_quantity END AS delivered_quantity,
               CASE WHEN parent.status = ANY(%(running)s) AND parent.deleted_at IS NULL AND line.deleted_at IS NULL
                    -- What another system has sent is needed no more; what was sent from here is known of the need.
                    THEN line.quantity - CASE WHEN %(mirrored)s THEN line.delivered_quantity ELSE 0 END
                    ELSE 0 END AS quantity
          FROM orders_orderline line JOIN orders_order parent ON parent.id = line.order_id
         WHERE line.order_id = ANY(%(orders)s) AND line.organization_id = %(organization)s
    ), asked AS (
        SELECT line.id AS line_id, part.product_id, part.factor * COALESCE(
                   (SELECT further.factor FROM products_productunit further
                     WHERE further.product_id = line.product_id AND further.name = line.unit),
                   (SELECT further.factor FROM products_product sold
                      JOIN products_productunit further
                        ON further.product_id = sold.variant_of_id AND further.name = line.unit
                     WHERE sold.id = line.product_id), 1) AS factor
          FROM line
          CROSS JOIN LATERAL (
               SELECT kept.product_id, 1::numeric AS factor FROM supply_stockedproduct kept
                WHERE kept.product_id = line.product_id AND kept.is_stocked
               UNION ALL
               SELECT part.product_id, part.quantity FROM products_bundlepart part
                 JOIN products_product bundle ON bundle.id = part.bundle_id AND bundle.bundle_mode <> ''
                 JOIN supply_stockedproduct kept ON kept.product_id = part.product_id AND kept.is_stocked
                WHERE part.bundle_id = line.product_id AND %(bundles)s
                  AND NOT EXISTS (SELECT FROM supply_stockedproduct own
                                   WHERE own.product_id = line.product_id AND own.is_stocked)) part
         WHERE line.quantity > 0
           AND NOT EXISTS (SELECT FROM supply_demand need WHERE need.order_line_id = line.id
                              AND need.sold_id = line.product_id AND need.unit = line.unit)
    )
    SELECT line.id, line.order_id, line.product_id, line.unit, both_of.product_id, both_of.factor,
           CASE WHEN kept.is_stocked THEN round(line.quantity * COALESCE(both_of.factor, 0), 3)
                    + CASE WHEN %(mirrored)s THEN COALESCE(both_of.delivered, 0) ELSE 0 END ELSE 0 END,
           line.deliver_on, both_of.need_id, both_of.quantity, both_of.reserved, both_of.delivered, both_of.direct,
           both_of.wanted_on, both_of.is_same,
           round(line.delivered_quantity * COALESCE(both_of.factor, 0), 3),
           line.quantity > 0 AND COALESCE(kept.is_stocked, false) AND both_of.factor IS NOT NULL
      FROM line
      CROSS JOIN LATERAL (
           SELECT COALESCE(asked.product_id, need.product_id) AS product_id, need.id AS need_id, need.quantity, need.reserved,
                  need.delivered, need.direct, need.wanted_on, COALESCE(need.is_same, false) AS is_same,
                  COALESCE(asked.factor, CASE WHEN need.is_same THEN need.factor END) AS factor
             FROM (SELECT * FROM asked WHERE asked.line_id = line.id) asked
             FULL JOIN (SELECT known.*, known.sold_id = line.product_id AND known.unit = line.unit AS is_same
                          FROM supply_demand known WHERE known.order_line_id = line.id) need
               ON need.product_id = asked.product_id) both_of
      LEFT JOIN supply_stockedproduct kept ON kept.product_id = both_of.product_id
     ORDER BY line.order_id, line.position, line.id, both_of.product_id
"""


@dataclass(frozen=True)
class Line:
    """What a line of an order asks of a product, in its own unit, beside the need that is known of it.

    ``factor`` is how many of the product are in one of the line's unit; None when the line asks for it no longer.
    """

    line_id: uuid.UUID
    order_id: uuid.UUID
    sold_id: uuid.UUID | None
    unit: str
    product_id: uuid.UUID
    factor: Decimal | None
    wanted: Decimal
    wanted_on: date | None
    need_id: uuid.UUID | None
    needed: Decimal | None
    reserved: Decimal | None
    delivered: Decimal | None
    direct: Decimal | None
    need_on: date | None
    is_same: bool
    noted: Decimal
    is_asked: bool

    @property
    def done(self) -> Decimal:
        """Return what is sent, or comes straight from a supplier: no change of the order takes that back."""
        return (self.delivered or ZERO) + (self.direct or ZERO)

    @property
    def is_current(self) -> bool:
        """Say whether the need says what the line says."""
        if self.need_id is None:
            return not self.is_asked
        same = max(self.wanted, self.done) == self.needed and self.wanted_on == self.need_on
        return same and self.is_same


def reconcile_orders(organization: Organization, order_ids: Iterable[uuid.UUID]) -> None:
    """Let the needs of orders say what their lines say, and reserve or release accordingly.

    What has been sent stays sent: a line cannot need less. Raises ``Invalid`` where the organization does not accept
    orders for more than there is.
    """
    ids = list(order_ids)
    lines = [line for line in _lines(organization, ids) if not line.is_current]
    if not lines:
        return
    products = {line.product_id for line in lines}
    stocked = lock_products(organization.pk, products)
    # Others may have reserved or sent while the lock was waited for.
    lines = [line for line in _lines(organization, ids) if not line.is_current and line.product_id in products]
    _refuse_huge(lines, stocked)
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
    needs = [Need(row.pk, row.product_id, row.waiting, _rank(row)) for row in rows]
    if needs:
        _reserve(organization, needs)
    promise_again(organization, product_ids)


def release_beyond(levels: Mapping[tuple[uuid.UUID, uuid.UUID], Decimal]) -> set[uuid.UUID]:
    """Take back what will be reserved of more than there is, by (product, warehouse), and return the products.

    Those who were to be served last lose theirs first. The locks of the products are held.
    """
    keys = {(row.product_id, row.warehouse_id): row for row in StockLevel.objects.filter(
        product__in={product for product, _warehouse in levels}, reserved__gt=0
    )}  # fmt: skip
    short = {
        key: row.reserved - levels[key] for key, row in keys.items() if key in levels and row.reserved > levels[key]
    }
    if not short:
        return set()
    rows = Reservation.objects.filter(
        demand__product__in={product for product, _warehouse in short}, warehouse__in={place for _key, place in short}
    ).select_related("demand")
    taken = []
    for row in sorted(rows, key=lambda row: _rank(row.demand), reverse=True):
        key = (row.demand.product_id, row.warehouse_id)
        part = min(short.get(key, ZERO), row.quantity)
        if part > 0:
            taken.append((row.demand_id, row.warehouse_id, part))
            short[key] -= part
    _change_reservations(taken)
    return {product for product, _warehouse in short}


def _rank(need: Demand) -> tuple[Any, ...]:
    return rank_of(need.is_urgent, need.wanted_on, need.asked_at, need.pk)


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


def _lines(organization: Organization, order_ids: Sequence[uuid.UUID]) -> list[Line]:
    with connection.cursor() as cursor:
        running = [status.value for status in RUNNING_STATUSES]
        asked: dict[str, Any] = {
            "running": running,
            "orders": list(order_ids),
            "organization": organization.pk,
            "mirrored": supply_setting(organization).is_mirror,
            "bundles": module_is_on(organization, PRICING),
        }
        cursor.execute(LINES, asked)
        return [Line(*row) for row in cursor.fetchall()]


def _refuse_huge(lines: Sequence[Line], stocked: Mapping[uuid.UUID, Stocked]) -> None:
    """Refuse what is more pieces, or fewer, than stock can be kept of: so many pallets of so many screws."""
    for line in lines:
        if line.wanted > MOST or (line.is_asked and not line.wanted):
            message = _("%(product)s: in its own unit this quantity cannot be kept in stock. Write another quantity.")
            name = stocked[line.product_id].name if line.product_id in stocked else ""
            raise Invalid([FieldError("quantity", "out_of_range", message % {"product": name})])


def _refuse_other_products(lines: Sequence[Line], stocked: Mapping[uuid.UUID, Stocked]) -> None:
    """Refuse another product, or unit, on a line of which something has been sent."""
    for line in lines:
        if line.need_id and not line.is_same and line.done:
            message = _("%(product)s of this line has been sent already. Add a line for the other product.")
            name = stocked[line.product_id].name if line.product_id in stocked else ""
            raise Invalid([FieldError("product", "sent", message % {"product": name})])


def _shrink(lines: Sequence[Line]) -> bool:
    """Release what lines no longer ask for, and let their needs say so; return whether anything was released."""
    smaller = [line for line in lines if line.need_id is not None]
    surplus_of = {}
    gone = []
    for line in smaller:
        wanted = max(line.wanted, line.done)
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
                "UPDATE supply_demand kept SET quantity = given.quantity, wanted_on = given.day, sold_id = given.sold,"
                "       unit = given.unit, factor = COALESCE(given.factor, kept.factor),"
                "       promised_on = CASE WHEN kept.wanted_on IS NOT DISTINCT FROM given.day THEN kept.promised_on END"
                "  FROM unnest(%s::uuid[], %s::numeric[], %s::date[], %s::uuid[], %s::text[], %s::numeric[])"
                "    AS given (id, quantity, day, sold, unit, factor) WHERE kept.id = given.id",
                [
                    [line.need_id for line in kept],
                    [max(line.wanted, line.done) for line in kept],
                    [line.wanted_on for line in kept],
                    [line.sold_id for line in kept],
                    [line.unit for line in kept],
                    [line.factor for line in kept],
                ],
            )
    return bool(surplus_of)


def _grow(organization_id: uuid.UUID, lines: Sequence[Line]) -> list[Need]:
    """Write the needs of lines that had none, and return what is wanted beyond what is reserved."""
    at = now()
    needs: list[Need] = []
    rows: list[dict[str, Any]] = []
    for line in lines:
        if line.need_id is None:
            # What was noted by hand before stock was kept has been sent, too.
            need_id, reserved, done = new_id(), ZERO, min(line.noted, line.wanted)
            rows.append(
                {
                    "id": need_id,
                    "organization_id": organization_id,
                    "order_line_id": line.line_id,
                    "order_id": line.order_id,
                    "product_id": line.product_id,
                    "sold_id": line.sold_id,
                    "unit": line.unit,
                    "factor": line.factor,
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
