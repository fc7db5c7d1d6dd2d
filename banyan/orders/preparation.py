"""What the orders app derives and refuses while orders pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils.translation import gettext as _

from banyan.core.records.drafts import Draft, WriteContext
from banyan.customers.public import Customer
from banyan.products.public import LineDocument, keep_amounts

#: Orders have lines with prices.
LINES = LineDocument(
    parent="order",
    line="order_line",
    link="order",
    module="orders",
    day="ordered_on",
    first=("customer", "amount", "ordered_on", "name"),
    changed=("customers",),
    print_at="print",
)


def prepare_orders(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Name an order after its customer when nothing else is said; refuse deliveries before the order.

    The amount of an order with lines is their sum and cannot be typed over; it is never negative.
    """
    names = _customer_names(drafts)
    sources = _customer_sources(drafts)
    keep_amounts(drafts, context, LINES)
    for draft in drafts:
        if not draft.get("name"):
            draft.set("name", names.get(draft.get("customer"), ""))
        if draft.is_new and not draft.get("source"):
            draft.set("source", sources.get(draft.get("customer"), ""))
        ordered, delivered = draft.get("ordered_on"), draft.get("deliver_on")
        if ordered and delivered and delivered < ordered and draft.changes("ordered_on", "deliver_on"):
            draft.refuse("deliver_on", "before_order", _("The delivery cannot come before the order."))


def _customer_names(drafts: Sequence[Draft]) -> dict[uuid.UUID, str]:
    ids = {draft.get("customer") for draft in drafts if not draft.get("name")}
    return dict(Customer.objects.filter(pk__in=ids - {None}).values_list("pk", "name")) if ids else {}


def _customer_sources(drafts: Sequence[Draft]) -> dict[uuid.UUID, str]:
    """Return the source of each new order's customer, so that sales can be counted by source."""
    ids = {draft.get("customer") for draft in drafts if draft.is_new and not draft.get("source")}
    return dict(Customer.objects.filter(pk__in=ids - {None}).values_list("pk", "source")) if ids else {}
