"""The front door of the billing app for apps above it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from banyan.billing.choices import InvoiceState, PaymentState
from banyan.billing.engine.openness import refresh_open
from banyan.billing.models import Allocation, Invoice, Payment
from banyan.billing.queries import Balance, balances
from banyan.billing.services.allocating import Target
from banyan.billing.services.invoicing import approve_invoice, issue_invoice, request_invoice
from banyan.billing.services.payments import record_payment
from banyan.billing.services.plans import add_instalments, plan_by_template, save_template, unplanned, usual_templates
from banyan.billing.services.subscribing import renew
from banyan.core.tenancy.models import Organization

__all__ = [
    "Allocation",
    "Balance",
    "Invoice",
    "Payment",
    "Received",
    "Target",
    "add_instalments",
    "approve_invoice",
    "balances",
    "invoiced_between",
    "issue_invoice",
    "plan_by_template",
    "received_between",
    "record_payment",
    "refresh_open",
    "renew",
    "request_invoice",
    "save_template",
    "unplanned",
    "usual_templates",
]


@dataclass(frozen=True)
class Received:
    """Money that was allocated to an order, negative where it was given back.

    ``amount`` is in the payment's ``currency``, ``order_amount`` in ``order_currency``. ``owner_id`` is the owner of the
    order: whose business was paid.
    """

    payment_id: uuid.UUID
    order_id: uuid.UUID
    customer_id: uuid.UUID
    owner_id: uuid.UUID | None
    paid_on: date
    amount: Decimal
    currency: str
    order_amount: Decimal
    order_currency: str


def received_between(
    organization: Organization, first: date, last: date, *, owners: Collection[uuid.UUID] | None = None
) -> Iterator[Received]:
    """Yield what was received for orders from one day to another, both included, by the day of the payment.

    Payments that were reversed, and allocations that were taken back, do not count. The caller has the right to know.
    """
    rows = Allocation.objects.filter(
        organization_id=organization.pk,
        reversed_at__isnull=True,
        payment__paid_on__range=(first, last),
        payment__state=PaymentState.CONFIRMED,
        payment__deleted_at__isnull=True,
    )
    if owners is not None:
        rows = rows.filter(order__owner__in=owners)
    for row in rows.select_related("payment", "order").order_by("payment__paid_on", "id").iterator(chunk_size=2_000):
        yield Received(
            row.payment_id,
            row.order_id,
            row.order.customer_id,
            row.order.owner_id,
            row.payment.paid_on or first,
            row.amount,
            row.payment.currency,
            row.order_amount,
            row.order.currency or organization.currency,
        )


def invoiced_between(organization: Organization, first: date, last: date) -> dict[str, Decimal]:
    """Return what was invoiced between two days by currency, credit notes taken off."""
    rows = Invoice.objects.filter(
        organization_id=organization.pk, state=InvoiceState.ISSUED, issued_on__range=(first, last),
        deleted_at__isnull=True,
    )  # fmt: skip
    sums: dict[str, Decimal] = {}
    for currency, amount in rows.values_list("currency", "amount"):
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return sums
