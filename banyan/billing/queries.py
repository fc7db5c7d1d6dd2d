"""What billing looks up: balances of orders, what is still to be invoiced, what customers owe."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from banyan.billing.choices import (
    COUNTED_INVOICES,
    InvoiceState,
    PaymentKind,
    PaymentState,
    PlanStatus,
    SubscriptionState,
)
from banyan.billing.models import (
    Allocation,
    BillingSettings,
    BuyerHeader,
    CustomerTerms,
    Invoice,
    InvoiceLine,
    OpenOrder,
    Payment,
    PaymentPlan,
    Subscription,
)
from banyan.billing.rules import Notice, notice_of
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.database.lookup import the_row
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.moments import once_a_moment
from banyan.core.listing.filters import live_rows
from banyan.core.objects.presence import tables_with_rows
from banyan.core.objects.registry import spec_for
from banyan.core.tenancy.models import Organization
from banyan.money.rules import ZERO, rounded
from banyan.orders.public import Order, OrderLine, OrderReturn, Resolution, ReturnLine, ReturnStatus


@dataclass(frozen=True)
class Balance:
    """What an order is worth and what became of that, in the order's currency.

    ``credited`` was taken back by credit notes for returns; ``invoiced`` counts credit notes, ``requested`` also what
    is not issued yet.
    """

    amount: Decimal = ZERO
    credited: Decimal = ZERO
    paid: Decimal = ZERO
    invoiced: Decimal = ZERO
    requested: Decimal = ZERO

    @property
    def due(self) -> Decimal:
        """Return what has to be paid altogether."""
        return self.amount - self.credited

    @property
    def open(self) -> Decimal:
        """Return what is still to be paid; negative when too much was."""
        return self.due - self.paid

    @property
    def to_invoice(self) -> Decimal:
        """Return what is still to be invoiced."""
        return self.due - self.requested


def balances(orders: Iterable[tuple[uuid.UUID, Decimal | None]]) -> dict[uuid.UUID, Balance]:
    """Return the balances of orders, given with their amounts, in two queries."""
    amounts = dict(orders)
    paid = _sums(
        Allocation.objects.filter(order__in=amounts, reversed_at__isnull=True).order_by(), total=Sum("order_amount")
    )
    rows = Invoice.objects.filter(order__in=amounts, deleted_at__isnull=True, state__in=COUNTED_INVOICES).order_by()
    issued = Q(state=InvoiceState.ISSUED)
    invoices = _sums(
        rows,
        requested=Sum("amount"),
        invoiced=Sum("amount", filter=issued),
        credited=Sum("amount", filter=issued & Q(is_return=True)),
        returning=Sum("amount", filter=~issued & Q(is_return=True)),
    )
    unbilled = _returned_unbilled(amounts)
    found = {}
    for pk, amount in amounts.items():
        mine = invoices.get(pk, {})
        # A credit note for a return that waits to be issued frees nothing to be invoiced again.
        waiting = mine.get("returning") or ZERO
        found[pk] = Balance(
            amount or ZERO,
            unbilled.get(pk, ZERO) - (mine.get("credited") or ZERO),
            (paid.get(pk, {}).get("total") or ZERO),
            (mine.get("invoiced") or ZERO),
            (mine.get("requested") or ZERO) - waiting,
        )
    return found


@once_a_moment
def balance_of(order: Order) -> Balance:
    """Return the balance of one order."""
    present = tables_with_rows(order.organization_id, "order", order.pk)
    if not any(model in present for model in (Allocation, Invoice, OrderReturn)):
        return Balance(order.amount or ZERO, ZERO, ZERO, ZERO, ZERO)
    return balances([(order.pk, order.amount)])[order.pk]


@dataclass(frozen=True)
class Receipt:
    """What of a payment goes to an order, in the order's currency; negative where money went back."""

    payment: Payment
    amount: Decimal

    @property
    def is_waiting(self) -> bool:
        """Say whether it counts only once somebody has confirmed that the money came in."""
        return self.payment.state == PaymentState.WAITING


