"""What the customers app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.access.territories import territory_holders
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import Module, modules
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.records.duplicates import duplicate_rules
from banyan.core.records.events import RecordsChanged, RecordsResealed
from banyan.core.web.day import DayList, first_steps
from banyan.core.web.menu import OBJECT_POSITION
from banyan.core.web.panels import (
    BulkOffer,
    Composer,
    DayPanel,
    DueField,
    MenuEntry,
    PaletteEntry,
    QuickAction,
    RecordPanel,
    RowAction,
    TimelineSource,
    bulk_offers,
    composers,
    day_panels,
    day_row_actions,
    due_fields,
    menu_entries,
    palette_entries,
    quick_actions,
    record_panels,
    row_actions,
    timeline_sources,
)
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.customers import duplicates, objects, preparation, reactions
from banyan.customers.api import groups as group_api
from banyan.customers.api import pools as pool_api
from banyan.customers.models import Activity, Customer
from banyan.customers.objects import CUSTOMER
from banyan.customers.panels import customers as panels
from banyan.customers.panels import in_full
from banyan.customers.panels import pools as pool_panels
from banyan.customers.pools import movements
from banyan.customers.references import FigureSource, HealthSource, health_sources, lifetime_figures
from banyan.customers.views import follow_ups, pool_settings


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        "customers",
        Module(
            "customers",
            _("Customers"),
            _("Who your customers are, and every follow-up with them."),
            needed_by=_("Everybody who sells or serves: it is what all the rest refers to."),
            spared_by=_("Nobody: without it there is no CRM."),
            chapters=(
                "customers",
                "follow-ups",
                "pools",
            ),
            start="/customers",
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records("customers", Activity)
    preparation.register_what_stays()
    duplicate_rules.add("customer", duplicates.CUSTOMER_RULES)
    duplicate_rules.add("contact", duplicates.CONTACT_RULES)
    _register_pages()
    _register_panels()
    _register_customer_in_full()
    territory_holders.append(lambda territory_id: Customer.objects.filter(territory_id=territory_id).exists())
    _register_pools()
    group_api.register()
    pool_api.register()
    subscribe(RecordsChanged, "customers.follow_ups", reactions.keep_follow_up_dates)
    subscribe(RecordsChanged, "customers.match_keys", reactions.keep_match_keys)
    subscribe(RecordsChanged, "customers.pool_log", movements.log_movements)
    subscribe(RecordsChanged, "customers.pools", movements.forget_pools)
    subscribe(RecordsChanged, "customers.pools_in_use", movements.keep_pools_with_customers)
    subscribe(RecordsResealed, "customers.renew_match_keys", reactions.renew_match_keys)


def _register_pages() -> None:
    """Register what the app adds to pages: the follow-up box, its dialog, and follow-ups in timelines."""
    composers.add("follow_up", Composer("follow_up", follow_ups.composer, follow_ups.FOLLOWED, module="customers"))
    timeline_sources.add(
        "follow_ups",
        TimelineSource(
            "follow_ups",
            _("Follow-ups"),
            "message",
            follow_ups.load_follow_ups,
            objects=follow_ups.FOLLOWED,
            covers=("activity",),
            position=10,
            module="customers",
            table=Activity,
        ),
    )
    row_actions.add(
        "log_follow_up",
        RowAction(
            "log_follow_up",
            _("Log a follow-up"),
            "message-plus",
            follow_ups.log_url,
            may=follow_ups.may_log,
            logs=True,
            objects=follow_ups.FOLLOWED,
            position=10,
            module="customers",
        ),
    )
    quick_actions.add(
        "log_follow_up",
        QuickAction(
            "log_follow_up",
            _("Log a follow-up"),
            "/follow-ups/quick",
            "message-plus",
            key="f",
            position=10,
            module="customers",
            may=follow_ups.may_log,
            words=(_("call"), _("visit"), _("note"), "跟进", "拜访"),
            creates="activity",
        ),
    )
    new_customer = QuickAction(
        "customer",
        CUSTOMER.label,
        "/customers/new",
        CUSTOMER.icon,
        position=20,
        module="customers",
        may=panels.may_create_customers,
        creates="customer",
    )
    quick_actions.add(new_customer.name, new_customer)
    due_fields.add("next_follow_up", DueField("next_follow_up", ("customer",), "next_follow_up_on"))


def _register_pools() -> None:
    """Register what the app shows of public pools: in the menu, on customers, in their lists, on my day."""
    module = "customers"
    entry = MenuEntry(
        "pools",
        _("Public pools"),
        "/pools",
        "inbox",
        position=OBJECT_POSITION + 1,
        module=module,
        may=pool_panels.may_enter,
    )
    menu_entries.add(entry.name, entry)
    page = PaletteEntry(
        "pools", _("Public pools"), "/pools", "inbox", words=(_("claim"), "公海", "领取"), module=module,
        may=pool_panels.may_enter,
    )  # fmt: skip
    palette_entries.add(page.name, page)
    state = RecordPanel(
        "pool_state",
        pool_panels.state,
        objects=("customer",),
        place="before",
        position=5,
        module=module,
        label=_("Public pool"),
    )
    record_panels.add(state.name, state)
    release = RowAction(
        "release", _("Release into the pool"), "inbox", pool_panels.release_url, may=pool_panels.may_release,
        objects=("customer",), position=60, module=module,
    )  # fmt: skip
    row_actions.add(release.name, release)
    offer = BulkOffer(
        "release", _("Release"), "inbox", "/pools/release", may=pool_panels.may_release, objects=("customer",),
        module=module,
    )  # fmt: skip
    bulk_offers.add(offer.name, offer)
    source = TimelineSource(
        "pool_movements", _("Public pools"), "inbox", pool_panels.load_movements, objects=("customer",), position=50,
        module=module,
    )  # fmt: skip
    timeline_sources.add(source.name, source)
    soon = pool_panels.RELEASED_SOON
    day_panels.add(soon, DayPanel(soon, pool_panels.released_soon, "side", 5, module=module))
    register_settings_page(
        SettingsPage(
            pool_settings.PAGE,
            _("Public pools"),
            pool_settings.URL,
            "inbox",
            "objects",
            _("Customers without owner, who may claim them, and when customers come back"),
            may=pool_settings.may_open,
            module=module,
            words=("公海",),
            routes=pool_settings.routes,
            is_used=pool_settings.is_used,
        )
    )


def _register_panels() -> None:
    """Register what the app shows on records and on my day."""
    glance = RecordPanel(
        "glance",
        panels.glance,
        objects=("customer",),
        place="before",
        position=20,
        module="customers",
        label=_("At a glance"),
    )
    hint = RecordPanel(
        "duplicates",
        panels.duplicates_hint,
        label=_("Possible duplicates"),
        objects=("customer", "contact"),
        place="before",
        position=10,
        module="customers",
    )
    record_panels.add(glance.name, glance)
    record_panels.add(hint.name, hint)
    companies = RecordPanel(
        "group", panels.group, objects=("customer",), position=5, module="customers", label=_("Company group")
    )
    record_panels.add(companies.name, companies)
    _add_to_day(panels.FOLLOW_UPS_DUE, column="main", position=20)
    _add_to_day(panels.NEW_CUSTOMERS, column="side", position=10)
    _add_to_day(panels.NEGLECTED_CUSTOMERS, column="side", position=20)
    for step in panels.FIRST_STEPS:
        first_steps.add(step.name, step)
    new_contact = RowAction(
        "contact",
        _("New contact"),
        "address-book",
        lambda _spec, customer: f"/contacts/new?customer={customer}",
        may=panels.may_create_contacts,
        objects=("customer",),
        position=10,
        module="customers",
    )
    day_row_actions.add(new_contact.name, new_contact)
    palette_entries.add(
        "duplicates_review",
        PaletteEntry(
            "duplicates_review",
            _("Duplicates"),
            "/customers/duplicates-review",
            "git-merge",
            words=(_("Possible duplicates"), _("Merge")),
            module="customers",
            may=panels.may_merge,
        ),
    )


def _register_customer_in_full() -> None:
    """Register the panel of a customer in full, and what this app itself says there."""
    full = RecordPanel(
        "in_full", in_full.place, objects=("customer",), position=3, module="customers", label=_("Customer in full")
    )
    record_panels.add(full.name, full)
    contacts = FigureSource("contacts", in_full.contact_figures, module="customers", position=90)
    lifetime_figures.add(contacts.name, contacts)
    signs = HealthSource("contacts", in_full.contact_health, module="customers", position=10)
    health_sources.add(signs.name, signs)


def _add_to_day(block: DayList, *, column: str, position: int) -> None:
    day_panels.add(block.name, DayPanel(block.name, block.render, column, position, module="customers"))
