"""What the orders app looks up."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Sum
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.orders.choices import CLOSED_STATUSES
from banyan.orders.models import Order, OrderLine
from banyan.orders.rules import kept_until
from banyan.privacy.public import Kept


@dataclass(frozen=True)
class OrderedValue:
    """How many orders count as closed business, what they add up to by currency, and when the last one was."""

    count: int
    sums: dict[str, Decimal] = field(default_factory=dict)
    last_on: date | None = None


def ordered_value(actor: Actor, customer_id: uuid.UUID) -> OrderedValue:
    """Return what a customer has ordered, as far as the actor may see it."""
    spec = spec_for(actor.organization, "order")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(customer=customer_id, status__in=CLOSED_STATUSES)
    found = list(rows.values("currency").annotate(number=Count("*"), total=Sum("amount"), last=Max("ordered_on")))
    sums: dict[str, Decimal] = {}
    for row in found:
        currency = row["currency"] or actor.currency
        sums[currency] = sums.get(currency, Decimal(0)) + (row["total"] or Decimal(0))
    days = [row["last"] for row in found if row["last"]]
    return OrderedValue(sum(row["number"] for row in found), sums, max(days, default=None))


def orders_from(actor: Actor, opportunity_id: uuid.UUID) -> bool:
    """Say whether an opportunity has led to an order that the actor may see."""
    spec = spec_for(actor.organization, "order")
    return restrict(live_rows(actor, spec), actor, spec).filter(opportunity=opportunity_id).exists()


def ordered_since(customer: str, since: Any) -> Exists:
    """Return the condition that a customer, named by the path of its id, has ordered since a day."""
    rows = Order.objects.filter(customer_id=OuterRef(customer), deleted_at__isnull=True, status__in=CLOSED_STATUSES)
    return Exists(rows.filter(ordered_on__gte=since))


#: What an order would mean nothing without: who bought.
BUYER_FIELDS = frozenset({"name", "address", "tax_number"})


def kept_for_tax(actor: Actor, object_name: str, ids: Collection[uuid.UUID]) -> list[Kept]:
    """Return the orders of a person that have to be kept with their lines, and with the buyer if that is the person.

    An order without day counts from when it was written down. Drafts and cancelled orders need not be kept.
    """
    if object_name not in {"customer", "contact"}:
        return []
    rows = Order.objects.filter(**{f"{object_name}__in": ids}, status__in=CLOSED_STATUSES)
    until = {
        pk: kept_until(ordered_on or localdate(created_at))
        for pk, ordered_on, created_at in rows.values_list("pk", "ordered_on", "created_at")
    }
    kept = frozenset(pk for pk, day in until.items() if day >= localdate())
    if not kept:
        return []
    lines = frozenset(OrderLine.objects.filter(order__in=kept).values_list("pk", flat=True))
    last = max(until[pk] for pk in kept)
    reason = _("Orders are kept for the tax office for ten years after the end of the year.")
    law = _("Measures for accounting archives (会计档案管理办法), tax law")
    fields = BUYER_FIELDS if object_name == "customer" else frozenset()
    return [Kept("order", kept, reason, law, last, fields), Kept("order_line", lines, reason, law, last)]
