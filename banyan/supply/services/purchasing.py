"""Buying: requests, purchase orders and receipts; see ``suppliers`` and ``direct`` for what goes with them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.orders.public import Order
from banyan.products.public import Product, write_document
from banyan.supply.choices import COMING_PURCHASES, MoveKind, PurchaseStatus, RequestStatus
from banyan.supply.engine.ledger import move_stock, refuse_while_mirrored
from banyan.supply.engine.locking import lock_products
from banyan.supply.engine.moves import Move
from banyan.supply.engine.stepping import step
from banyan.supply.models import (
    Place,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseRequest,
)
from banyan.supply.permissions import require_buyer, require_stock_work
from banyan.supply.queries import first_items, proposals
from banyan.supply.rules import is_quantity, line_received, most_receivable, plain
from banyan.supply.services.lots import check_expiry, remember_expiry
from banyan.supply.services.stock import find_warehouse
from banyan.supply.services.suppliers import make_supplier
from banyan.supply.setting import supply_setting

PURCHASE_ORDER = "purchase_order"
LONGEST_DAYS = 730


@transaction.atomic
def ask_for(
    actor: Actor,
    product_id: uuid.UUID,
    quantity: Decimal,
    *,
    warehouse_id: uuid.UUID,
    wanted_on: date | None = None,
    reason: str = "",
) -> PurchaseRequest:
    """Ask that something be bought; whoever may see orders may ask."""
    require(actor, spec_for(actor.organization, "product"), Action.VIEW)
    if not is_quantity(quantity):
        message = _("The quantity must be above zero, with at most three decimals and not huge.")
        raise Invalid([FieldError("quantity", "bad_quantity", message)])
    if not Product.objects.filter(pk=product_id, deleted_at__isnull=True).exists():
        raise Invalid([FieldError("product", "unknown_record", _("Choose a product."))])
    return PurchaseRequest.objects.create(
        organization_id=actor.organization_id, product_id=product_id, quantity=quantity,
        warehouse=find_warehouse(warehouse_id), wanted_on=wanted_on, reason=reason[:200], asked_by=actor.user,
    )  # fmt: skip


@transaction.atomic
def decline_requests(actor: Actor, ids: Collection[uuid.UUID]) -> None:
    """Decline requests that nobody has ordered yet."""
    require_buyer(actor)
    PurchaseRequest.objects.filter(pk__in=ids, status=RequestStatus.OPEN).update(status=RequestStatus.DECLINED)


@dataclass(frozen=True)
class Wanted:
    """What is to be ordered of a product, for which warehouse, from whom."""

    product_id: uuid.UUID
    warehouse_id: uuid.UUID
    supplier_id: uuid.UUID
    quantity: Decimal


@transaction.atomic
def order_wanted(actor: Actor, wanted: Sequence[Wanted]) -> list[PurchaseOrder]:
    """Write one purchase order, as a draft, for each supplier and warehouse; requests for these products count as ordered."""
    require_buyer(actor)
    for entry in wanted:
        if not is_quantity(entry.quantity):
            message = _("The quantity must be above zero, with at most three decimals and not huge.")
            raise Invalid([FieldError("quantity", "bad_quantity", message)])
    groups: dict[tuple[uuid.UUID, uuid.UUID], list[Wanted]] = defaultdict(list)
    for entry in wanted:
        groups[entry.supplier_id, entry.warehouse_id].append(entry)
    if not groups:
        raise Conflict("nothing_chosen", _("Choose at least one product with a supplier."))
    requests = {(entry.product_id, entry.warehouse_id): entry.request_ids for entry in proposals()}
    written = []
    for (supplier_id, warehouse_id), entries in groups.items():
        supplier = make_supplier(actor, supplier_id)
        day = today(actor.time_zone)
        values: dict[str, Any] = {"supplier": supplier_id, "warehouse": warehouse_id}
        leads = [
            item.lead_days for item in first_items([entry.product_id for entry in entries]).values() if item.lead_days
        ]
        lead = max([*leads, supplier.lead_days or 0])
        if lead:
            values["expected_on"] = day + timedelta(days=lead)
        if supplier.currency:
            values["currency"] = supplier.currency
        lines = [{"product": entry.product_id, "quantity": entry.quantity} for entry in entries]
        order: Any = write_document(actor, PURCHASE_ORDER, values, lines)
        ids = [pk for entry in entries for pk in requests.get((entry.product_id, entry.warehouse_id), ())]
        PurchaseRequest.objects.filter(pk__in=ids, status=RequestStatus.OPEN).update(
            status=RequestStatus.ORDERED, purchase_order=order.pk
        )
        written.append(order)
    return written


def lock_purchase(actor: Actor, purchase_id: uuid.UUID, *states: PurchaseStatus) -> PurchaseOrder:
    """Lock a purchase order that the actor may change; raise ``Conflict`` unless it is in one of the states.

    The order that it is for, if any, is locked first, as everywhere.
    """
    spec = spec_for(actor.organization, PURCHASE_ORDER)
    seen = restrict(PurchaseOrder.objects.filter(pk=purchase_id, deleted_at__isnull=True), actor, spec).first()
    if seen is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    if seen.order_id:
        list(Order.objects.select_for_update(no_key=True).filter(pk=seen.order_id))
    found: Any = door.lock(actor, spec, [purchase_id], Action.EDIT)[0]
    status = PurchaseStatus(found.status)
    if status not in states:
        message = _("Purchase order %(number)s is “%(status)s”: nothing can be done with it now.")
        raise Conflict("bad_state", message % {"number": found.number, "status": status.label})
    return found


def set_status(actor: Actor, purchase_id: uuid.UUID, status: PurchaseStatus, **values: Any) -> None:
    """Move a purchase order on, with what is asked on the way, such as approvals and processes."""
    if status == PurchaseStatus.ORDERED:
        lines = PurchaseOrderLine.objects.filter(purchase_order=purchase_id, deleted_at__isnull=True)
        if not lines.filter(quantity__gt=0).exists():
            raise Conflict("no_lines", _("Add at least one line before you order."))
    spec = spec_for(actor.organization, PURCHASE_ORDER)
    door.update(actor, spec, purchase_id, {"status": status.value, **values})


@dataclass(frozen=True)
class Received:
    """What came of a line of a purchase order, in the product's own unit, and where it lies now."""

    line_id: uuid.UUID
    quantity: Decimal
    place_id: uuid.UUID
    lot: str = ""
    serial: str = ""
    expires_on: date | None = None


