"""What the orders app looks up."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from banyan.contracts.public import Contract
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.clock import today
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.money.public import rounded
from banyan.orders.choices import CLOSED_STATUSES, OPEN_RETURNS
from banyan.orders.models import Order, OrderLine, ReturnLine
from banyan.orders.rules import kept_until
from banyan.privacy.public import Kept

YEAR = timedelta(days=365)
ZERO = Decimal(0)


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


@dataclass(frozen=True)
class OrderHistory:
    """What a customer ordered over all the time, in the currency of most of it; other currencies are left out."""

    number: int
    total: Decimal
    currency: str
    first_on: date
    last_on: date
    year: Decimal
    year_before: Decimal

    @property
    def average(self) -> Decimal:
        """Return what an order comes to on average."""
        return rounded(self.total / self.number)


def order_history(actor: Actor, customer_id: uuid.UUID) -> OrderHistory | None:
    """Return what a customer ordered as far as the actor may see it; None without any order with a day. One query."""
    spec = spec_for(actor.organization, "order")
    day = today(actor.time_zone)
    year, before = Q(ordered_on__gt=day - YEAR), Q(ordered_on__lte=day - YEAR, ordered_on__gt=day - 2 * YEAR)
    rows = restrict(live_rows(actor, spec), actor, spec).filter(
        customer=customer_id, status__in=CLOSED_STATUSES, ordered_on__isnull=False
    )
    found = rows.values("currency").annotate(
        number=Count("*"), total=Coalesce(Sum("amount"), ZERO), first=Min("ordered_on"), last=Max("ordered_on"),
        this_year=Coalesce(Sum("amount", filter=year), ZERO), last_year=Coalesce(Sum("amount", filter=before), ZERO),
    ).order_by("-number").first()  # fmt: skip
    if found is None:
        return None
    currency = found["currency"] or actor.currency
    return OrderHistory(found["number"], found["total"], currency, found["first"], found["last"],
                        found["this_year"], found["last_year"])  # fmt: skip


def products_bought(actor: Actor, customer_id: uuid.UUID, *, most: int) -> list[dict[str, Any]]:
    """Return the products that a customer bought most of, with quantities, as far as the actor may see the orders."""
    spec = spec_for(actor.organization, "order")
    seen = restrict(live_rows(actor, spec), actor, spec).filter(customer=customer_id, status__in=CLOSED_STATUSES)
    lines = OrderLine.objects.filter(order__in=seen.values("pk"), deleted_at__isnull=True, product__isnull=False)
    bought = lines.values("product_id", "product__name", "unit").annotate(quantity=Sum("quantity"), spent=Sum("amount"))
    return list(bought.order_by("-spent", "product__name")[:most])


def orders_from(actor: Actor, opportunity_id: uuid.UUID) -> bool:
    """Say whether an opportunity has led to an order that the actor may see."""
    spec = spec_for(actor.organization, "order")
    return restrict(live_rows(actor, spec), actor, spec).filter(opportunity=opportunity_id).exists()


def ordered_since(customer: str, since: Any) -> Exists:
    """Return the condition that a customer, named by the path of its id, has ordered since a day."""
    rows = Order.objects.filter(customer_id=OuterRef(customer), deleted_at__isnull=True, status__in=CLOSED_STATUSES)
    return Exists(rows.filter(ordered_on__gte=since))


@dataclass(frozen=True)
class ContractUse:
    """How much was ordered under a contract, in its currency, by how many orders."""

    contract: Contract
    ordered: Decimal
    count: int

    @property
    def remaining(self) -> Decimal | None:
        """Return what may still be ordered; None for a contract without an amount."""
        return None if self.contract.amount is None else self.contract.amount - self.ordered


def contract_use(contract_id: uuid.UUID, *, without: Collection[uuid.UUID] = ()) -> ContractUse | None:
    """Return how much of a contract is used up by confirmed orders, leaving some out of account."""
    contract = Contract.objects.filter(pk=contract_id).first()
    if contract is None:
        return None
    rows = Order.objects.filter(
        contract=contract_id, status__in=CLOSED_STATUSES, deleted_at__isnull=True, currency=contract.currency
    ).exclude(pk__in=list(without))
    found = rows.aggregate(total=Sum("amount"), number=Count("pk"))
    return ContractUse(contract, found["total"] or Decimal(0), found["number"])


def quantities_of(order_id: uuid.UUID) -> list[OrderLine]:
    """Return the live lines of an order with what was delivered and returned, in order."""
    return list(OrderLine.objects.filter(order=order_id, deleted_at__isnull=True).order_by("position", "id"))


def spoken_for(line_ids: Collection[uuid.UUID], *, without: uuid.UUID | None = None) -> dict[uuid.UUID, Decimal]:
    """Return how much of some lines open returns ask to bring back."""
    rows = ReturnLine.objects.filter(
        order_line__in=list(line_ids), order_return__status__in=OPEN_RETURNS, order_return__deleted_at__isnull=True
    )
    if without is not None:
        rows = rows.exclude(order_return=without)
    return dict(rows.order_by().values_list("order_line_id").annotate(total=Sum("quantity")))


def return_lines_of(return_id: uuid.UUID) -> list[ReturnLine]:
    """Return the lines of a return with the lines of the order that they are about."""
    rows = ReturnLine.objects.filter(order_return=return_id).select_related("order_line")
    return list(rows.order_by("position", "id"))


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
