"""What the billing app tells the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class PaymentReceived(Event):
    """Money was allocated to an order, or taken back from it: then the amounts are negative.

    ``amount`` is in the ``currency`` of the payment, ``order_amount`` in that of the order.
    """

    organization_id: uuid.UUID
    payment_id: uuid.UUID
    order_id: uuid.UUID
    customer_id: uuid.UUID
    paid_on: date
    amount: Decimal
    currency: str
    order_amount: Decimal


@dataclass(frozen=True)
class InvoiceIssued(Event):
    """An invoice or, with negative amounts, a credit note was issued."""

    organization_id: uuid.UUID
    invoice_id: uuid.UUID
    order_id: uuid.UUID | None
    customer_id: uuid.UUID
    issued_on: date
    amount: Decimal
    currency: str
    is_credit: bool