@transaction.atomic
def receive(actor: Actor, purchase_id: uuid.UUID, received: Sequence[Received], *, note: str = "") -> PurchaseOrder:
    """Take goods of a purchase order into stock, in full or in part, and give them to the orders that wait.

    A supplier may deliver more than was ordered only within the tolerance. Raises ``Conflict`` for an order that is
    cancelled, not ordered yet or received, ``Invalid`` for what is wrong with the goods; then nothing is booked.
    """
    require_stock_work(actor)
    refuse_while_mirrored(actor)
    purchase = lock_purchase(actor, purchase_id, PurchaseStatus.ORDERED, PurchaseStatus.CONFIRMED)
    if purchase.order_id:
        message = _("These goods go straight from the supplier to the customer: confirm the shipment instead.")
        raise Conflict("goes_direct", message)
    lines = {
        line.pk: line for line in PurchaseOrderLine.objects.filter(purchase_order=purchase_id, deleted_at__isnull=True)
    }
    _check_received(actor, lines, received, purchase)
    lock_products(actor.organization_id, {line.product_id for line in lines.values() if line.product_id}, adds=True)
    moves = []
    for entry in received:
        product_id = lines[entry.line_id].product_id
        if product_id is None:
            continue
        moves.append(
            Move(
                product_id, entry.quantity, MoveKind.RECEIPT, to_place=entry.place_id, lot=entry.lot.strip(),
                serial=entry.serial.strip(), document=f"{PURCHASE_ORDER}:{purchase_id}", line_id=entry.line_id, note=note,
            )
        )  # fmt: skip
        if entry.lot and entry.expires_on:
            check_expiry(entry.expires_on, f"lots_{entry.line_id}")
            remember_expiry(actor, product_id, entry.lot, entry.expires_on)
    _add_received(lines, received)
    move_stock(actor, moves)
    _finish_if_complete(actor, purchase)
    return purchase


