"""What the orders app registers and subscribes to."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.modules import Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.web.day import first_steps
from banyan.core.web.panels import (
    QuickAction,
    RecordPanel,
    TimelineSource,
    quick_actions,
    record_panels,
    timeline_sources,
)
from banyan.customers.public import (
    CustomersOf,
    DealSource,
    FigureSource,
    GroupFigure,
    customer_figures,
    customer_finders,
    deal_sources,
    group_figures,
)
from banyan.orders import objects, panels, preparation, queries
from banyan.orders.choices import CLOSED_STATUSES
from banyan.orders.models import Order
from banyan.privacy.public import keepers
from banyan.products.public import register_lines


def customers_of_orders(ids: Collection[uuid.UUID]) -> CustomersOf:
    """Return the customers of orders."""
    return dict(Order.objects.filter(pk__in=ids).values_list("pk", "customer_id"))


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        "orders",
        Module("orders", _("Orders"), _("What was ordered and what it is worth."), requires=("customers", "products")),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    customer_finders.add("order", customers_of_orders)
    deals = DealSource("orders", queries.ordered_since, module="orders")
    deal_sources.add(deals.name, deals)
    keepers.add("orders", queries.kept_for_tax)
    _register_pages()
    register_lines(preparation.LINES)


def _register_pages() -> None:
    """Register what the app shows on orders, opportunities and customers."""
    module = "orders"
    customer_figures.add(module, FigureSource(module, panels.customer_figures, module=module, position=20))
    counts = {"field": "status", "op": "in", "value": [status.value for status in CLOSED_STATUSES]}
    group_figures.add("ordered", GroupFigure("ordered", _("Ordered"), "order", (counts,), position=30))
    offer = RecordPanel(
        "order_offer",
        panels.order_offer,
        objects=("opportunity",),
        place="before",
        position=10,
        module=module,
        label=_("Create an order"),
    )
    record_panels.add(offer.name, offer)
    source = TimelineSource(
        "orders",
        _("Orders"),
        "shopping-cart",
        panels.load_orders,
        objects=("customer", "contact", "opportunity"),
        position=50,
        module=module,
    )
    timeline_sources.add(source.name, source)
    first_steps.add(panels.FIRST_STEP.name, panels.FIRST_STEP)
    create = QuickAction(
        objects.ORDER.name,
        objects.ORDER.label,
        f"/{objects.ORDER.plural}/new",
        objects.ORDER.icon,
        position=40,
        module=module,
        may=panels.may_create,
        creates=objects.ORDER.name,
    )
    quick_actions.add(create.name, create)
