"""What the supply app registers and subscribes to."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.access.ready_roles import ready_roles
from banyan.core.access.scopes import Ability
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.core.records.merging import LinkHolder, link_holders
from banyan.core.tenancy.preparation import organization_preparations
from banyan.core.web.panels import (
    DayPanel,
    MenuEntry,
    PaletteEntry,
    RecordPanel,
    day_panels,
    menu_entries,
    palette_entries,
    record_panels,
)
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.documents.public import register_document_kind
from banyan.orders.events import OrderDelivered, OrdersCancelled, ReturnReceived
from banyan.orders.public import DeliveryKeeper, cancel_checks, delivery_modules, line_floors, return_receivers
from banyan.portal.public import register_portal_page
from banyan.products.public import register_lines
from banyan.supply import api, day, documents, objects, panels, permissions, preparation, reactions
from banyan.supply.choices import PURCHASE, STOCK
from banyan.supply.models import SerialNumber, Supplier
from banyan.supply.permissions import buys, sees_stock, works_with_stock
from banyan.supply.setting import supply_setting
from banyan.supply.views import portal, settings


def register() -> None:
    """Register modules, objects and subscriptions."""
    _register_modules()
    for spec in objects.OBJECTS:
        register_object(spec)
    for role in permissions.READY:
        ready_roles.add(role.key, role)
    organization_preparations.add("supply.roles", permissions.prepare_organization)
    register_lines(preparation.PURCHASE_LINES)
    preparation.register_what_stays()
    subscribe(RecordsChanged, "supply.orders", reactions.follow_orders)
    subscribe(RecordsChanged, "supply.purchases", reactions.follow_purchases)
    subscribe(RecordsChanged, "supply.warehouses", reactions.follow_warehouses)
    subscribe(RecordsChanged, "supply.deliveries", reactions.follow_deliveries)
    subscribe(RecordsChanged, "supply.products", reactions.keep_products_with_stock)
    subscribe(RecordsChanged, "supply.merged", reactions.follow_merged_suppliers)
    # The supplier first: what a merged one sells is looked for at the one who is kept.
    link_holders.add("supply.supplier", LinkHolder(Supplier, "customer_id", "customer", is_single=True))
    link_holders.add("supply.serial", LinkHolder(SerialNumber, "customer_id", "customer"))
    subscribe(OrdersCancelled, "supply.cancelled", reactions.give_up_deliveries)
    subscribe(ReturnReceived, "supply.returns", reactions.take_back_returns)
    keeps = DeliveryKeeper(
        STOCK, _("Stock and deliveries"), lambda organization: not supply_setting(organization).is_mirror
    )
    delivery_modules.add(STOCK, keeps)
    return_receivers.add(STOCK, works_with_stock)
    subscribe(OrderDelivered, "supply.noted", reactions.follow_noted_deliveries)
    line_floors.add(STOCK, reactions.floors)
    cancel_checks.add(STOCK, reactions.obstacles)
    for kind in documents.KINDS:
        register_document_kind(kind)
    for page in portal.PAGES:
        register_portal_page(page)
    api.register()
    _register_panels()
    _register_pages()
    _register_day()


def _register_modules() -> None:
    modules.add(
        STOCK,
        Module(
            STOCK,
            _("Stock and deliveries"),
            _("What there is and where, what is reserved, what is sent."),
            (STANDARD, ENTERPRISE),
            requires=("orders",),
            section=_("Stock and purchases"),
            position=50,
            needed_by=_("Companies that keep goods and send them."),
            spared_by=_("Service companies, and whoever keeps stock in an ERP."),
            chapters=("stock",),
            start="/stock",
        ),
    )
    modules.add(
        PURCHASE,
        Module(
            PURCHASE,
            _("Purchasing"),
            _("What is ordered from suppliers, and what comes when."),
            (ENTERPRISE,),
            requires=(STOCK,),
            section=_("Stock and purchases"),
            position=50,
            needed_by=_("Companies that buy from suppliers what they sell."),
            spared_by=_("Companies that make everything, or buy in an ERP."),
            chapters=("stock",),
            start="/purchase-orders",
        ),
    )


def _register_panels() -> None:
    """Register what the app shows on records."""
    for panel in (
        RecordPanel(
            "order_supply", panels.order_state_follows, objects=("order",), place="before", position=110, module=STOCK,
            covers=("delivery",), label=pgettext_lazy("order", "Delivery"),
        ),
        RecordPanel(
            "delivery_goods", panels.delivery_goods, objects=("delivery",), place="before", position=50, module=STOCK,
            label=_("Goods"),
        ),
        RecordPanel(
            "purchase_receipts", panels.purchase_state, objects=("purchase_order",), place="before", position=110,
            module=PURCHASE, label=_("Receipts"),
        ),
        RecordPanel(
            "product_stock", panels.product_stock, objects=("product",), position=50, module=STOCK, label=_("Stock")
        ),
        RecordPanel(
            "supplier", panels.supplier, objects=("customer",), position=850, module=PURCHASE, label=pgettext_lazy("purchasing", "Supplier")
        ),
    ):  # fmt: skip
        record_panels.add(panel.name, panel)


def _register_day() -> None:
    """Register the blocks of my day of warehouse and purchase."""
    for name, render, column, module in (
        (day.TO_SEND.name, day.to_send, "main", STOCK),
        (day.TO_COME.name, day.to_come, "main", PURCHASE),
        (day.TO_ORDER.name, day.to_order, "side", PURCHASE),
    ):
        day_panels.add(name, DayPanel(name, render, column, 12, module=module))


def _register_pages() -> None:
    """Register menu, palette and settings."""
    entry = MenuEntry(
        "stock",
        _("Stock"),
        "/stock",
        "packages",
        section=_("Stock and purchases"),
        position=52,
        module=STOCK,
        may=sees_stock,
    )
    menu_entries.add(entry.name, entry)
    pages = (
        ("stock", _("Stock"), "/stock", "packages", (_("warehouse"), "库存", "仓库"), sees_stock),
        ("stock_work", _("Work in the warehouse"), "/stock/work", "truck-delivery", ("拣货", "收货"), works_with_stock),
        ("stock_to_order", _("To order"), "/stock/to-order", "truck-loading", (_("purchase"), "采购", "补货"), buys),
        ("stock_backorders", _("Waiting orders"), "/stock/backorders", "clock", (_("backorder"), "缺货"), sees_stock),
        ("stock_serials", _("Serial numbers"), "/stock/serials", "barcode", ("序列号",), sees_stock),
        ("stock_lots", _("Lots"), "/stock/lots", "calendar-event", (_("expiry date"), "批次", "有效期"), sees_stock),
        ("stock_counts", _("Count stock"), "/stock/counts", "clipboard-check", ("盘点",), works_with_stock),
    )
    for name, label, url, icon, words, may in pages:
        module = PURCHASE if may is buys else STOCK
        palette = PaletteEntry(name, label, url, icon, words=words, position=60, module=module, may=may)
        palette_entries.add(name, palette)
    register_settings_page(
        SettingsPage(
            settings.PAGE,
            _("Supply chain"),
            settings.URL,
            "packages",
            "rules",
            _("Who keeps the stock, what happens when it is short, carriers, and the places of warehouses"),
            ability=Ability.CUSTOMISE,
            module=STOCK,
            words=(_("stock"), _("warehouse"), "库存", "仓库", "承运商"),
            routes=(
                path("supply", settings.setting, name="settings-supply"),
                path("supply/<uuid:warehouse_id>/places/new", settings.new_place, name="settings-supply-place-new"),
                path("supply/places/<uuid:place_id>/close", settings.drop_place, name="settings-supply-place-close"),
            ),
        )
    )
