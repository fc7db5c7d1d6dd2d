"""What follows when approvals end and orders are confirmed, delivered and given back; what keeps orders as they are."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.billing.choices import DueEvent, InvoiceState, PaymentState
from banyan.billing.models import Allocation, Invoice, InvoiceLine, Payment, PaymentPlan
from banyan.billing.queries import invoiced_lines, returned_quantities
from banyan.billing.services.invoicing import approve_invoice, refuse_invoice
from banyan.billing.services.payments import confirm_payment, refuse_payment
from banyan.billing.services.plans import note_event, plan_by_contract
from banyan.core.access.actor import Channel, system_actor
from banyan.core.approvals.events import ApprovalEnded
from banyan.core.kernel.clock import today
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.orders.events import OrderDelivered, OrderLinesChanged, OrdersConfirmed
from banyan.orders.public import Floor, Order, OrderStatus

MODULE = "billing"
AGREED = "agreed"


def end_approval(event: ApprovalEnded) -> None:
    """Let an invoice or a receipt go on when its approval has ended."""
    if event.object_name not in {"invoice", "payment"}:
        return
    organization = Organization.objects.get(pk=event.organization_id)
    actor = system_actor(organization, channel=Channel.AUTOMATION)
    reason = _("The approval was refused or withdrawn.")
    if event.object_name == "invoice":
        if not Invoice.objects.filter(pk=event.record_id, state=InvoiceState.REQUESTED).exists():
            return
        if event.outcome == AGREED:
            approve_invoice(actor, event.record_id, by_approval=True)
        else:
            refuse_invoice(actor, event.record_id, reason=reason, by_approval=True)
    elif Payment.objects.filter(pk=event.record_id, state=PaymentState.WAITING).exists():
        if event.outcome == AGREED:
            confirm_payment(actor, event.record_id, by_approval=True)
        else:
            refuse_payment(actor, event.record_id, reason=reason, by_approval=True)


def plan_orders(event: OrdersConfirmed | OrderLinesChanged) -> None:
    """Plan confirmed orders of contracts as the contract says, unless they are planned already."""
    rows = Order.objects.filter(pk__in=event.order_ids, contract__isnull=False, amount__gt=0, revision=0)
    found = list(rows)
    if not found:
        return
    organization = Organization.objects.get(pk=event.organization_id)
    if not module_is_on(organization, MODULE):
        return
    planned = PaymentPlan.objects.filter(order__in=found, deleted_at__isnull=True)
    done = set(planned.values_list("order_id", flat=True))
    actor = system_actor(organization, channel=Channel.AUTOMATION)
    for order in found:
        if order.pk not in done:
            plan_by_contract(actor, order)


def follow_delivery(event: OrderDelivered) -> None:
    """Note which orders are delivered whole, for the instalments that are due after it."""
    done = [OrderStatus.DELIVERED, OrderStatus.COMPLETED]
    rows = Order.objects.filter(pk__in=event.order_ids, status__in=done).order_by("pk").values_list("pk", flat=True)
    organization = Organization.objects.get(pk=event.organization_id)
    for pk in list(rows):
        note_event(organization, pk, DueEvent.DELIVERED, today(organization.time_zone))


def obstacles(order_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
    """Return why orders cannot be cancelled or go back to draft: they are paid or invoiced."""
    live = Allocation.objects.filter(order__in=order_ids, reversed_at__isnull=True)
    sums: dict[uuid.UUID, Decimal] = {}
    for order_id, amount in live.values_list("order_id", "order_amount"):
        sums[order_id] = sums.get(order_id, Decimal(0)) + amount
    paid = {pk for pk, amount in sums.items() if amount}
    counted = [InvoiceState.REQUESTED, InvoiceState.APPROVED, InvoiceState.ISSUED]
    lines = InvoiceLine.objects.filter(
        invoice__order__in=order_ids, invoice__state__in=counted, deleted_at__isnull=True,
        invoice__deleted_at__isnull=True,
    )  # fmt: skip
    billed: dict[uuid.UUID, Decimal] = {}
    for order_id, amount in lines.values_list("invoice__order_id", "amount"):
        billed[order_id] = billed.get(order_id, Decimal(0)) + (amount or Decimal(0))
    invoiced = {pk for pk, amount in billed.items() if amount}
    found: dict[uuid.UUID, Any] = {
        pk: _("It is invoiced. Cancel the invoice, or take it back by a credit note first.") for pk in invoiced
    }
    found |= {pk: _("It is paid. Take the payment off the order, or give it back first.") for pk in paid}
    return found


def floors(line_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Floor]:
    """Return what of order lines is invoiced: their quantity stays at least that."""
    taken, back = invoiced_lines(line_ids), returned_quantities(line_ids)
    found = {}
    for pk, invoiced in taken.items():
        least = invoiced.quantity + max(back.get(pk, Decimal(0)), invoiced.returned)
        if least > 0:
            text = _("%(quantity)s are invoiced") % {"quantity": format(least.normalize(), "f")}
            found[pk] = Floor(least, text)
    return found
