"""What the orders app registers and subscribes to."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from banyan.core.access.actor import Actor, Channel
from banyan.core.approvals.events import ApprovalEnded
from banyan.core.kernel.events import subscribe
from banyan.core.objects.models import Record
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.records.drafts import WriteContext
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
from banyan.documents.public import register_document_kind
from banyan.orders import api, documents, hooks, lifetime, objects, preparation, queries
from banyan.orders.choices import CLOSED_STATUSES
from banyan.orders.models import Order, OrderChange, OrderReturn
from banyan.orders.panels import around
from banyan.orders.panels import orders as order_panels
from banyan.orders.references import CHANGE, DEPTH, ORDER, RETURN
from banyan.orders.services import changing
from banyan.portal.public import register_portal_page
from banyan.privacy.public import keepers
from banyan.products.public import register_lines, write_document
from banyan.quotes.public import Outcome, quote_outcomes


def customers_of_orders(ids: Collection[uuid.UUID]) -> CustomersOf:
    """Return the customers of orders."""
    return dict(Order.objects.filter(pk__in=ids).values_list("pk", "customer_id"))


def order_from_quote(
    actor: Actor, quote: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], context: WriteContext
) -> Record:
    """Create the order of an accepted quote, line by line as it was accepted, and return it."""
    values = {name: value for name, value in quote.items() if name != "quote"}
    # Its discounts were judged before the quote went out: nobody asks for them again.
    actor = actor.through(Channel.AUTOMATION)
    context = replace(context, actor=actor, channel=actor.channel)
    return write_document(actor, "order", values, lines, context=context)


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        "orders",
        Module(
            "orders",
            _("Orders"),
            _("What was ordered and what it is worth."),
            requires=("customers", "products"),
            section=_("Sales"),
            position=50,
            needed_by=_("Whoever takes orders and wants to know what they were worth."),
            spared_by=_("Companies whose orders live in another system."),
            chapters=("orders",),
            start="/orders",
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records("orders", Order)
    register_tables_at_records(DEPTH, OrderChange, OrderReturn)
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
            section=_("Sales"),
            position=50,
            needed_by=_("Companies that deliver in parts, change orders late or take goods back."),
            spared_by=_("Companies that deliver once and are done."),
            start="/orders",
        ),
    )
    preparation.register_policies()
    # Totals are kept by "products.totals", which has to come before.
    subscribe(RecordsChanged, "then.orders", hooks.follow_orders)
    subscribe(ApprovalEnded, "orders.changes", hooks.end_approval)
    outcome = Outcome("order", _("Create the order"), "shopping-cart", "order", "orders", order_from_quote)
    quote_outcomes.add(outcome.name, outcome)
    _register_figures()
    _register_pages()
    register_lines(
        preparation.order_document(
            around=changing.replace_order_lines, asks_why=order_panels.asks_why, written=changing.finish_order
        )
    )
    api.register()
    for kind in documents.KINDS:
        register_document_kind(kind)
    register_portal_page(documents.PAGE)


def _register_figures() -> None:
    """Register what orders say of a customer: at a glance, in full, and of its group of companies."""
    module = "orders"
    customer_figures.add(module, FigureSource(module, around.customer_figures, module=module, position=20, table=Order))
    in_all = FigureSource(module, lifetime.figures, module=module, position=20)
    lifetime_figures.add(in_all.name, in_all)
    signs = HealthSource(module, lifetime.health, module=module, position=20)
    health_sources.add(signs.name, signs)
    counts = {"field": "status", "op": "in", "value": [status.value for status in CLOSED_STATUSES]}
    group_figures.add("ordered", GroupFigure("ordered", _("Ordered"), "order", (counts,), position=30))


def _register_pages() -> None:
    """Register what the app shows on orders, opportunities and contracts."""
    module = "orders"
    offer = RecordPanel(
        "order_offer",
        around.order_offer,
        objects=("opportunity",),
        place="before",
        position=10,
        module=module,
        label=_("Create an order"),
    )
    record_panels.add(offer.name, offer)
    for panel in (
        RecordPanel("order_state", order_panels.state, (ORDER,), "before", 20, module, label=_("State of the order")),
        RecordPanel("order_deliveries", order_panels.deliveries, (ORDER,), "before", 120, DEPTH, label=_("Deliveries")),
        RecordPanel("order_change", order_panels.change, (CHANGE,), "before", 20, DEPTH, label=_("What changed")),
        RecordPanel(
            "order_return", order_panels.return_state, (RETURN,), "before", 20, DEPTH, label=_("What comes back")
        ),
        RecordPanel(
            "contract_orders",
            order_panels.orders_of_contract,
            ("contract",),
            "children",
            10,
            module,
            covers=("order",),
            label=_("Orders"),
        ),
    ):
        record_panels.add(panel.name, panel)
    source = TimelineSource(
        "orders",
        _("Orders"),
        "shopping-cart",
        around.load_orders,
        objects=("customer", "contact", "opportunity"),
        position=50,
        module=module,
        table=Order,
    )
    timeline_sources.add(source.name, source)
    first_steps.add(around.FIRST_STEP.name, around.FIRST_STEP)
    create = QuickAction(
        objects.ORDER.name,
        objects.ORDER.label,
        f"/{objects.ORDER.plural}/new",
        objects.ORDER.icon,
        position=40,
        module=module,
        may=around.may_create,
        creates=objects.ORDER.name,
    )
    quick_actions.add(create.name, create)
