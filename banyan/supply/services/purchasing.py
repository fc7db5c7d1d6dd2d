"""Buying: suppliers and their conditions, requests, purchase orders, receipts, and goods that go straight to customers."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.ids import new_id
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.storage import insert_rows
from banyan.customers.public import Customer
from banyan.orders.public import Order, OrderLine
from banyan.products.public import Product, unit_factors, write_document
from banyan.supply.choices import COMING_PURCHASES, DeliveryStatus, MoveKind, PurchaseStatus, RequestStatus
from banyan.supply.engine.ledger import move_stock, refuse_while_mirrored
from banyan.supply.engine.locking import lock_products
from banyan.supply.engine.moves import Move
from banyan.supply.engine.stepping import step
from banyan.supply.models import (
    Delivery,
    DeliveryLine,
    Demand,
    Place,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseRequest,
    Supplier,
    SupplierItem,
)
from banyan.supply.permissions import require_buyer, require_stock_work
from banyan.supply.preparation import address_of
from banyan.supply.queries import deliverables, first_items, own_units_of, proposals
from banyan.supply.rules import ONE, PLACES, is_quantity, line_received, most_receivable, plain
from banyan.supply.services.deliveries import lock_order, tell_sent
from banyan.supply.services.lots import check_expiry, remember_expiry
from banyan.supply.services.stock import find_warehouse
from banyan.supply.setting import supply_setting

PURCHASE_ORDER = "purchase_order"
LONGEST_DAYS = 730


@transaction.atomic
def make_supplier(actor: Actor, customer_id: uuid.UUID, **terms: Any) -> Supplier:
    """Let a customer record be a supplier, too, on these terms; ``is_active=False`` ends that."""
    require_buyer(actor)
    visible_customer(actor, customer_id)
    found, _created = Supplier.objects.update_or_create(
        organization_id=actor.organization_id, customer_id=customer_id, defaults=terms
    )
    return found


def visible_customer(actor: Actor, customer_id: uuid.UUID) -> Customer:
    """Return a customer whom the actor may see; raise ``Missing``."""
    rows = Customer.objects.filter(pk=customer_id, deleted_at__isnull=True)
    found = restrict(rows, actor, spec_for(actor.organization, "customer")).first()
    if found is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    return found


@transaction.atomic
def set_conditions(actor: Actor, supplier_id: uuid.UUID, product_id: uuid.UUID, **terms: Any) -> SupplierItem:
    """Say at which conditions a supplier sells a product: price, article number, least quantity, multiple, lead days."""
    require_buyer(actor)
    supplier = make_supplier(actor, supplier_id)
    if not Product.objects.filter(pk=product_id, deleted_at__isnull=True).exists():
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    errors = [
        FieldError(name, "negative", _("Give a value from zero up."))
        for name in ("price", "least", "multiple")
        if (value := terms.get(name)) is not None and (not value.is_finite() or value < 0)
    ]
    if errors:
        raise Invalid(errors)
    found, _created = SupplierItem.objects.update_or_create(
        organization_id=actor.organization_id, supplier=supplier, product_id=product_id, defaults=terms
    )
    return found


@transaction.atomic
def drop_conditions(actor: Actor, item_id: uuid.UUID) -> None:
    """Forget the conditions at which a supplier sells a product."""
    require_buyer(actor)
    SupplierItem.objects.filter(pk=item_id).delete()


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
    _change_lines({lines[pk]: lines[pk].pieces_received + total for pk, total in totals.items()})


def _change_lines(pieces: Mapping[PurchaseOrderLine, Decimal]) -> None:
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
def drop_ship(
    actor: Actor, order_id: uuid.UUID, supplier_id: uuid.UUID, quantities: Mapping[uuid.UUID, Decimal]
) -> PurchaseOrder:
    """Order lines of an order from a supplier who sends them to the customer; return the purchase order, a draft.

    Raises ``Invalid`` for more than is still open of a line.
    """
    require_buyer(actor)
    order = lock_order(actor, order_id)
    lines = {line.key: line for line in deliverables(order_id)}
    errors = []
    for key, quantity in quantities.items():
        line = lines.get(key)
        if line is None or line.product_id is None or not is_quantity(quantity) or quantity > line.left:
            name, most = (line.name, plain(line.left) if line.left else "0") if line else ("", "0")
            message = _("%(name)s: at most %(most)s are still open on this order.") % {"name": name, "most": most}
            errors.append(FieldError(f"quantity_{key}", "too_much", message))
    if errors:
        raise Invalid(errors)
    if not quantities:
        raise Conflict("nothing_chosen", _("Choose at least one line."))
    customer = Customer.objects.get(pk=order.customer_id)
    make_supplier(actor, supplier_id)
    factors = _factors({key: lines[key].line_id for key in quantities if not lines[key].is_stocked})
    address = ", ".join(filter(None, (customer.name, address_of(customer))))
    purchase: Any = write_document(
        actor,
        PURCHASE_ORDER,
        {"supplier": supplier_id, "order": order_id, "ship_to": address[:400]},
        [
            {"product": lines[key].product_id, "quantity": quantity * factors.get(key, ONE)}
            for key, quantity in quantities.items()
        ],
    )
    written = PurchaseOrderLine.objects.filter(purchase_order=purchase.pk).order_by("position")
    for bought, key in zip(written, quantities, strict=True):
        PurchaseOrderLine.objects.filter(pk=bought.pk).update(order_line_id=lines[key].line_id)
    return purchase


def _factors(order_lines: Mapping[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, Decimal]:
    """Return how many of a product are in the unit of lines of which no stock is kept: suppliers send in its own unit."""
    rows = OrderLine.objects.filter(pk__in=set(order_lines.values()), product__isnull=False)
    sold = {pk: (product, unit) for pk, product, unit in rows.values_list("pk", "product_id", "unit")}
    factors = unit_factors(sold.values())
    return {key: factors[sold[pk]] for key, pk in order_lines.items() if pk in sold}


@transaction.atomic
def ship_direct(
    actor: Actor,
    purchase_id: uuid.UUID,
    *,
    carrier: str = "",
    tracking_number: str = "",
    shipped_on: date | None = None,
) -> Delivery:
    """Keep that the supplier has sent a drop shipment: a delivery of the order follows, and its lines count as sent."""
    purchase = lock_purchase(actor, purchase_id, *COMING_PURCHASES)
    if purchase.order_id is None:
        raise Conflict("goes_to_us", _("These goods come to a warehouse: receive them there."))
    lines = [
        line
        for line in PurchaseOrderLine.objects.filter(
            purchase_order=purchase_id, deleted_at__isnull=True, order_line__isnull=False
        )
        .select_related("order_line")
        .order_by("position")
        if line.pieces_left
    ]
    lock_products(actor.organization_id, {line.product_id for line in lines if line.product_id})
    day = shipped_on or today(actor.time_zone)
    delivery_id = new_id()
    derived = {
        "purchase_order": purchase_id, "status": DeliveryStatus.SHIPPED.value, "shipped_on": day, "warehouse": None,
    }  # fmt: skip
    given = {
        "order": purchase.order_id, "owner": purchase.owner_id, "carrier": carrier, "tracking_number": tracking_number,
        "address": purchase.ship_to, "planned_on": day,
    }  # fmt: skip
    spec = spec_for(actor.organization, "delivery")
    door.create_many(actor, spec, [given], ids=[delivery_id], context=step(actor, {delivery_id: derived}))
    delivery = Delivery.objects.get(pk=delivery_id)
    asked = Demand.objects.filter(order_line__in=[line.order_line_id for line in lines])
    needed = set(asked.values_list("order_line_id", flat=True))
    factors = _factors(
        {line.pk: line.order_line_id for line in lines if line.order_line_id and line.order_line_id not in needed}
    )
    own_units = own_units_of(line.product_id for line in lines if line.product_id)
    rows = [
        {
            "id": new_id(), "organization_id": actor.organization_id, "delivery_id": delivery_id,
            "order_line_id": line.order_line_id, "product_id": line.product_id, "name": line.name,
            "unit": _unit_sent(line, factors, own_units),
            "quantity": (line.pieces_left / factors.get(line.pk, ONE)).quantize(PLACES),
            "position": position,
        }
        for position, line in enumerate(lines)
    ]  # fmt: skip
    insert_rows(DeliveryLine, rows)
    for line in lines:
        sent = line.pieces_left
        needs = Demand.objects.filter(order_line=line.order_line_id, product=line.product_id)
        needs.update(direct=F("direct") - sent, delivered=F("delivered") + sent)
    _change_lines({line: line.pieces for line in lines})
    close_purchase(actor, purchase_id)
    tell_sent(actor, delivery, list(DeliveryLine.objects.filter(delivery=delivery_id)))
    return delivery


def _unit_sent(
    line: PurchaseOrderLine, factors: Mapping[uuid.UUID, Decimal], own_units: Mapping[uuid.UUID, str]
) -> str:
    """Return the unit of what a supplier has sent: that of the order's line, or that in which pieces are counted."""
    if line.order_line and factors.get(line.pk, ONE) != ONE:
        return line.order_line.unit
    return line.unit if line.factor == ONE or line.product_id is None else own_units.get(line.product_id, "")


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
