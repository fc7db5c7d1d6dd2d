"""What billing does when orders, instalments, payments, invoice lines and subscriptions change."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from banyan.billing.choices import InvoiceState, PaymentKind, SubscriptionState
from banyan.billing.engine.openness import note_instalments, refresh_open
from banyan.billing.engine.plans import refresh_plans
from banyan.billing.engine.revenue import note_movements
from banyan.billing.models import Allocation, Invoice, Payment, PaymentPlan, Renewal, Subscription
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict
from banyan.core.objects.events import ModulesSwitched
from banyan.core.objects.models import Record
from banyan.core.objects.modules import module_is_on_here
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.changelog import tell_figures
from banyan.core.records.drafts import WriteContext
from banyan.core.records.events import FiguresChanged, RecordsChanged
from banyan.core.tenancy.models import Organization

MODULE = "billing"
ORDER, PLAN, INVOICE_LINE, SUBSCRIPTION = "order", "payment_plan", "invoice_line", "subscription"
#: What an order owes, and who, follows from these.
OWED_VALUES = frozenset({"amount", "status", "customer", "owner", "currency", "ordered_on"})
INVOICE_SUMS = ("amount", "net_amount", "tax_amount")
KEPT = {"order", "payment", PLAN, "invoice", INVOICE_LINE, SUBSCRIPTION}


def follow_records(event: RecordsChanged) -> None:
    """Derive anew what hangs on changed records; while billing is off nothing does, and ``catch_up`` makes it good."""
    if not module_is_on_here(MODULE):
        return
    ids = [record.record_id for record in event.records]
    if event.object_name == ORDER:
        refresh_open(event.organization_id, _moved(event))
        _refresh(event.organization_id, _planned(ids))
    elif event.object_name == PLAN:
        orders = set(PaymentPlan.objects.filter(pk__in=ids).values_list("order_id", flat=True))
        note_instalments(orders)
        _refresh(event.organization_id, orders)
    elif event.object_name == INVOICE_LINE:
        add_up_invoices(event.organization_id, ids)
    elif event.object_name == SUBSCRIPTION:
        note_movements(event.organization_id, ids, event.actor_id)


def follow_figures(event: FiguresChanged) -> None:
    """Derive instalments anew when the amounts of orders have changed through their lines."""
    if event.object_name == ORDER and module_is_on_here(MODULE):
        ids = [record.record_id for record in event.records]
        refresh_open(event.organization_id, [row.record_id for row in event.records if "amount" in row.values])
        _refresh(event.organization_id, _planned(ids))


def _moved(event: RecordsChanged) -> list[uuid.UUID]:
    """Return which orders may owe something else now: those of which any of that changed, that are new, gone or back."""
    if event.action != "update":
        return [record.record_id for record in event.records]
    return [record.record_id for record in event.records if not OWED_VALUES.isdisjoint(record.values)]


def catch_up(event: ModulesSwitched) -> None:
    """Derive all open sums and instalments anew when billing comes back: orders may have changed while it was off."""
    if MODULE in event.on:
        refresh_open(event.organization_id, None)
        rows = PaymentPlan.objects.filter(deleted_at__isnull=True)
        _refresh(event.organization_id, set(rows.order_by().values_list("order_id", flat=True)))


def _planned(order_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the orders that have instalments: most have none, and cost nothing more."""
    rows = PaymentPlan.objects.filter(order__in=order_ids, deleted_at__isnull=True)
    return set(rows.order_by().values_list("order_id", flat=True))


def _refresh(organization_id: uuid.UUID, order_ids: Collection[uuid.UUID]) -> None:
    if order_ids:
        zone = Organization.objects.only("time_zone").get(pk=organization_id).time_zone
        refresh_plans(organization_id, order_ids, today(zone))


def add_up_invoices(organization_id: uuid.UUID, line_ids: Collection[uuid.UUID]) -> None:
    """Let the amounts of invoices be the sums of their lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH before AS (SELECT id, amount, net_amount, tax_amount FROM billing_invoice
                             WHERE id IN (SELECT invoice_id FROM billing_invoiceline WHERE id = ANY(%(ids)s))
                             ORDER BY id FOR NO KEY UPDATE),
                 sums AS (SELECT before.id, COALESCE(sum(line.amount), 0) AS amount,
                                 COALESCE(sum(line.net_amount), 0) AS net_amount,
                                 COALESCE(sum(line.tax_amount), 0) AS tax_amount
                            FROM before LEFT JOIN billing_invoiceline AS line
                              ON line.organization_id = %(organization)s AND line.invoice_id = before.id
                             AND line.deleted_at IS NULL
                           GROUP BY before.id)
            UPDATE billing_invoice AS invoice
               SET amount = sums.amount, net_amount = sums.net_amount, tax_amount = sums.tax_amount
              FROM before JOIN sums USING (id) WHERE invoice.id = before.id
            RETURNING invoice.id, before.amount, before.net_amount, before.tax_amount,
                      invoice.amount, invoice.net_amount, invoice.tax_amount
            """,
            {"ids": list(line_ids), "organization": organization_id},
        )
        tell_figures(organization_id, "invoice", INVOICE_SUMS, cursor.fetchall())


def keep(spec: ObjectSpec, records: Sequence[Record], _context: WriteContext) -> None:
    """Keep from the recycle bin what money hangs on; raise ``Conflict`` with the way out."""
    ids = [record.pk for record in records]
    live = Allocation.objects.filter(reversed_at__isnull=True)
    counted = Invoice.objects.filter(deleted_at__isnull=True).exclude(
        state__in=[InvoiceState.REFUSED, InvoiceState.CANCELLED]
    )
    if spec.name == "order" and (live.filter(order__in=ids).exists() or counted.filter(order__in=ids).exists()):
        raise Conflict("has_money", _("This order was paid or invoiced. Cancel it instead, or take those back first."))
    if spec.name == "payment":
        rows = Payment.objects.filter(pk__in=ids)
        taken = Allocation.objects.filter(payment__in=ids).exists() or rows.filter(kind=PaymentKind.REFUND).exists()
        if taken or Payment.objects.filter(refund_of__in=ids).exists():
            raise Conflict("has_money", _("This payment was allocated or given back. Reverse it: so its trace stays."))
    if spec.name == PLAN and Allocation.objects.filter(plan__in=ids, reversed_at__isnull=True).exists():
        raise Conflict("has_money", _("Something was paid for this instalment. Take that back first."))
    invoices = Invoice.objects.filter(pk__in=ids) if spec.name == "invoice" else Invoice.objects.filter(
        pk__in=records and [getattr(record, "invoice_id", None) for record in records]
    )  # fmt: skip
    closed = [InvoiceState.ISSUED, InvoiceState.CANCELLED]
    if spec.name in {"invoice", INVOICE_LINE} and invoices.filter(state__in=closed).exists():
        raise Conflict("issued", _("What was issued stays. Cancel the invoice, or take it back by a credit note."))
    if spec.name == SUBSCRIPTION:
        charged = Renewal.objects.filter(subscription__in=ids, order__isnull=False).values("subscription")
        running = [SubscriptionState.ACTIVE, SubscriptionState.PAUSED]
        if Subscription.objects.filter(pk__in=charged, state__in=running).exists():
            raise Conflict("running", _("This subscription is running. Cancel it first."))
