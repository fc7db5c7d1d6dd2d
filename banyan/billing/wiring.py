"""What the billing app registers and subscribes to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from typing import Any

from django.utils.translation import gettext_lazy as _

from banyan.billing import objects, reactions
from banyan.billing.models import Invoice, Payment, PaymentPlan, Subscription
from banyan.billing.objects import MODULE
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.events import FiguresChanged, RecordsChanged
from banyan.core.records.policies import Phase, WritePolicy, register_policy
from banyan.customers.public import CustomersOf, customer_finders


def customers_of(model: Any) -> Callable[[Collection[uuid.UUID]], CustomersOf]:
    """Return the finder of the customers of an object's records."""

    def find(ids: Collection[uuid.UUID]) -> CustomersOf:
        return dict(model._default_manager.filter(pk__in=ids).values_list("pk", "customer_id"))  # noqa: SLF001

    return find


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Payments and invoices"),
            _("Payment plans, receipts, invoices, reminders, credit limits and subscriptions."),
            editions=(STANDARD, ENTERPRISE),
            requires=("orders",),
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    for name, model in (
        ("payment_plan", PaymentPlan), ("payment", Payment), ("invoice", Invoice), ("subscription", Subscription),
    ):  # fmt: skip
        customer_finders.add(name, customers_of(model))
    register_policy(
        WritePolicy("billing.keep", Phase.JUDGE, lambda spec: spec.name in reactions.KEPT, keep=reactions.keep)
    )
    subscribe(RecordsChanged, "billing.records", reactions.follow_records)
    subscribe(FiguresChanged, "billing.figures", reactions.follow_figures)
