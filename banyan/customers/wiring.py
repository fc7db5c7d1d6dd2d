"""What the customers app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.duplicates import duplicate_rules
from banyan.core.records.events import RecordsChanged, RecordsResealed
from banyan.core.web.day import DayList, first_steps
from banyan.core.web.panels import (
    Composer,
    DayPanel,
    DueField,
    PaletteEntry,
    QuickAction,
    RecordPanel,
    RowAction,
    TimelineSource,
    composers,
    day_panels,
    due_fields,
    palette_entries,
    quick_actions,
    record_panels,
    row_actions,
    timeline_sources,
)
from banyan.customers import api, duplicates, objects, panels, reactions
from banyan.customers.objects import CUSTOMER
from banyan.customers.views import follow_ups


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        "customers",
        Module("customers", _("Customers"), _("Who your customers are, and every follow-up with them.")),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    duplicate_rules.add("customer", duplicates.CUSTOMER_RULES)
    duplicate_rules.add("contact", duplicates.CONTACT_RULES)
    _register_pages()
    _register_panels()
    api.register()
    subscribe(RecordsChanged, "customers.follow_ups", reactions.keep_follow_up_dates)
    subscribe(RecordsChanged, "customers.match_keys", reactions.keep_match_keys)
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


def _register_panels() -> None:
    """Register what the app shows on records and on my day."""
    glance = RecordPanel(
        "glance", panels.glance, objects=("customer",), place="before", position=20, module="customers"
    )
    hint = RecordPanel(
        "duplicates",
        panels.duplicates_hint,
        objects=("customer", "contact"),
        place="before",
        position=10,
        module="customers",
    )
    record_panels.add(glance.name, glance)
    record_panels.add(hint.name, hint)
    companies = RecordPanel("group", panels.group, objects=("customer",), position=5, module="customers")
    record_panels.add(companies.name, companies)
    _add_to_day(panels.FOLLOW_UPS_DUE, column="main", position=20)
    _add_to_day(panels.NEW_CUSTOMERS, column="side", position=10)
    _add_to_day(panels.NEGLECTED_CUSTOMERS, column="side", position=20)
    for step in panels.FIRST_STEPS:
        first_steps.add(step.name, step)
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


def _add_to_day(block: DayList, *, column: str, position: int) -> None:
    day_panels.add(block.name, DayPanel(block.name, block.render, column, position, module="customers"))
