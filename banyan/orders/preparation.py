"""What the orders app derives and refuses while orders and lines pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from banyan.core.records.drafts import Draft, WriteContext
from banyan.customers.public import Customer
from banyan.orders.models import OrderLine, Product
from banyan.orders.rules import HUNDRED, line_amount


def prepare_orders(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Name an order after its customer when nothing else is said; refuse negative amounts and deliveries before the order.

    The amount of an order with lines is their sum and cannot be typed over.
    """
    names = _customer_names(drafts)
    sources = _customer_sources(drafts)
    with_lines = set() if context.exempt else _orders_with_lines(drafts)
    for draft in drafts:
        if not draft.get("name"):
            draft.set("name", names.get(draft.get("customer"), ""))
        if draft.is_new and not draft.get("source"):
            draft.set("source", sources.get(draft.get("customer"), ""))
        if draft.changes("amount") and draft.record_id in with_lines:
            draft.refuse("amount", "derived", _("This order has lines: its amount is their sum."))
        amount = draft.get("amount")
        if amount is not None and amount < 0:
            draft.refuse("amount", "negative", _("An order cannot have a negative amount."))
        ordered, delivered = draft.get("ordered_on"), draft.get("deliver_on")
        if ordered and delivered and delivered < ordered and draft.changes("ordered_on", "deliver_on"):
            draft.refuse("deliver_on", "before_order", _("The delivery cannot come before the order."))


def prepare_order_lines(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Take name and price from the product where none is given, and work out the line's amount."""
    products = _products(drafts)
    for draft in drafts:
        product = products.get(draft.get("product"))
        if product is not None:
            if not draft.get("name"):
                draft.set("name", product.name)
            if draft.get("unit_price") is None:
                draft.set("unit_price", product.price)
        if not draft.get("name"):
            draft.refuse("name", "required", _("Choose a product or describe what is ordered."))
        quantity = draft.get("quantity") or Decimal(0)
        discount = draft.get("discount_percent") or Decimal(0)
        if quantity < 0:
            draft.refuse("quantity", "negative", _("The quantity cannot be negative."))
        if not 0 <= discount <= HUNDRED:
            draft.refuse("discount_percent", "out_of_range", _("A discount lies between 0 and 100 %."))
        price = draft.get("unit_price") or Decimal(0)
        if not draft.errors:
            draft.set(
                "amount",
                line_amount(quantity=Decimal(quantity), unit_price=Decimal(price), discount_percent=Decimal(discount)),
            )


def _customer_names(drafts: Sequence[Draft]) -> dict[uuid.UUID, str]:
    ids = {draft.get("customer") for draft in drafts if not draft.get("name")}
    return dict(Customer.objects.filter(pk__in=ids - {None}).values_list("pk", "name")) if ids else {}


def _customer_sources(drafts: Sequence[Draft]) -> dict[uuid.UUID, str]:
    """Return the source of each new order's customer, so that sales can be counted by source."""
    ids = {draft.get("customer") for draft in drafts if draft.is_new and not draft.get("source")}
    return dict(Customer.objects.filter(pk__in=ids - {None}).values_list("pk", "source")) if ids else {}


def _orders_with_lines(drafts: Sequence[Draft]) -> set[uuid.UUID]:
    ids = [draft.record_id for draft in drafts if not draft.is_new and draft.changes("amount")]
    if not ids:
        return set()
    return set(OrderLine.objects.filter(order_id__in=ids, deleted_at__isnull=True).values_list("order_id", flat=True))


def _products(drafts: Sequence[Draft]) -> dict[uuid.UUID, Product]:
    ids = {draft.get("product") for draft in drafts} - {None}
    return Product.objects.in_bulk(list(ids)) if ids else {}
