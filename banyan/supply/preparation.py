"""What the supply app derives and refuses while its records pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import today
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import (
    ClosedValues,
    Locks,
    LockSource,
    Stored,
    ValueSource,
    locking,
    register_closed_values,
    register_locks,
)
from banyan.customers.public import Customer
from banyan.money.rules import rounded
from banyan.orders.public import Order
from banyan.products.public import LineDocument, keep_amounts, line_preparation, unit_factors
from banyan.supply.choices import PURCHASE, PurchaseStatus
from banyan.supply.engine.stepping import StepContext
from banyan.supply.models import PurchaseOrder, PurchaseOrderLine, SupplierItem, Warehouse
from banyan.supply.rules import ONE, ZERO, is_quantity, plain

#: Which states a purchase order may get by hand, from which.
BY_HAND = {
    PurchaseStatus.DRAFT: (PurchaseStatus.ORDERED, PurchaseStatus.CANCELLED),
    PurchaseStatus.ORDERED: (PurchaseStatus.CONFIRMED, PurchaseStatus.CANCELLED, PurchaseStatus.DRAFT),
    PurchaseStatus.CONFIRMED: (PurchaseStatus.CANCELLED,),
    PurchaseStatus.RECEIVED: (),
    PurchaseStatus.CANCELLED: (PurchaseStatus.DRAFT,),
}


def _derive(draft: Draft, context: WriteContext) -> bool:
    """Set what a step derives; return whether the draft belongs to one."""
    if not isinstance(context, StepContext) or draft.record_id not in context.derived:
        return False
    for name, value in context.derived[draft.record_id].items():
        draft.set(name, value)
    return True


def prepare_deliveries(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Take customer and address from the order, and keep both order and warehouse once goods are on the list."""
    orders = Order.objects.filter(pk__in={draft.get("order") for draft in drafts} - {None}).in_bulk()
    customers = Customer.objects.filter(pk__in={order.customer_id for order in orders.values()}).in_bulk()
    first = Warehouse.objects.filter(is_active=True, deleted_at__isnull=True).order_by("position", "id").first()
    for draft in drafts:
        order = orders.get(draft.get("order"))
        if draft.is_new and order is not None:
            customer = customers[order.customer_id]
            draft.set("customer", customer.pk)
            if not draft.get("address"):
                draft.set("address", address_of(customer))
            if not draft.get("warehouse") and first is not None:
                draft.set("warehouse", first.pk)
        _derive(draft, context)


def planned_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return what cannot change of deliveries: the order that they are for, and the warehouse."""
    if context.exempt:
        return {}
    message = _("A delivery stays with its order and its warehouse. Cancel it and plan another one.")
    lock = locking(("order", "warehouse"), "fixed", message, of_record=False)
    return {record.record_id: lock for record in records}


def register_what_stays() -> None:
    """Let forms, programs and the door know what of deliveries cannot change."""
    fields = frozenset({"order", "warehouse"})
    register_closed_values(ValueSource("supply.moves", lambda spec: spec.name == "purchase_order", closed_statuses))
    register_locks(LockSource("supply.deliveries", lambda spec: spec.name == "delivery", planned_of, fields=fields))


def closed_statuses(_actor: Actor, _spec: ObjectSpec, order: Stored) -> ClosedValues:
    """Return the states that a purchase order cannot get by hand now."""
    before = PurchaseStatus(order.before("status"))
    if BY_HAND[before]:
        ways = _(", ").join(str(status.label) for status in BY_HAND[before])
        reason = _("From “%(before)s” a purchase order goes on by hand to: %(ways)s.")
        reason %= {"before": before.label, "ways": ways}
    else:
        reason = _("From “%(before)s” a purchase order goes nowhere else.") % {"before": before.label}
    return {"status": {s.value: reason for s in PurchaseStatus if s != before and s not in BY_HAND[before]}}


def address_of(customer: Customer) -> str:
    """Return the address of a customer in one line."""
    parts: Any = customer.address
    if isinstance(parts, dict):
        return ", ".join(str(part) for part in parts.values() if part)[:400]
    return str(parts or "")[:400]


def prepare_purchase_orders(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Judge the moves between states, and refuse dates before the order."""
    first = Warehouse.objects.filter(is_active=True, deleted_at__isnull=True).order_by("position", "id").first()
    received = _received(drafts)
    keep_amounts(drafts, context, PURCHASE_LINES)
    for draft in drafts:
        is_step = _derive(draft, context)
        if draft.is_new and not draft.get("warehouse") and not draft.get("order") and first is not None:
            draft.set("warehouse", first.pk)
        if draft.changes("status") and draft.get("status") == PurchaseStatus.ORDERED and not draft.get("ordered_on"):
            draft.set("ordered_on", today(context.actor.time_zone))
        ordered, expected = draft.get("ordered_on"), draft.get("expected_on")
        if ordered and expected and expected < ordered and draft.changes("ordered_on", "expected_on"):
            draft.refuse("expected_on", "before_order", _("Goods cannot come before they are ordered."))
        if is_step or context.exempt or draft.is_new or not draft.changes("status"):
            continue
        before, after = PurchaseStatus(draft.before("status")), PurchaseStatus(draft.get("status"))
        if after not in BY_HAND[before]:
            message = _("A purchase order that is “%(before)s” cannot become “%(after)s” by hand.")
            draft.refuse("status", "bad_move", message % {"before": before.label, "after": after.label})
        elif after in {PurchaseStatus.CANCELLED, PurchaseStatus.DRAFT} and received.get(draft.record_id):
            message = _(
                "Goods of this order have come already. What is still open can be given up on the order's page."
            )
            draft.refuse("status", "received", message)