def receipts_of(organization: Organization, order: Order) -> list[Receipt]:
    """Return what has paid an order and what went back, in the order of days, and what waits to be confirmed last."""
    found: list[Receipt] = []
    if Allocation in tables_with_rows(order.organization_id, "order", order.pk):
        sums: dict[uuid.UUID, Decimal] = {}
        payments: dict[uuid.UUID, Payment] = {}
        for entry in Allocation.objects.filter(order=order, reversed_at__isnull=True).select_related("payment"):
            payments[entry.payment_id] = entry.payment
            sums[entry.payment_id] = sums.get(entry.payment_id, ZERO) + entry.order_amount
        found = [Receipt(payments[pk], amount) for pk, amount in sums.items()]
    found.sort(key=lambda receipt: (receipt.payment.paid_on or receipt.payment.created_at.date(), receipt.payment.pk))
    return found + waiting_receipts(organization, order)


def waiting_receipts(organization: Organization, order: Order) -> list[Receipt]:
    """Return what was recorded for an order and waits to be confirmed."""
    if not settings_of(organization).needs_confirmation:
        return []
    rows = Payment.objects.filter(
        customer=order.customer_id,
        state=PaymentState.WAITING,
        deleted_at__isnull=True,
        wanted__contains=[{"order": str(order.pk)}],
    )
    return [
        Receipt(
            payment, sum((_wanted_amount(entry) for entry in payment.wanted if entry["order"] == str(order.pk)), ZERO)
        )
        for payment in rows.order_by("paid_on", "pk")
    ]


def _wanted_amount(entry: Mapping[str, str]) -> Decimal:
    return Decimal(entry.get("order_amount") or entry["amount"])


def returned_quantities(line_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Decimal]:
    """Return how much of order lines came back for money; what is replaced is still owed."""
    rows = ReturnLine.objects.filter(
        order_line__in=line_ids,
        order_return__status__in=[ReturnStatus.RECEIVED, ReturnStatus.CREDITED],
        order_return__deleted_at__isnull=True,
    ).exclude(order_return__resolution=Resolution.REPLACEMENT)
    return dict(rows.order_by().values_list("order_line").annotate(Sum("quantity")))


def _returned_unbilled(order_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Decimal]:
    """Return what came back of orders that no credit note holds, because it was never invoiced."""
    rows = OrderLine.objects.filter(order__in=list(order_ids), returned_quantity__gt=0, deleted_at__isnull=True)
    lines = list(rows.order_by())
    if not lines:
        return {}
    ids = [line.pk for line in lines]
    returned, taken = returned_quantities(ids), invoiced_lines(ids)
    found: dict[uuid.UUID, Decimal] = {}
    for line in lines:
        beyond = returned.get(line.pk, ZERO) - taken.get(line.pk, Invoiced()).returned
        if beyond > 0:
            found[line.order_id] = found.get(line.order_id, ZERO) + returned_share(line, beyond)[0]
    return found


def returned_share(line: OrderLine, quantity: Decimal) -> tuple[Decimal, Decimal]:
    """Return what some of an order line is worth with tax, and the tax in it."""
    if not line.quantity:
        return ZERO, ZERO
    gross = line.net_amount + line.tax_amount
    return rounded(gross * quantity / line.quantity), rounded(line.tax_amount * quantity / line.quantity)


def _sums(rows: Any, **totals: Any) -> dict[uuid.UUID, dict[str, Decimal | None]]:
    return {row["order"]: row for row in rows.values("order").annotate(**totals)}


@once_a_moment
def plans_of(order_id: uuid.UUID) -> list[PaymentPlan]:
    """Return the live instalments of an order by their day."""
    rows = PaymentPlan.objects.filter(order_id=order_id, deleted_at__isnull=True).order_by()
    return sorted(rows, key=lambda plan: (plan.due_on is None, plan.due_on or plan.created_at.date(), plan.position))


def named_payments(plan_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Decimal]:
    """Return what was paid for these instalments by name."""
    rows = Allocation.objects.filter(plan__in=plan_ids, reversed_at__isnull=True).order_by()
    return dict(rows.values_list("plan").annotate(Sum("order_amount")))


@dataclass(frozen=True)
class Invoiced:
    """How much of a line invoices have taken up: net of credit notes, and what was returned."""

    quantity: Decimal = ZERO
    amount: Decimal = ZERO
    tax: Decimal = ZERO
    returned: Decimal = ZERO
    returned_amount: Decimal = ZERO
    returned_tax: Decimal = ZERO


