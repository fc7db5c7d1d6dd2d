"""What the billing app registers and subscribes to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from banyan.billing import api, day, documents, hooks, lifetime, objects, panels, permissions, reactions
from banyan.billing.choices import SubscriptionState
from banyan.billing.events import InvoiceIssued
from banyan.billing.models import (
    Allocation,
    BuyerHeader,
    CustomerTerms,
    Invoice,
    OpenOrder,
    Payment,
    PaymentPlan,
    Subscription,
)
from banyan.billing.objects import MODULE
from banyan.billing.preparation.locks import LOCKS
from banyan.billing.services import credit, returning
from banyan.billing.services.configuring import PARTS_OF_FILE
from banyan.billing.views import portal, settings
from banyan.core.access.actor import Actor
from banyan.core.access.ready_roles import ready_roles
from banyan.core.access.scopes import Ability
from banyan.core.approvals.events import ApprovalEnded
from banyan.core.kernel.events import subscribe
from banyan.core.objects.configuration_parts import register_part
from banyan.core.objects.events import ModulesSwitched
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, Stopping, modules, stopping_finders
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.records.events import FiguresChanged, RecordsChanged
from banyan.core.records.locks import register_locks
from banyan.core.records.merging import LinkHolder, link_holders
from banyan.core.records.policies import Phase, WritePolicy, register_policy
from banyan.core.records.recycle import Farewell, farewells
from banyan.core.tenancy.preparation import organization_preparations
from banyan.core.web.panels import (
    DayPanel,
    DueField,
    MenuEntry,
    PaletteEntry,
    RecordPanel,
    day_panels,
    due_fields,
    menu_entries,
    palette_entries,
    record_panels,
)
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import subjects
from banyan.customers.public import (
    CustomersOf,
    FigureSource,
    HealthSource,
    customer_figures,
    customer_finders,
    health_sources,
    lifetime_figures,
)
from banyan.documents.public import register_document_kind
from banyan.orders.events import OrderDelivered, OrderLinesChanged, OrdersConfirmed, ReturnReceived
from banyan.orders.public import ConfirmCheck, cancel_checks, confirm_checks, crediting_modules, line_floors
from banyan.portal.public import register_portal_page


def customers_of(model: Any) -> Callable[[Collection[uuid.UUID]], CustomersOf]:
    """Return the finder of the customers of an object's records."""

    def find(ids: Collection[uuid.UUID]) -> CustomersOf:
        return dict(model._default_manager.filter(pk__in=ids).values_list("pk", "customer_id"))  # noqa: SLF001

    return find


def stopping_subscriptions(_actor: Actor, _objects: frozenset[str], gone: frozenset[str]) -> list[Stopping]:
    """Return the subscriptions that nobody would be charged for any more."""
    if MODULE not in gone:
        return []
    rows = Subscription.objects.filter(state=SubscriptionState.ACTIVE, deleted_at__isnull=True)
    count = rows.count()
    words = ngettext("%(count)d running subscription", "%(count)d running subscriptions", count) % {"count": count}
    return [Stopping(_("Subscriptions"), words, "/subscriptions")] if count else []


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
            needed_by=_("Companies that invoice and collect from here."),
            spared_by=_("Companies whose accountants do that in their own system."),
            chapters=("payments",),
            start="/invoices",
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records(MODULE, Allocation, CustomerTerms, Invoice, OpenOrder, Payment, PaymentPlan)
    for name, model in (
        ("payment_plan", PaymentPlan), ("payment", Payment), ("invoice", Invoice), ("subscription", Subscription),
    ):  # fmt: skip
        customer_finders.add(name, customers_of(model))
    register_policy(
        WritePolicy("billing.keep", Phase.JUDGE, lambda spec: spec.name in reactions.KEPT, keep=reactions.keep)
    )
    for source in LOCKS:
        register_locks(source)
    subjects.add("billing", _("Payments and invoices"))
    subjects.add("payment_terms", _("Payment terms"))
    subjects.add("invoice_series", _("Series"))
    _subscribe()
    _register_pages()
    _register_day()
    _register_roles()
    for part in PARTS_OF_FILE:
        register_part(part)
    for page in portal.PAGES:
        register_portal_page(page)
    api.register()


def _register_day() -> None:
    """Register the blocks of my day of those who keep the accounts."""
    for name, render, column in (
        (day.TO_ISSUE.name, day.to_issue, "main"),
        (day.OVERDUE.name, day.overdue, "main"),
        (day.TO_CONFIRM.name, day.to_confirm, "side"),
    ):
        day_panels.add(name, DayPanel(name, render, column, 13, module=MODULE))


def _register_roles() -> None:
    """Register who keeps the money."""
    for role in permissions.READY:
        ready_roles.add(role.key, role)
    organization_preparations.add("billing.roles", permissions.prepare_organization)


