"""What the orders app looks up."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Sum

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.orders.choices import CLOSED_STATUSES
from banyan.orders.models import Order, OrderLine

LINE_FIELDS = ("id", "product_id", "product__name", "product__unit", "name", "quantity", "unit_price",
               "discount_percent", "amount", "position")  # fmt: skip


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


def lines_of(order_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the live lines of an order in their order; the caller has checked that it may be seen."""
    rows = OrderLine.objects.filter(order_id=order_id, deleted_at__isnull=True).order_by("position", "id")
    return list(rows.values(*LINE_FIELDS))


def orders_from(actor: Actor, opportunity_id: uuid.UUID) -> bool:
    """Say whether an opportunity has led to an order that the actor may see."""
    spec = spec_for(actor.organization, "order")
    return restrict(live_rows(actor, spec), actor, spec).filter(opportunity=opportunity_id).exists()


def ordered_since(customer: str, since: Any) -> Exists:
    """Return the condition that a customer, named by the path of its id, has ordered since a day."""
    rows = Order.objects.filter(customer_id=OuterRef(customer), deleted_at__isnull=True, status__in=CLOSED_STATUSES)
    return Exists(rows.filter(ordered_on__gte=since))