def _received(drafts: Sequence[Draft]) -> dict[uuid.UUID, Decimal]:
    ids = [draft.record_id for draft in drafts if not draft.is_new and draft.changes("status")]
    if not ids:
        return {}
    rows = PurchaseOrderLine.objects.filter(purchase_order__in=ids, deleted_at__isnull=True)
    return dict(rows.values_list("purchase_order").annotate(Sum("received")).order_by())


def prepare_purchase_lines(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Take price and article number from the supplier's conditions: what the product is sold for is no price to pay."""
    orders = PurchaseOrder.objects.in_bulk(list({draft.get("purchase_order") for draft in drafts} - {None}))
    wanted = {draft.get("product") for draft in drafts} - {None}
    items = {
        (item.supplier.customer_id, item.product_id): item
        for item in SupplierItem.objects.filter(product__in=wanted).select_related("supplier")
    }
    factors = unit_factors((draft.get("product"), draft.get("unit") or "") for draft in drafts if draft.get("product"))
    known = PurchaseOrderLine.objects.in_bulk([draft.record_id for draft in drafts if not draft.is_new])
    for draft in drafts:
        is_step = _derive(draft, context)
        factor = factors.get((draft.get("product"), draft.get("unit") or ""), ONE)
        order = orders.get(draft.get("purchase_order"))
        item = items.get((order.supplier_id, draft.get("product"))) if order else None
        if item is not None:
            _take_conditions(draft, item, factor)
        draft.given.add("unit_price")
        line = known.get(draft.record_id)
        if line is not None and line.pieces_received:
            factor = line.factor
            if not is_step and not context.exempt:
                _keep_received(draft, line)
        pieces = (draft.get("quantity") or ZERO) * factor
        if draft.get("product") and pieces and not is_quantity(pieces):
            message = _("In the product's own unit this is %(pieces)s: with at most three decimals, and not huge.")
            draft.refuse("quantity", "out_of_range", message % {"pieces": plain(pieces)})
    _lines_as_usual(drafts, context)


def _take_conditions(draft: Draft, item: SupplierItem, factor: Decimal) -> None:
    """Take over what a supplier asks for a product; prices are those of its own unit."""
    if not (draft.is_new or draft.changes("product", "unit")):
        return
    if not draft.get("article_number"):
        draft.set("article_number", item.article_number)
    if "unit_price" not in draft.given and (draft.get("unit_price") is None or draft.changes("unit")):
        draft.set("unit_price", None if item.price is None else rounded(item.price * factor))


def _keep_received(draft: Draft, line: PurchaseOrderLine) -> None:
    """Refuse what does not fit to the goods that have come already."""
    if draft.changes("product", "unit"):
        name = "product" if draft.changes("product") else "unit"
        draft.refuse(name, "received", _("Some of this line has come already: its product and unit stay."))
    elif (draft.get("quantity") or ZERO) * line.factor < line.pieces_received:
        message = _("%(received)s have come already: the quantity cannot be less.")
        draft.refuse("quantity", "received", message % {"received": plain(line.pieces_received)})


def why_closed(order: Any) -> Any:
    """Return why the lines of a purchase order cannot change any more, or nothing."""
    if order.status in {PurchaseStatus.RECEIVED, PurchaseStatus.CANCELLED}:
        return _("This purchase order is finished. Write another one.")
    return ""


PURCHASE_LINES = LineDocument(
    parent="purchase_order",
    line="purchase_order_line",
    link="purchase_order",
    module=PURCHASE,
    customer="",
    day="",
    first=("supplier", "expected_on", "warehouse"),
    closed=why_closed,
    changed=("purchase-orders", "stock"),
)
_lines_as_usual = line_preparation(PURCHASE_LINES)
