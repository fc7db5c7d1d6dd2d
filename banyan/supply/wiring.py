"""What the supply app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.products.public import register_lines
from banyan.supply import objects, preparation, reactions
from banyan.supply.choices import PURCHASE, STOCK

EDITIONS = (STANDARD, ENTERPRISE)


def register() -> None:
    """Register modules, objects and subscriptions."""
    modules.add(
        STOCK,
        Module(
            STOCK, _("Stock and deliveries"), _("What there is and where, what is reserved, what is sent."), EDITIONS,
            requires=("orders",),
        ),
    )  # fmt: skip
    modules.add(
        PURCHASE,
        Module(PURCHASE, _("Purchasing"), _("What is ordered from suppliers, and what comes when."), EDITIONS,
               requires=(STOCK,)),
    )  # fmt: skip
    for spec in objects.OBJECTS:
        register_object(spec)
    register_lines(preparation.PURCHASE_LINES)
    subscribe(RecordsChanged, "supply.orders", reactions.follow_orders)
    subscribe(RecordsChanged, "supply.purchases", reactions.follow_purchases)
    subscribe(RecordsChanged, "supply.warehouses", reactions.follow_warehouses)
    subscribe(RecordsChanged, "supply.deliveries", reactions.keep_sent_deliveries)
