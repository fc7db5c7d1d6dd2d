"""What the orders app registers and subscribes to."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from banyan.core.approvals.events import ApprovalEnded
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
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
    HealthSource,
    customer_figures,
    customer_finders,
    deal_sources,
    group_figures,
    health_sources,
    lifetime_figures,
)
from banyan.orders import hooks, lifetime, objects, panels, preparation, queries
from banyan.orders.choices import CLOSED_STATUSES
from banyan.orders.models import Order
from banyan.orders.references import DEPTH
from banyan.orders.services import changing
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
    modules.add(
        DEPTH,
        Module(
            DEPTH,
            _("Deliveries, changes and returns"),
            _("What of orders was delivered, changed after confirmation, or came back."),
            editions=(STANDARD, ENTERPRISE),
            requires=("orders",),
        ),
    )
    preparation.register_policies()
    # Totals are kept by "products.totals", which has to come before.
    subscribe(RecordsChanged, "then.orders", hooks.follow_orders)
    subscribe(ApprovalEnded, "orders.changes", hooks.end_approval)
    _register_pages()
    register_lines(
        preparation.order_document(
            around=changing.replace_order_lines, asks_why=panels.asks_why, written=changing.finish_order
        )
    )


def _register_pages() -> None:
    """Register what the app shows on orders, opportunities and customers."""
    module = "orders"
    customer_figures.add(module, FigureSource(module, panels.customer_figures, module=module, position=20))
    in_all = FigureSource(module, lifetime.figures, module=module, position=20)
    lifetime_figures.add(in_all.name, in_all)
    signs = HealthSource(module, lifetime.health, module=module, position=20)
    health_sources.add(signs.name, signs)
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