def _subscribe() -> None:
    """Follow what happens to orders, approvals and billing's own records."""
    subscribe(RecordsChanged, "billing.records", reactions.follow_records)
    subscribe(FiguresChanged, "billing.figures", reactions.follow_figures)
    subscribe(ModulesSwitched, "billing.catch_up", reactions.catch_up)
    subscribe(ApprovalEnded, "billing.approvals", hooks.end_approval)
    subscribe(OrdersConfirmed, "billing.plans", hooks.plan_orders)
    subscribe(OrderLinesChanged, "billing.plans", hooks.plan_orders)
    subscribe(OrderDelivered, "billing.deliveries", hooks.follow_delivery)
    subscribe(ReturnReceived, "billing.returns", returning.credit_return)
    subscribe(InvoiceIssued, "billing.returns", returning.follow_issue)
    for model in (BuyerHeader, CustomerTerms):
        # What invoices would say, and by when to pay: it goes when the customer is erased for good.
        farewells.add(f"billing.{model.__name__}", Farewell(model, "customer"))
    link_holders.add("billing.header", LinkHolder(BuyerHeader, "customer_id", "customer", flag="is_default"))
    link_holders.add("billing.open", LinkHolder(OpenOrder, "customer_id", "customer"))
    link_holders.add("billing.terms", LinkHolder(CustomerTerms, "customer_id", "customer", is_single=True))
    confirm_checks.add("billing.credit", ConfirmCheck("billing.credit", credit.check_credit, 20, MODULE))
    line_floors.add("billing.invoiced", hooks.floors)
    cancel_checks.add("billing.money", hooks.obstacles)
    stopping_finders.add(MODULE, stopping_subscriptions)
    crediting_modules.add(MODULE, modules[MODULE].label)


#: Lists of children that stand in a panel already.
COVERED = {"order_money": ("payment_plan",), "invoice_lines": ("invoice_line",)}


def _register_pages() -> None:
    """Register what billing shows on pages of its own and of others."""
    for name, render, of, place, position, label in (
        ("order_money", panels.order_money, "order", "before", 30, _("Payment")),
        ("payment_state", panels.payment_state, "payment", "before", 10, _("State of the payment")),
        ("payment_allocations", panels.allocations, "payment", "children", 10, _("What a payment pays")),
        ("invoice_state", panels.invoice_state, "invoice", "before", 10, _("State of the invoice")),
        ("invoice_lines", panels.invoice_lines, "invoice", "before", 20, _("Lines")),
        ("plan_reminders", panels.reminders, "payment_plan", "children", 10, _("Reminders")),
        ("subscription_state", panels.subscription_state, "subscription", "before", 10, _("State of the subscription")),
        ("subscription_renewals", panels.renewals, "subscription", "children", 10, _("Orders of a subscription")),
        ("customer_billing", panels.customer_billing, "customer", "children", 60, _("Invoices and payment")),
    ):
        record_panels.add(
            name,
            RecordPanel(name, render, objects=(of,), place=place, position=position, module=MODULE, label=label,
                        covers=COVERED.get(name, ())),
        )  # fmt: skip
    figures = FigureSource("billing", panels.customer_figures, module=MODULE, position=25)
    customer_figures.add(figures.name, figures)
    paid = FigureSource("billing", lifetime.figures, module=MODULE, position=25)
    lifetime_figures.add(paid.name, paid)
    signs = HealthSource("billing", lifetime.health, module=MODULE, position=25)
    health_sources.add(signs.name, signs)
    title = _("Payments and invoices")
    receivables = MenuEntry(
        "receivables", _("Receivables"), "/receivables", "hourglass", section=title, position=51, module=MODULE,
        may=panels.may_see_receivables,
    )  # fmt: skip
    menu_entries.add(receivables.name, receivables)
    for name, label, url, icon, may_open in (
        ("receivables", _("Receivables"), "/receivables", "hourglass", panels.may_see_receivables),
        ("recurring_revenue", _("Recurring revenue"), "/recurring-revenue", "refresh", panels.may_see_revenue),
        ("bank_statement", _("Bank statement"), "/billing/bank", "building-bank", panels.may_record_bank),
    ):
        entry = PaletteEntry(name, label, url, icon, words=(title,), module=MODULE, may=may_open)
        palette_entries.add(f"billing.{name}", entry)
    due = DueField("billing.plan", ("payment_plan",), "due_on", {"status": tuple(objects.OPEN)}, module=MODULE)
    due_fields.add(due.name, due)
    for kind in documents.KINDS:
        register_document_kind(kind)
    register_settings_page(
        SettingsPage(
            settings.PAGE,
            _("Payments and invoices"),
            settings.URL,
            "cash",
            "organization",
            _("Terms of payment, reminders, credit limits, numbers of invoices"),
            ability=Ability.CUSTOMISE,
            module=MODULE,
            words=(_("credit limit"), _("reminders"), _("Numbers of invoices")),
            routes=SETTINGS_ROUTES,
        )
    )


SETTINGS_ROUTES = (
    path("billing", settings.overview, name="settings-billing"),
    path("billing/change", settings.change, name="settings-billing-change"),
    path("billing/terms/new", settings.new_terms, name="settings-billing-terms-new"),
    path("billing/terms/usual", settings.take_usual, name="settings-billing-terms-usual"),
    path("billing/terms/<uuid:template_id>", settings.edit_terms, name="settings-billing-terms"),
    path("billing/terms/<uuid:template_id>/delete", settings.delete_terms, name="settings-billing-terms-delete"),
    path("billing/series/new", settings.new_series, name="settings-billing-series-new"),
    path("billing/series/<uuid:series_id>", settings.edit_series, name="settings-billing-series"),
)
