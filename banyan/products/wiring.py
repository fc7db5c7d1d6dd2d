"""What the products app registers and subscribes to."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability, Action
from banyan.core.approvals.events import ApprovalEnded
from banyan.core.kernel.events import subscribe
from banyan.core.objects.configuration_parts import register_part
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, modules
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.core.records.locks import LockSource, register_locks
from banyan.core.records.policies import Phase, WritePolicy, register_policy
from banyan.core.web.menu import may
from banyan.core.web.panels import RecordPanel, record_panels
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import name_values
from banyan.products import api, objects
from banyan.products.lines.configuration import PART
from banyan.products.lines.declaring import line_documents, line_model
from banyan.products.lines.discounts import end_with_approval, follow_lines, is_bound, judge_binding
from banyan.products.lines.preparing import summed_of
from banyan.products.lines.totals import keep_totals
from banyan.products.models import DiscountAsked, PriceBookEntry
from banyan.products.panels import product_panel
from banyan.products.preparation import priced_of
from banyan.products.references import PRICING, PRODUCTS
from banyan.products.views import discounts


def may_see_price_books(actor: Actor) -> bool:
    """Say whether somebody may see price books."""
    return may(actor, objects.PRICE_BOOK, Action.VIEW)


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        PRODUCTS,
        Module(
            PRODUCTS,
            _("Products"),
            _("What you sell, with prices."),
            section=_("Sales"),
            position=60,
            needed_by=_("Whoever sells the same things again and again."),
            spared_by=_("Whoever only sells work that is different each time."),
            start="/products",
        ),
    )
    modules.add(
        PRICING,
        Module(
            PRICING,
            _("Prices in depth"),
            _("Price books, variants, bundles, units, cost and margin, and how much discount people may give."),
            editions=(STANDARD, ENTERPRISE),
            requires=(PRODUCTS,),
            section=_("Sales"),
            position=60,
            needed_by=_("Companies with several price lists, variants or limits to discounts."),
            spared_by=_("Companies with one price for everybody."),
            start="/price-books",
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records(PRICING, DiscountAsked, PriceBookEntry)
    subscribe(RecordsChanged, "products.totals", keep_totals)
    subscribe(RecordsChanged, "products.discounts", follow_lines)
    subscribe(ApprovalEnded, "products.discounts", end_with_approval)
    amounts = LockSource(
        "products.amount", lambda spec: spec.name in line_documents, summed_of, fields=frozenset({"amount"}),
        tables=lambda spec: (line_model(line_documents[spec.name]),),
    )  # fmt: skip
    register_locks(amounts)
    register_locks(LockSource("products.price_books", lambda spec: spec.name == objects.PRICE_BOOK.name, priced_of,
                              fields=frozenset({"currency"}), tables=lambda _spec: (PriceBookEntry,)))  # fmt: skip
    register_policy(WritePolicy("products.binding", Phase.JUDGE, is_bound, judge_binding))
    register_part(PART)
    api.register()
    panel = RecordPanel(
        "product_setup", product_panel, objects=("product",), position=200, module=PRODUCTS,
        covers=("price_book_entry", "product"), label=_("Prices, variants and units"),
    )  # fmt: skip
    record_panels.add(panel.name, panel)
    _register_settings()


def _register_settings() -> None:
    """Register what administrators and product managers find in the settings."""
    name_values({"discount_limits": _("Discount limits")})
    register_settings_page(
        SettingsPage(
            "price-books",
            _("Price books"),
            f"/{objects.PRICE_BOOK.plural}",
            "tags",
            "rules",
            _("Prices by currency, customers, quantity and period"),
            may=may_see_price_books,
            module=PRICING,
            words=(_("Price list"), "价格表", "价目表"),
        )
    )
    register_settings_page(
        SettingsPage(
            discounts.PAGE,
            _("Discounts"),
            discounts.URL,
            "percentage",
            "rules",
            _("How much discount people may give, and what needs approval"),
            ability=Ability.CUSTOMISE,
            module=PRICING,
            words=(_("Discount limit"), "折扣", "折扣权限"),
            routes=(
                path("discounts", discounts.overview, name="settings-discounts"),
                path("discounts/new", discounts.new_limit, name="settings-discounts-new"),
                path("discounts/over", discounts.over_limit, name="settings-discounts-over"),
                path("discounts/remove", discounts.remove_limit, name="settings-discounts-remove"),
            ),
        )
    )
