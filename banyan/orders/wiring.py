"""What the orders app registers and subscribes to."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.customers.public import customer_finders
from banyan.orders import objects, reactions
from banyan.orders.models import Order


def customer_of_order(order_id: uuid.UUID) -> uuid.UUID | None:
    """Return the customer of an order."""
    return Order.objects.filter(pk=order_id).values_list("customer_id", flat=True).first()


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        "orders",
        Module("orders", _("Orders"), _("What was ordered and what it is worth."), requires=("customers",)),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    customer_finders.add("order", customer_of_order)
    subscribe(RecordsChanged, "orders.totals", reactions.keep_order_totals)