def _check_received(
    actor: Actor, lines: Mapping[uuid.UUID, PurchaseOrderLine], received: Sequence[Received], purchase: PurchaseOrder
) -> None:
    tolerance = Decimal(supply_setting(actor.organization).tolerance)
    errors = []
    totals: dict[uuid.UUID, Decimal] = defaultdict(Decimal)
    here = set(Place.objects.filter(warehouse=purchase.warehouse_id, is_active=True).values_list("pk", flat=True))
    if not received:
        raise Conflict("nothing_received", _("Say what has come: nothing is filled in."))
    for entry in received:
        line = lines.get(entry.line_id)
        if line is None:
            message = _("This line does not belong to the purchase order.")
            errors.append(FieldError("lines", "unknown_record", message))
            continue
        where = f"line_{line.pk}"
        if not is_quantity(entry.quantity):
            message = _("%(name)s: the quantity must be above zero, with at most three decimals and not huge.")
            errors.append(FieldError(where, "bad_quantity", message % {"name": line.name}))
            continue
        if entry.place_id not in here:
            message = _("%(name)s: choose a place of the warehouse that the goods were ordered for.")
            errors.append(FieldError(where, "unknown_record", message % {"name": line.name}))
        totals[line.pk] += entry.quantity
    for line_id, total in totals.items():
        line = lines[line_id]
        most = most_receivable(line.pieces, received=line.pieces_received, tolerance=tolerance)
        if total > most:
            message = _(
                "%(name)s: at most %(most)s more can be received; %(ordered)s were ordered, %(received)s have come."
            )
            named = {"name": line.name, "most": plain(most) if most else "0", "ordered": plain(line.pieces)}
            named["received"] = plain(line.pieces_received) if line.pieces_received else "0"
            errors.append(FieldError(f"line_{line_id}", "too_much", message % named))
    if errors:
        raise Invalid(errors)


def _add_received(lines: Mapping[uuid.UUID, PurchaseOrderLine], received: Sequence[Received]) -> None:
    totals: dict[uuid.UUID, Decimal] = defaultdict(Decimal)
    for entry in received:
        totals[entry.line_id] += entry.quantity
    change_lines({lines[pk]: lines[pk].pieces_received + total for pk, total in totals.items()})


def change_lines(pieces: Mapping[PurchaseOrderLine, Decimal]) -> None:
    """Set how many pieces of lines have come; it follows from receipts, so it needs no right on the lines themselves."""
    received = [line_received(line.quantity, pieces=came, factor=line.factor) for line, came in pieces.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE supply_purchaseorderline line SET received = given.received, pieces_received = given.pieces,"
            "       version = line.version + 1, updated_at = now()"
            "  FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS given (id, received, pieces)"
            " WHERE line.id = given.id",
            [[line.pk for line in pieces], received, list(pieces.values())],
        )


def _finish_if_complete(actor: Actor, purchase: PurchaseOrder) -> None:
    lines = PurchaseOrderLine.objects.filter(purchase_order=purchase.pk, deleted_at__isnull=True)
    is_open = any(line.pieces_left for line in lines)
    if not is_open:
        close_purchase(actor, purchase.pk)


def close_purchase(actor: Actor, purchase_id: uuid.UUID) -> None:
    """Count a purchase order as received; what is still open is given up and nobody waits for it any more."""
    spec = spec_for(actor.organization, PURCHASE_ORDER)
    derived = {purchase_id: {"status": PurchaseStatus.RECEIVED.value}}
    door.update(actor, spec, purchase_id, {}, context=step(actor, derived))


@transaction.atomic
def give_up_rest(actor: Actor, purchase_id: uuid.UUID) -> None:
    """Close a purchase order of which some has come and the rest will not."""
    lock_purchase(actor, purchase_id, *COMING_PURCHASES)
    close_purchase(actor, purchase_id)


@transaction.atomic
def confirm_by_supplier(actor: Actor, purchase_id: uuid.UUID, *, day: date, reference: str = "") -> PurchaseOrder:
    """Keep that the supplier has confirmed an order for a day; promised dates follow. Raises ``Invalid`` or ``Conflict``."""
    purchase = lock_purchase(actor, purchase_id, *COMING_PURCHASES)
    now = today(actor.time_zone)
    if not now <= day <= now + timedelta(days=LONGEST_DAYS):
        message = _("The day lies between today and two years from now.")
        raise Invalid([FieldError("day", "out_of_range", message)])
    derived = {purchase_id: {"status": PurchaseStatus.CONFIRMED.value, "confirmed_on": day}}
    given = {"supplier_reference": reference[:60]} if reference else {}
    spec = spec_for(actor.organization, PURCHASE_ORDER)
    door.update(actor, spec, purchase_id, given, context=step(actor, derived))
    return purchase


@transaction.atomic
def note_shipment(actor: Actor, purchase_id: uuid.UUID, *, tracking_number: str) -> None:
    """Keep under which number the supplier has sent goods to us."""
    lock_purchase(actor, purchase_id, *COMING_PURCHASES)
    derived = {purchase_id: {"tracking_number": tracking_number[:80]}}
    door.update(actor, spec_for(actor.organization, PURCHASE_ORDER), purchase_id, {}, context=step(actor, derived))
