"""Deliveries: planned from what is reserved, picked, shipped once, delivered; or given up."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import new_id
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.storage import insert_rows
from banyan.orders.public import RUNNING_STATUSES, Order, OrderLine, record_delivered
from banyan.supply.choices import OPEN_DELIVERIES, DeliveryStatus, MoveKind
from banyan.supply.engine.ledger import Release, move_stock, refuse_while_mirrored
from banyan.supply.engine.locking import Stocked, lock_products
from banyan.supply.engine.moves import Move
from banyan.supply.engine.stepping import step
from banyan.supply.events import DeliverySent
from banyan.supply.models import (
    Delivery,
    DeliveryLine,
    DeliveryPick,
    Demand,
    Reservation,
    SerialNumber,
    StockedProduct,
)
from banyan.supply.queries import Deliverable, Lying, deliverables, lines_of_delivery, lying, warehouses
from banyan.supply.reactions import write_lines
from banyan.supply.rules import ZERO, PartSent, is_quantity, months_later, plain, sold_sent

DELIVERY = "delivery"


@dataclass(frozen=True)
class Pick:
    """What is taken for a line of a delivery from a place."""

    line_id: uuid.UUID
    place_id: uuid.UUID
    quantity: Decimal
    lot: str = ""
    serial: str = ""


def lock_order(actor: Actor, order_id: uuid.UUID) -> Order:
    """Lock an order that the actor may see, before any lock of products; raise ``Missing``."""
    rows = restrict(
        Order.objects.filter(pk=order_id, deleted_at__isnull=True), actor, spec_for(actor.organization, "order")
    )
    if not rows.exists():
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    return Order.objects.select_for_update(no_key=True).get(pk=order_id)


def best_warehouse(lines: Sequence[Deliverable]) -> uuid.UUID | None:
    """Return the warehouse that can send the most lines of an order now, the first one where several can."""
    here = warehouses()
    if not here:
        return None
    return max(
        here, key=lambda place: sum(bool(line.is_stocked and line.from_warehouse(place.pk)) for line in lines)
    ).pk


@transaction.atomic
def plan_delivery(
    actor: Actor,
    order_id: uuid.UUID,
    *,
    warehouse_id: uuid.UUID | None = None,
    quantities: Mapping[uuid.UUID, Decimal] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Delivery:
    """Plan a delivery of an order: of everything that can be sent now, or of these quantities by key.

    Raises ``Invalid`` for quantities beyond what is reserved in the warehouse and on no other delivery, ``Conflict`` when
    the order is not confirmed or nothing can be sent.
    """
    refuse_while_mirrored(actor)
    order = lock_order(actor, order_id)
    if order.status not in RUNNING_STATUSES:
        raise Conflict("not_confirmed", _("Only a confirmed order is delivered."))
    lines = deliverables(order_id)
    lock_products(actor.organization_id, {line.product_id for line in lines if line.is_stocked and line.product_id})
    lines = deliverables(order_id)
    warehouse_id = warehouse_id or best_warehouse(lines)
    chosen = _chosen(lines, warehouse_id, quantities)
    spec = spec_for(actor.organization, DELIVERY)
    given = {
        "order": order_id,
        "warehouse": warehouse_id,
        "owner": order.owner_id,
        "planned_on": today(actor.time_zone),
    }
    given |= {name: value for name, value in (values or {}).items() if value not in (None, "")}
    delivery: Any = door.create(actor, spec, given)
    write_lines(delivery, chosen)
    return delivery


def _chosen(
    lines: Sequence[Deliverable], warehouse_id: uuid.UUID | None, quantities: Mapping[uuid.UUID, Decimal] | None
) -> list[tuple[Deliverable, Decimal]]:
    if quantities is None:
        chosen = [(line, line.from_warehouse(warehouse_id)) for line in lines]
    else:
        known = {line.key: line for line in lines}
        errors = [
            FieldError("lines", "unknown_record", _("This line does not belong to the order."))
            for key in quantities
            if key not in known
        ]
        chosen = [(line, quantities.get(line.key, ZERO)) for line in lines]
        errors += [
            _too_much(line, quantity, warehouse_id)
            for line, quantity in chosen
            if _is_wrong(line, quantity, warehouse_id)
        ]
        if errors:
            raise Invalid(errors)
    chosen = [(line, quantity) for line, quantity in chosen if quantity > 0]
    if not chosen:
        message = _(
            "Nothing of this order can be sent from this warehouse now: it is sent, planned, or waits for goods."
        )
        raise Conflict("nothing_to_send", message)
    return chosen


def _is_wrong(line: Deliverable, quantity: Decimal, warehouse_id: uuid.UUID | None) -> bool:
    return bool(quantity) and (not is_quantity(quantity) or quantity > line.from_warehouse(warehouse_id))


def _too_much(line: Deliverable, quantity: Decimal, warehouse_id: uuid.UUID | None) -> FieldError:
    named = {"name": line.name, "most": plain(line.from_warehouse(warehouse_id))}
    if not is_quantity(quantity):
        message = _("%(name)s: the quantity must be above zero, with at most three decimals and not huge.")
        return FieldError(f"quantity_{line.key}", "bad_quantity", message % named)
    message = _(
        "%(name)s: at most %(most)s can be sent: no more is reserved in this warehouse and not yet on a delivery."
    )
    return FieldError(f"quantity_{line.key}", "too_much", message % named)


def lock_delivery(actor: Actor, delivery_id: uuid.UUID, *states: DeliveryStatus) -> Delivery:
    """Lock a delivery that the actor may change, its order first; raise ``Conflict`` unless it is in one of the states."""
    spec = spec_for(actor.organization, DELIVERY)
    seen = restrict(Delivery.objects.filter(pk=delivery_id, deleted_at__isnull=True), actor, spec).first()
    if seen is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    Order.objects.select_for_update(no_key=True).filter(pk=seen.order_id).first()
    (delivery,) = door.lock(actor, spec, [delivery_id], Action.EDIT)
    status = DeliveryStatus(delivery.status)  # type: ignore[attr-defined]
    if status not in states:
        message = _("Delivery %(number)s is “%(status)s”: somebody was quicker, or it is too late for this.")
        raise Conflict("bad_state", message % {"number": delivery.number, "status": status.label})
    return delivery  # type: ignore[return-value]


def _write(
    actor: Actor, delivery: Delivery, derived: Mapping[str, Any], given: Mapping[str, Any] | None = None
) -> None:
    spec = spec_for(actor.organization, DELIVERY)
    door.update(actor, spec, delivery.pk, given or {}, context=step(actor, {delivery.pk: derived}))


@transaction.atomic
def pick_delivery(actor: Actor, delivery_id: uuid.UUID, picks: Sequence[Pick] | None = None) -> Delivery:
    """Say from where the goods of a delivery are taken; without ``picks`` from where the list proposes.

    Raises ``Invalid`` where lot or serial numbers are missing, are not there, or come twice.
    """
    delivery = lock_delivery(actor, delivery_id, *OPEN_DELIVERIES)
    lines = lines_of_delivery(delivery_id)
    stocked = lock_products(actor.organization_id, {line.product_id for line in lines if line.product_id})
    picks = _checked(delivery, lines, stocked, _proposed(delivery, lines, stocked) if picks is None else picks)
    _store_picks(actor, lines, picks)
    _write(actor, delivery, {"status": DeliveryStatus.PICKED.value})
    return delivery


def _store_picks(actor: Actor, lines: Sequence[DeliveryLine], picks: Sequence[Pick]) -> None:
    DeliveryPick.objects.filter(line__in=[line.pk for line in lines]).delete()
    insert_rows(
        DeliveryPick,
        [
            {
                "id": new_id(), "organization_id": actor.organization_id, "line_id": pick.line_id,
                "place_id": pick.place_id, "lot": pick.lot, "serial": pick.serial, "quantity": pick.quantity,
            }
            for pick in picks
        ],
    )  # fmt: skip


def proposed_picks(delivery: Delivery) -> list[Pick]:
    """Return from where the goods of a delivery are best taken; lines with serial numbers are left to the picker."""
    lines = lines_of_delivery(delivery.pk)
    rows = StockedProduct.objects.filter(product__in={line.product_id for line in lines})
    known = {row.product_id: Stocked(row.is_stocked, row.tracking, row.warranty_months, "") for row in rows}
    return _proposed(delivery, lines, known)


def _proposed(delivery: Delivery, lines: Sequence[DeliveryLine], stocked: Mapping[uuid.UUID, Stocked]) -> list[Pick]:
    if delivery.warehouse_id is None:
        return []
    spots = lying({line.product_id for line in lines if line.product_id}, delivery.warehouse_id)
    left: dict[tuple[uuid.UUID, Lying], Decimal] = {}
    picks = []
    for line in lines:
        known = stocked.get(line.product_id) if line.product_id else None
        if line.product_id is None or known is None or not known.is_stocked or known.tracking == "serial":
            continue
        wanted = line.quantity
        for spot in spots.get(line.product_id, ()):
            there = left.setdefault((line.product_id, spot), spot.on_hand)
            taken = min(there, wanted)
            if taken > 0:
                picks.append(Pick(line.pk, spot.place_id, taken, spot.lot, spot.serial))
                left[line.product_id, spot] -= taken
                wanted -= taken
    return picks


def _checked(
    delivery: Delivery,
    lines: Sequence[DeliveryLine],
    stocked: Mapping[uuid.UUID, Stocked],
    picks: Sequence[Pick],
) -> list[Pick]:
    """Return the picks of stocked lines; raise ``Invalid`` unless they are exactly what the lines hold."""
    by_line: dict[uuid.UUID, list[Pick]] = defaultdict(list)
    for pick in picks:
        by_line[pick.line_id].append(pick)
    errors, kept = [], []
    serials: set[tuple[uuid.UUID | None, str]] = set()
    for line in lines:
        known = stocked.get(line.product_id) if line.product_id else None
        if known is None or not known.is_stocked:
            continue
        mine = by_line[line.pk]
        total = sum((pick.quantity for pick in mine), ZERO)
        named = {"name": line.name, "wanted": plain(line.quantity), "given": plain(total) if total else "0"}
        where = f"line_{line.pk}"
        if known.tracking == "serial" and total != line.quantity:
            message = _("%(name)s: %(wanted)s serial numbers are needed, %(given)s are given.") % named
            errors.append(FieldError(where, "serials", message))
        elif total != line.quantity:
            message = _("%(name)s: %(wanted)s are to be sent, but %(given)s are picked.") % named
            errors.append(FieldError(where, "not_all", message))
        for pick in mine:
            if pick.serial and (line.product_id, pick.serial) in serials:
                message = _("%(name)s: serial number %(serial)s is given twice.")
                errors.append(FieldError(where, "twice", message % {**named, "serial": pick.serial}))
            serials.add((line.product_id, pick.serial))
        kept += mine
    if errors:
        raise Invalid(errors)
    errors = _not_there(delivery, lines, kept)
    if errors:
        raise Invalid(errors)
    return kept


def _not_there(delivery: Delivery, lines: Sequence[DeliveryLine], picks: Sequence[Pick]) -> list[FieldError]:
    if not picks or delivery.warehouse_id is None:
        return []
    products = {line.pk: line for line in lines}
    spots = lying({line.product_id for line in lines if line.product_id}, delivery.warehouse_id)
    there: dict[tuple[Any, ...], Decimal] = {
        (product, spot.place_id, spot.lot, spot.serial): spot.on_hand
        for product, rows in spots.items()
        for spot in rows
    }
    wanted: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    errors = []
    for pick in picks:
        line = products[pick.line_id]
        key = (line.product_id, pick.place_id, pick.lot, pick.serial)
        wanted[key] += pick.quantity
        if wanted[key] > there.get(key, ZERO):
            what = pick.serial or pick.lot
            message = (
                _("%(name)s: %(what)s does not lie in this warehouse.") if what and key not in there
                else _("%(name)s: there is not as much at this place.")
            )  # fmt: skip
            errors.append(FieldError(f"line_{line.pk}", "not_there", message % {"name": line.name, "what": what}))
    return errors


@transaction.atomic
def ship_delivery(
    actor: Actor,
    delivery_id: uuid.UUID,
    *,
    shipped_on: date | None = None,
    carrier: str = "",
    tracking_number: str = "",
) -> Delivery:
    """Let the goods leave: book them out, and count them as delivered on the lines of the order.

    What was not picked is taken from where the list proposes. Two people who do so at once come one after the other, and
    the second is refused. Raises ``Conflict`` or ``Invalid``; then nothing is booked.
    """
    delivery = lock_delivery(actor, delivery_id, *OPEN_DELIVERIES)
    lines = lines_of_delivery(delivery_id)
    if not lines:
        raise Conflict("nothing_to_send", _("This delivery is empty: there is nothing to send."))
    stocked = lock_products(actor.organization_id, {line.product_id for line in lines if line.product_id})
    picked = DeliveryPick.objects.filter(line__delivery=delivery_id)
    picks = [Pick(row.line_id, row.place_id, row.quantity, row.lot, row.serial) for row in picked]
    if not picks:
        picks = _proposed(delivery, lines, stocked)
        _store_picks(actor, lines, picks)
    picks = _checked(delivery, lines, stocked, picks)
    releases = _releases(delivery, lines)
    products = {line.pk: line for line in lines}
    moves = [
        Move(
            product_id, pick.quantity, MoveKind.DELIVERY, from_place=pick.place_id, lot=pick.lot, serial=pick.serial,
            document=f"{DELIVERY}:{delivery.pk}", line_id=pick.line_id,
        )
        for pick in picks
        if (product_id := products[pick.line_id].product_id)
    ]  # fmt: skip
    move_stock(actor, moves, releases=releases)
    day = shipped_on or today(actor.time_zone)
    _remember_serials(delivery, picks, products, stocked, day)
    given = {name: value for name, value in (("carrier", carrier), ("tracking_number", tracking_number)) if value}
    _write(actor, delivery, {"status": DeliveryStatus.SHIPPED.value, "shipped_on": day}, given)
    tell_sent(actor, delivery, lines)
    return delivery


def tell_sent(actor: Actor, delivery: Delivery, lines: Sequence[DeliveryLine]) -> None:
    """Note on the order that goods have left, in what its lines sell, and tell of it.

    What is kept in stock counts from the needs: a box by its pieces, a bundle once all of its parts have left.
    """
    needs: dict[uuid.UUID, list[PartSent]] = defaultdict(list)
    order_lines = OrderLine.objects.in_bulk({line.order_line_id for line in lines})
    for need in Demand.objects.filter(order_line__in=order_lines):
        needs[need.order_line_id].append(PartSent(need.quantity, need.delivered, need.factor))
    quantities: dict[uuid.UUID, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.order_line_id not in needs:
            quantities[line.order_line_id] += line.quantity
    for line_id, parts in needs.items():
        sold = order_lines[line_id]
        quantities[line_id] = sold_sent(sold.quantity, parts) - sold.delivered_quantity
    record_delivered(actor, quantities)
    told = tuple((pk, str(quantity)) for pk, quantity in quantities.items())
    publish(DeliverySent(actor.organization_id, delivery.pk, delivery.order_id, told))


def _releases(delivery: Delivery, lines: Sequence[DeliveryLine]) -> list[Release]:
    """Return what the goods take out of the reservations; raise ``Conflict`` when less is reserved by now."""
    order_lines = {line.order_line_id for line in lines}
    kept = {
        row.demand_id: row
        for row in Reservation.objects.filter(demand__order_line__in=order_lines, warehouse=delivery.warehouse_id)
    }
    needs = {(need.order_line_id, need.product_id): need for need in Demand.objects.filter(order_line__in=order_lines)}
    wanted: dict[uuid.UUID, Decimal] = defaultdict(Decimal)
    named: dict[uuid.UUID, tuple[str, Demand]] = {}
    with_needs = {line_id for line_id, _product in needs}
    for line in lines:
        need = needs.get((line.order_line_id, line.product_id)) if line.product_id else None
        if need is not None:
            wanted[need.pk] += line.quantity
            named[need.pk] = line.name, need
        elif line.order_line_id in with_needs:
            message = _("%(name)s is not part of the order any more. Cancel the delivery and plan it anew.")
            raise Conflict("not_reserved", message % {"name": line.name})
    releases = []
    for need_id, quantity in wanted.items():
        row, (name, need) = kept.get(need_id), named[need_id]
        if row is None or row.quantity < quantity:
            message = _(
                "%(name)s: only %(kept)s are still reserved for this order. Cancel the delivery and plan it anew."
            )
            raise Conflict("not_reserved", message % {"name": name, "kept": plain(row.quantity) if row else "0"})
        releases.append(Release(row.demand_id, need.product_id, row.warehouse_id, quantity))
    return releases


def _remember_serials(
    delivery: Delivery,
    picks: Sequence[Pick],
    lines: Mapping[uuid.UUID, DeliveryLine],
    stocked: Mapping[uuid.UUID, Stocked],
    day: date,
) -> None:
    """Keep to whom each piece went, and until when it has warranty."""
    by_product: dict[uuid.UUID, list[str]] = defaultdict(list)
    for pick in picks:
        product_id = lines[pick.line_id].product_id
        if pick.serial and product_id:
            by_product[product_id].append(pick.serial)
    for product_id, codes in by_product.items():
        months = stocked[product_id].warranty_months
        SerialNumber.objects.filter(product=product_id, code__in=codes).update(
            customer=delivery.customer_id, order=delivery.order_id, delivered_on=day,
            warranty_until=months_later(day, months) if months else None,
        )  # fmt: skip


@transaction.atomic
def confirm_arrival(actor: Actor, delivery_id: uuid.UUID, *, received_by: str = "", on: date | None = None) -> Delivery:
    """Keep that the goods have arrived, and who took them; raises ``Conflict`` unless they have been sent."""
    delivery = lock_delivery(actor, delivery_id, DeliveryStatus.SHIPPED)
    day = on or today(actor.time_zone)
    if delivery.shipped_on and day < delivery.shipped_on:
        raise Invalid([FieldError("delivered_on", "before_shipping", _("Goods cannot arrive before they are sent."))])
    derived = {"status": DeliveryStatus.DELIVERED.value, "delivered_on": day, "received_by": received_by[:120]}
    _write(actor, delivery, derived)
    return delivery


@transaction.atomic
def cancel_delivery(actor: Actor, delivery_id: uuid.UUID) -> Delivery:
    """Give up a delivery that has not left; its goods stay reserved for the order."""
    delivery = lock_delivery(actor, delivery_id, *OPEN_DELIVERIES)
    DeliveryPick.objects.filter(line__delivery=delivery_id).delete()
    _write(actor, delivery, {"status": DeliveryStatus.CANCELLED.value})
    return delivery
