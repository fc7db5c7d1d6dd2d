"""What happens to stock, needs and promises when orders, purchase orders, deliveries and warehouses change."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from banyan.core.access.actor import system_actor
from banyan.core.kernel.errors import Conflict
from banyan.core.kernel.ids import new_id
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.events import RecordsChanged
from banyan.core.records.storage import insert_rows
from banyan.core.tenancy.models import Organization
from banyan.orders.events import OrderDelivered, OrdersCancelled, ReturnReceived
from banyan.orders.public import RUNNING_STATUSES, Floor, OrderLine, return_lines_of
from banyan.products.public import Product, unit_factors
from banyan.supply.choices import (
    COMING_PURCHASES,
    OPEN_DELIVERIES,
    SENT_DELIVERIES,
    STOCK,
    DeliveryStatus,
    MoveKind,
    Tracking,
)
from banyan.supply.engine.allocation import allocate_waiting, reconcile_orders, release_reserved
from banyan.supply.engine.ledger import move_stock
from banyan.supply.engine.locking import lock_products
from banyan.supply.engine.moves import Move
from banyan.supply.engine.promises import promise_again
from banyan.supply.engine.stepping import step
from banyan.supply.models import (
    Delivery,
    DeliveryLine,
    Demand,
    Place,
    PurchaseOrder,
    PurchaseOrderLine,
    StockLevel,
    StockMove,
    Supplier,
    SupplierItem,
    Warehouse,
)
from banyan.supply.queries import LEFT, Deliverable, deliverables
from banyan.supply.rules import PLACES, ZERO, PartSent, plain, sold_needed
from banyan.supply.setting import supply_setting

#: Of which values of orders and lines the needs are made.
ORDER_VALUES = frozenset({"status", "deliver_on"})
LINE_VALUES = frozenset({"quantity", "product", "unit", "order"})
PURCHASE_VALUES = frozenset({"status", "expected_on", "confirmed_on", "order", "warehouse"})
PURCHASE_LINE_VALUES = frozenset({"quantity", "unit", "product", "expected_on"})
UPDATE, DELETE, CREATE, MERGE = "update", "delete", "create", "merge"
#: The places that a new warehouse begins with.
STARTING_PLACES = (("STOCK", False), ("HOLD", True))


def _touched(event: RecordsChanged, names: frozenset[str]) -> list[uuid.UUID]:
    """Return the records of which one of the values changed; all, when they were made, deleted or put back."""
    if event.action != UPDATE:
        return [record.record_id for record in event.records]
    return [record.record_id for record in event.records if not names.isdisjoint(record.values)]


def follow_orders(event: RecordsChanged) -> None:
    """Bring needs in line with orders whose state or lines changed, whoever changed them."""
    if event.object_name == "order":
        ids = _touched(event, ORDER_VALUES)
        if event.action == CREATE:
            # A new order has no lines yet: they tell of themselves.
            return
    elif event.object_name == "order_line":
        lines = _touched(event, LINE_VALUES)
        ids = (
            list(OrderLine.objects.filter(pk__in=lines).values_list("order_id", flat=True).distinct()) if lines else []
        )
    else:
        return
    if not ids:
        return
    organization = Organization.objects.get(pk=event.organization_id)
    if not module_is_on(organization, STOCK):
        return
    if event.object_name == "order" and event.action == DELETE:
        _refuse_if_sent(ids)
    reconcile_orders(organization, ids)


def _refuse_if_sent(order_ids: Iterable[uuid.UUID]) -> None:
    sent = Delivery.objects.filter(order__in=order_ids, status__in=SENT_DELIVERIES, deleted_at__isnull=True).first()
    if sent is not None:
        message = _("Goods of this order have been sent (%(number)s): it cannot be deleted. Take them back first.")
        raise Conflict("sent", message % {"number": sent.number})


def follow_purchases(event: RecordsChanged) -> None:
    """Reckon promises anew when what is on its way changes, and keep what goes straight to customers."""
    if event.object_name == "purchase_order":
        ids = _touched(event, PURCHASE_VALUES)
        lines = PurchaseOrderLine.objects.filter(purchase_order__in=ids)
    elif event.object_name == "purchase_order_line":
        ids = _touched(event, PURCHASE_LINE_VALUES)
        lines = PurchaseOrderLine.objects.filter(pk__in=ids)
    else:
        return
    if not ids:
        return
    if event.action == DELETE and lines.filter(received__gt=0).exists():
        message = _("Goods of this purchase order have come: it cannot be deleted.")
        raise Conflict("received", message)
    if event.object_name == "purchase_order_line":
        _keep_factors(lines)
    products = set(lines.filter(product__isnull=False).values_list("product_id", flat=True))
    orders = set(lines.filter(purchase_order__order__isnull=False).values_list("purchase_order__order_id", flat=True))
    if not products:
        return
    organization = Organization.objects.get(pk=event.organization_id)
    lock_products(organization.pk, products)
    if orders:
        _follow_direct(organization, orders)
    promise_again(organization, products)


def _keep_factors(lines: QuerySet[PurchaseOrderLine]) -> None:
    """Let lines of which nothing has come say how many of the product are in one of their unit.

    What a box holds later does not change what was ordered once some of it has come.
    """
    rows = list(lines.filter(product__isnull=False, received=0, pieces_received=0))
    factors = unit_factors((line.product_id, line.unit) for line in rows if line.product_id)
    for line in rows:
        factor = factors[line.product_id, line.unit] if line.product_id else line.factor
        if factor != line.factor:
            lines.filter(pk=line.pk).update(factor=factor)


def _follow_direct(organization: Organization, order_ids: set[uuid.UUID]) -> None:
    """Let the needs of orders say what suppliers owe straight to the customer; stock kept for it is free again."""
    rows = PurchaseOrderLine.objects.filter(
        purchase_order__order__in=order_ids, purchase_order__status__in=COMING_PURCHASES,
        purchase_order__deleted_at__isnull=True, deleted_at__isnull=True, order_line__isnull=False,
    ).values_list("order_line_id", "product_id")  # fmt: skip
    owed = {(line_id, product_id): left for line_id, product_id, left in rows.annotate(left=Sum(LEFT)).order_by()}
    released: dict[uuid.UUID, Decimal] = {}
    changed = []
    for need in Demand.objects.filter(order__in=order_ids):
        direct = max(ZERO, owed.get((need.order_line_id, need.product_id), ZERO))
        if direct == need.direct:
            continue
        if direct + need.delivered > need.quantity:
            message = _("Only %(left)s of this line of the order are still open: the supplier cannot send more.")
            raise Conflict("too_much", message % {"left": plain(need.quantity - need.delivered)})
        surplus = need.reserved + need.delivered + direct - need.quantity
        if surplus > 0:
            released[need.pk] = surplus
        changed.append((need, direct))
    release_reserved(released)
    for need, direct in changed:
        Demand.objects.filter(pk=need.pk).update(direct=direct)
    if changed:
        allocate_waiting(organization, {need.product_id for need, _direct in changed})


def follow_suppliers(organization: Organization, product_id: uuid.UUID) -> None:
    """Reckon promises anew after the conditions of a supplier changed."""
    if SupplierItem.objects.filter(product=product_id).exists():
        lock_products(organization.pk, [product_id])
        promise_again(organization, [product_id])


def follow_warehouses(event: RecordsChanged) -> None:
    """Give a new warehouse its first places; keep one in which something lies."""
    if event.object_name != "warehouse":
        return
    ids = [record.record_id for record in event.records]
    if event.action == CREATE:
        rows = [
            {
                "id": new_id(), "organization_id": event.organization_id, "warehouse_id": pk, "code": code,
                "is_held": is_held, "position": position,
            }
            for pk in ids
            for position, (code, is_held) in enumerate(STARTING_PLACES)
        ]  # fmt: skip
        insert_rows(Place, rows)
        return
    closed = Warehouse.objects.filter(pk__in=ids).filter(Q(is_active=False) | Q(deleted_at__isnull=False))
    full = StockLevel.objects.filter(warehouse__in=closed).filter(Q(on_hand__gt=0) | Q(held__gt=0)).first()
    if full is not None:
        raise Conflict("not_empty", _("Something still lies in this warehouse. Move it first."))


def keep_products_with_stock(event: RecordsChanged) -> None:
    """Keep a product of which something lies in stock, or is owed to customers, from being deleted or merged away."""
    if event.object_name != "product" or event.action not in {DELETE, MERGE}:
        return
    gone = Product.objects.filter(pk__in=[record.record_id for record in event.records], deleted_at__isnull=False)
    levels = StockLevel.objects.filter(product__in=gone).filter(Q(on_hand__gt=0) | Q(held__gt=0))
    owed = Demand.objects.filter(product__in=gone, quantity__gt=F("delivered"))
    found = levels.select_related("product").first() or owed.select_related("product").first()
    if found is not None:
        message = _(
            "%(product)s is in stock or ordered by customers. Book its goods out and finish those orders first."
        )
        raise Conflict("in_stock", message % {"product": found.product.name})


def follow_merged_suppliers(event: RecordsChanged) -> None:
    """Where both of two merged customers are suppliers, let the kept one sell what only the other sold."""
    if event.object_name != "customer" or event.action != MERGE:
        return
    kept_id, *dropped = [record.record_id for record in event.records]
    kept = Supplier.objects.filter(customer=kept_id).first()
    if kept is None:
        return
    known = set(SupplierItem.objects.filter(supplier=kept).values_list("product_id", flat=True))
    for item in SupplierItem.objects.filter(supplier__customer__in=dropped).order_by("position", "id"):
        if item.product_id not in known:
            known.add(item.product_id)
            SupplierItem.objects.filter(pk=item.pk).update(supplier=kept)


def follow_deliveries(event: RecordsChanged) -> None:
    """Fill new deliveries with everything that can go; refuse to delete those whose goods have left."""
    if event.object_name != "delivery":
        return
    if event.action == CREATE:
        _fill_deliveries([record.record_id for record in event.records])
    if event.action != DELETE:
        return
    ids = [record.record_id for record in event.records]
    sent = Delivery.objects.filter(pk__in=ids, status__in=SENT_DELIVERIES).first()
    if sent is not None:
        message = _("The goods of delivery %(number)s have left: it cannot be deleted. Take them back instead.")
        raise Conflict("sent", message % {"number": sent.number})


def _fill_deliveries(ids: Iterable[uuid.UUID]) -> None:
    """Put onto deliveries what their warehouse can send of their order now; whoever chooses quantities replaces it."""
    rows = Delivery.objects.filter(pk__in=list(ids), purchase_order__isnull=True, status=DeliveryStatus.PLANNED)
    for delivery in rows.filter(order__status__in=RUNNING_STATUSES):
        goods = [
            (line, quantity)
            for line in deliverables(delivery.order_id)
            if (quantity := line.from_warehouse(delivery.warehouse_id)) > 0
        ]
        write_lines(delivery, goods)


def write_lines(delivery: Delivery, goods: Sequence[tuple[Deliverable, Decimal]]) -> None:
    """Let a delivery hold exactly these quantities of lines of its order."""
    DeliveryLine.objects.filter(delivery=delivery.pk).delete()
    rows = [
        {
            "id": new_id(), "organization_id": delivery.organization_id, "delivery_id": delivery.pk,
            "order_line_id": line.line_id, "product_id": line.product_id, "name": line.name, "unit": line.unit,
            "quantity": quantity, "position": position,
        }
        for position, (line, quantity) in enumerate(goods)
    ]  # fmt: skip
    if rows:
        insert_rows(DeliveryLine, rows)


def floors(line_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Floor]:
    """Return what lines of orders may not go below: what is sent, on a delivery, or comes straight from a supplier."""
    planned: dict[uuid.UUID, dict[uuid.UUID | None, Decimal]] = defaultdict(dict)
    rows = DeliveryLine.objects.filter(
        order_line__in=line_ids, delivery__status__in=OPEN_DELIVERIES, delivery__deleted_at__isnull=True
    ).values_list("order_line_id", "product_id")
    for line_id, product_id, quantity in rows.annotate(Sum("quantity")).order_by():
        planned[line_id][product_id] = quantity
    needs: dict[uuid.UUID, list[Demand]] = defaultdict(list)
    for need in Demand.objects.filter(order_line__in=line_ids):
        needs[need.order_line_id].append(need)
    noted = dict(OrderLine.objects.filter(pk__in=planned).values_list("pk", "delivered_quantity"))
    found: dict[uuid.UUID, Floor] = {}
    for pk in {*planned, *needs}:
        if pk in needs:
            taken = [
                PartSent(
                    need.quantity,
                    need.delivered + need.direct + planned[pk].get(need.product_id, ZERO),
                    need.factor,
                )
                for need in needs[pk]
            ]
            quantity = sold_needed(taken)
        else:
            quantity = sum(planned[pk].values(), ZERO) + noted.get(pk, ZERO)
        if quantity:
            reason = _("%(quantity)s are on a delivery or sent") % {"quantity": plain(quantity)}
            found[pk] = Floor(quantity, reason)
    return found


def obstacles(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """Return why orders cannot be cancelled: a supplier is sending their goods to the customer."""
    rows = PurchaseOrder.objects.filter(order__in=order_ids, status__in=COMING_PURCHASES, deleted_at__isnull=True)
    text = _("a supplier is sending its goods to the customer (%(number)s)")
    return {order: text % {"number": number} for order, number in rows.values_list("order_id", "number")}


def give_up_deliveries(event: OrdersCancelled) -> None:
    """Cancel what had been planned for orders that are cancelled."""
    rows = list(
        Delivery.objects.filter(order__in=event.order_ids, status__in=OPEN_DELIVERIES, deleted_at__isnull=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not rows:
        return
    actor = system_actor(Organization.objects.get(pk=event.organization_id))
    derived = {pk: {"status": DeliveryStatus.CANCELLED.value} for pk in rows}
    spec = spec_for(actor.organization, "delivery")
    door.update_many(actor, spec, {pk: {} for pk in rows}, context=step(actor, derived))


def follow_noted_deliveries(event: OrderDelivered) -> None:
    """While another system keeps the stock, let what it has sent, and somebody noted on the order, be needed no more."""
    organization = Organization.objects.get(pk=event.organization_id)
    if module_is_on(organization, STOCK) and supply_setting(organization).is_mirror:
        reconcile_orders(organization, event.order_ids)


def take_back_returns(event: ReturnReceived) -> None:
    """Book goods that came back: they are held back until somebody has looked at them.

    Only what is told apart by neither lot nor serial number: of everything else the warehouse says which pieces they are.
    """
    organization = Organization.objects.get(pk=event.organization_id)
    if not module_is_on(organization, STOCK) or supply_setting(organization).is_mirror:
        return
    sold = {line.order_line_id: line.quantity for line in return_lines_of(event.return_id)}
    wanted: dict[tuple[uuid.UUID, uuid.UUID], Decimal] = {}
    for need in Demand.objects.filter(order_line__in=sold):
        pieces = (sold[need.order_line_id] * need.factor).quantize(PLACES)
        wanted[need.order_line_id, need.product_id] = min(pieces, need.delivered)
    sent = DeliveryLine.objects.filter(
        order_line__in=sold,
        delivery__status__in=SENT_DELIVERIES,
        delivery__warehouse__isnull=False,
        product__isnull=False,
    ).select_related("delivery")
    lines = list(sent.order_by("-delivery__shipped_on", "-pk"))
    stocked = lock_products(organization.pk, {line.product_id for line in lines if line.product_id})
    places = {
        place.warehouse_id: place for place in Place.objects.filter(is_held=True, is_active=True).order_by("-position")
    }
    back = dict(
        StockMove.objects.filter(kind=MoveKind.RETURN, line_id__in=[line.pk for line in lines])
        .values_list("line_id")
        .annotate(Sum("quantity"))
        .order_by()
    )
    moves = []
    for line in lines:
        if line.product_id is None or line.delivery.warehouse_id is None:
            continue
        known, place = stocked.get(line.product_id), places.get(line.delivery.warehouse_id)
        key = line.order_line_id, line.product_id
        taken = min(wanted.get(key, ZERO), line.quantity - back.get(line.pk, ZERO))
        if known is None or not known.is_stocked or known.tracking != Tracking.NONE or place is None or taken <= 0:
            continue
        wanted[key] -= taken
        document = f"delivery:{line.delivery_id}"
        moves.append(
            Move(line.product_id, taken, MoveKind.RETURN, to_place=place.pk, document=document, line_id=line.pk)
        )
    move_stock(system_actor(organization), moves)
