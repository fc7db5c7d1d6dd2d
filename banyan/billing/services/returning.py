"""Credit notes for goods that came back: requested by themselves, and told to the return once they are issued."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.utils.translation import gettext as _

from banyan.billing.choices import InvoiceState
from banyan.billing.engine.openness import refresh_open
from banyan.billing.engine.plans import refresh_plans
from banyan.billing.events import InvoiceIssued
from banyan.billing.models import Invoice, InvoiceLine
from banyan.billing.queries import Invoiced, invoiced_lines, returned_quantities
from banyan.billing.services.invoicing import credit_invoice
from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.kernel.clock import today
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.money.rules import ZERO
from banyan.orders.events import ReturnReceived
from banyan.orders.public import OrderLine, OrderReturn, Resolution, ReturnStatus, mark_credited, return_lines_of

MODULE = "billing"


def credit_return(event: ReturnReceived) -> None:
    """Request credit notes for what came back and is invoiced; what is not invoiced yet is simply invoiced no more."""
    organization = Organization.objects.get(pk=event.organization_id)
    if not module_is_on(organization, MODULE):
        return
    actor = system_actor(organization, channel=Channel.AUTOMATION)
    found = OrderReturn.objects.get(pk=event.return_id)
    if found.resolution == Resolution.REPLACEMENT:
        return
    lines = [line.order_line for line in return_lines_of(found.pk)]
    reason = _("Return %(number)s: %(reason)s") % {"number": found.number, "reason": found.reason}
    for invoice_id, quantities in _to_credit(lines).items():
        credit_invoice(actor, invoice_id, reason=reason[:500], quantities=quantities, is_return=True)
    refresh_plans(organization.pk, [event.order_id], today(organization.time_zone))
    refresh_open(organization.pk, [event.order_id])
    settle_returns(actor, event.order_id)


def _to_credit(lines: list[OrderLine]) -> dict[uuid.UUID, dict[uuid.UUID, Decimal]]:
    """Return by invoice how much of its lines is to be taken back: what is invoiced beyond what the customer keeps."""
    ids = [line.pk for line in lines]
    taken, returned = invoiced_lines(ids), returned_quantities(ids)
    found: dict[uuid.UUID, dict[uuid.UUID, Decimal]] = {}
    for line in lines:
        keeps = line.quantity - returned.get(line.pk, ZERO)
        beyond = taken.get(line.pk, Invoiced()).quantity - keeps
        blue = InvoiceLine.objects.filter(
            order_line=line, invoice__state=InvoiceState.ISSUED, invoice__credits__isnull=True, deleted_at__isnull=True
        ).order_by("-invoice__issued_on", "-id")
        rows = list(blue)
        back = invoiced_lines([row.pk for row in rows], link="credited_line")
        for row in rows:
            part = min(beyond, (row.quantity or ZERO) + back.get(row.pk, Invoiced()).quantity)
            if part > 0:
                found.setdefault(row.invoice_id, {})[row.pk] = part
                beyond -= part
    return found


def settle_returns(actor: Actor, order_id: uuid.UUID) -> None:
    """Tell the returns of an order that they are credited, once no credit note for them waits any more."""
    waiting = Invoice.objects.filter(
        order_id=order_id, is_return=True, deleted_at__isnull=True,
        state__in=[InvoiceState.REQUESTED, InvoiceState.APPROVED],
    )  # fmt: skip
    if waiting.exists():
        return
    rows = OrderReturn.objects.filter(order_id=order_id, status=ReturnStatus.RECEIVED, deleted_at__isnull=True)
    for pk in rows.exclude(resolution=Resolution.REPLACEMENT).order_by("pk").values_list("pk", flat=True):
        mark_credited(actor, pk)


def follow_issue(event: InvoiceIssued) -> None:
    """A credit note was issued: the returns of its order may be done."""
    if event.is_credit and event.order_id is not None:
        organization = Organization.objects.get(pk=event.organization_id)
        settle_returns(system_actor(organization, channel=Channel.AUTOMATION), event.order_id)