def invoiced_lines(
    line_ids: Collection[uuid.UUID], *, link: str = "order_line", besides: Collection[uuid.UUID] = ()
) -> dict[uuid.UUID, Invoiced]:
    """Return what invoices that count hold of order lines, or credit notes of lines (``credited_line``)."""
    rows = InvoiceLine.objects.filter(
        **{f"{link}__in": line_ids},
        deleted_at__isnull=True,
        invoice__deleted_at__isnull=True,
        invoice__state__in=COUNTED_INVOICES,
    ).exclude(pk__in=besides)
    back = Q(invoice__is_return=True)
    found = (
        rows.order_by()
        .values(link)
        .annotate(
            q=Sum("quantity", filter=~back),
            a=Sum("amount", filter=~back),
            t=Sum("tax_amount"),
            r=Sum("quantity", filter=back),
            ra=Sum("amount", filter=back),
            rt=Sum("tax_amount", filter=back),
        )
    )
    return {
        row[link]: Invoiced(
            (row["q"] or ZERO) + (row["r"] or ZERO),
            (row["a"] or ZERO) + (row["ra"] or ZERO),
            row["t"] or ZERO,
            -(row["r"] or ZERO),
            -(row["ra"] or ZERO),
            -(row["rt"] or ZERO),
        )
        for row in found
    }


def order_lines(order_id: uuid.UUID) -> list[OrderLine]:
    """Return the live lines of an order."""
    rows = OrderLine.objects.filter(order_id=order_id, deleted_at__isnull=True).select_related("product")
    return list(rows.order_by("position", "id"))


@once_a_moment
def settings_of(organization: Organization) -> BillingSettings:
    """Return what the organization has decided, or what holds without a decision."""
    return the_row(BillingSettings.objects.filter(organization=organization)) or BillingSettings(
        organization=organization
    )


def subscription_notice(row: Subscription) -> Notice | None:
    """Return when a running subscription renews itself or ends, and until when it can be cancelled."""
    if row.state != SubscriptionState.ACTIVE:
        return None
    return notice_of(
        next_on=row.next_on, ends_on=row.ends_on, is_renewed=row.is_renewed, period=row.period,
        notice_days=row.notice_days, anchor=(row.starts_on or row.next_on or date.min).day,
    )  # fmt: skip


@once_a_moment
def terms_of(organization: Organization, customer_id: uuid.UUID) -> CustomerTerms:
    """Return what holds for a customer."""
    found = the_row(CustomerTerms.objects.filter(customer_id=customer_id))
    return found or CustomerTerms(organization=organization, customer_id=customer_id)


def headers_of(customer_id: uuid.UUID) -> list[BuyerHeader]:
    """Return the buyer's data for invoices of a customer, the default one first."""
    return list(BuyerHeader.objects.filter(customer_id=customer_id))


def visible_order(actor: Actor, order_id: uuid.UUID, action: Action = Action.VIEW) -> Order:
    """Return an order that the actor may see (or change); raise ``Missing`` otherwise."""
    spec = spec_for(actor.organization, "order")
    found = restrict(live_rows(actor, spec), actor, spec, action).filter(pk=order_id).first()
    if found is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    return found  # type: ignore[return-value]  # the order's own model


@once_a_moment
def prepayments(customer_id: uuid.UUID) -> dict[str, Decimal]:
    """Return what a customer has paid that is not allocated, by currency."""
    rows = Payment.objects.filter(
        customer_id=customer_id, deleted_at__isnull=True, unallocated__gt=0,
        kind=PaymentKind.RECEIPT, state=PaymentState.CONFIRMED,
    ).order_by()  # fmt: skip
    return dict(rows.values_list("currency").annotate(Sum("unallocated")))


def open_orders(rows: Any) -> list[Order]:
    """Return those of the orders that count and are not paid, oldest first."""
    unpaid = OpenOrder.objects.values("order_id")
    return list(rows.filter(pk__in=unpaid).order_by("ordered_on", "created_at", "pk"))


def open_plans(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[PaymentPlan]]:
    """Return the instalments of orders that are not void, in order of their days."""
    rows = PaymentPlan.objects.filter(order__in=order_ids, deleted_at__isnull=True).exclude(status=PlanStatus.VOID)
    found: dict[uuid.UUID, list[PaymentPlan]] = {}
    for plan in rows.order_by("due_on", "position", "id"):
        found.setdefault(plan.order_id, []).append(plan)
    return found
