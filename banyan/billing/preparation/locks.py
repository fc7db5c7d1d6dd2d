"""What of invoices, payments, instalments and subscriptions cannot change any more."""

from __future__ import annotations

from banyan.billing.models import Allocation
from banyan.billing.preparation.invoices import closed_of
from banyan.billing.preparation.payments import MONEY_FIELDS, allocated_of, ordered_of, settled_of
from banyan.billing.preparation.subscriptions import charged_of
from banyan.core.records.locks import LockSource

PAID = frozenset({*MONEY_FIELDS, "paid_on"})
LOCKS = (
    LockSource("billing.invoices", lambda spec: spec.name == "invoice", closed_of, reads=("state",)),
    LockSource("billing.settled", lambda spec: spec.name == "payment", settled_of, fields=PAID, reads=("kind", "state")),
    LockSource(
        "billing.allocated", lambda spec: spec.name == "payment", allocated_of, fields=PAID,
        tables=lambda _spec: (Allocation,),
    ),
    LockSource(
        "billing.instalments", lambda spec: spec.name == "payment_plan", ordered_of, fields=frozenset({"order"})
    ),
    LockSource(
        "billing.subscriptions", lambda spec: spec.name == "subscription", charged_of,
        fields=frozenset({"starts_on", "period", "currency"}), reads=("next_on", "starts_on"),
    ),
)  # fmt: skip
