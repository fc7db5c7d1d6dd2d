"""What the leads app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.access.territories import territory_holders
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, Stopping, modules, stopping_finders
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.records.duplicates import duplicate_rules
from banyan.core.records.events import FiguresChanged, RecordsChanged, RecordsResealed
from banyan.core.tenancy.preparation import organization_preparations
from banyan.core.web.day import first_steps
from banyan.core.web.menu import OBJECT_POSITION
from banyan.core.web.panels import (
    BulkOffer,
    DayPanel,
    DueField,
    MenuEntry,
    PaletteEntry,
    RecordMenu,
    RecordPanel,
    TimelineSource,
    bulk_offers,
    day_panels,
    due_fields,
    menu_entries,
    palette_entries,
    record_menus,
    record_panels,
    timeline_sources,
)
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import subjects
from banyan.customers.public import customer_finders
from banyan.leads import (  # jobs are known by it
    api,
    documents,
    duplicates,
    jobs,  # noqa: F401
    objects,
    panels,
    preparation,
    queries,
    reactions,
)
from banyan.leads.choices import MODULE, LeadStatus
from banyan.leads.models import Lead, LeadForm
from banyan.leads.services.settings import prepare_organization
from banyan.leads.views import settings
from banyan.leads.views.routes import SETTINGS_ROUTES


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Leads"),
            _("Who may become a customer: captured, answered, judged and converted."),
            editions=(STANDARD, ENTERPRISE),
            requires=("customers",),
            section=_("Sales"),
            position=10,
            needed_by=_("Companies with more enquiries than they can answer at once."),
            spared_by=_("Companies that know each new customer by name."),
            chapters=("leads",),
            start="/leads",
        ),
    )
    stopping_finders.add(MODULE, stopping_forms)
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records(MODULE, Lead)
    preparation.register_what_stays()
    duplicate_rules.add("lead", duplicates.LEAD_RULES)
    customer_finders.add("lead", queries.customers_of_leads)
    organization_preparations.add("leads.starting", prepare_organization)
    subscribe(RecordsChanged, "leads.contacts", reactions.note_contacts)
    subscribe(RecordsChanged, "leads.forget_sent", reactions.forget_sent)
    subscribe(RecordsChanged, "leads.keys", reactions.keep_keys)
    subscribe(RecordsChanged, "leads.movements", reactions.log_movements)
    subscribe(RecordsChanged, "leads.reversals", reactions.note_reversals)
    subscribe(RecordsChanged, "leads.scores", reactions.score_changed)
    subscribe(FiguresChanged, "leads.score_figures", reactions.score_figures)
    subscribe(RecordsResealed, "leads.renew_keys", reactions.renew_keys)
    territory_holders.append(lambda territory_id: Lead.objects.filter(territory_id=territory_id).exists())
    for subject, name in {
        "score_rule": _("Scoring rule"), "lead_question": _("Question of the checklist"), "lead_form": _("Form"),
    }.items():  # fmt: skip
        subjects.add(subject, name)
    api.register()
    documents.register()
    _register_pages()
    _register_actions()
    register_settings_page(
        SettingsPage(
            settings.PAGE,
            _("Leads"),
            settings.URL,
            "user-search",
            "objects",
            _("Forms, scores, the checklist, how soon leads are answered, and what they become"),
            ability=Ability.CUSTOMISE,
            module=MODULE,
            words=(_("web form"), _("scoring"), "线索", "表单", "评分"),
            routes=SETTINGS_ROUTES,
        )
    )


def _register_pages() -> None:
    """Register what the app shows on records, in timelines, in the menu and on my day."""
    for panel in (
        RecordPanel(
            "lead_state",
            panels.state,
            objects=("lead",),
            place="before",
            position=5,
            module=MODULE,
            label=_("Next step"),
        ),
        RecordPanel(
            "lead_checklist", panels.checklist, objects=("lead",), position=10, module=MODULE, label=_("Checklist")
        ),
        RecordPanel("lead_score", panels.score, objects=("lead",), position=20, module=MODULE, label=_("Score")),
    ):
        record_panels.add(panel.name, panel)
    captures = TimelineSource(
        "captures", _("Came in"), "clipboard-list", panels.load_captures, objects=("lead",), position=40, module=MODULE
    )
    past = TimelineSource(
        "lead_past", _("As a lead"), "user-search", panels.load_past, objects=("customer", "contact", "opportunity"),
        position=45, module=MODULE, table=Lead,
    )  # fmt: skip
    for source in (captures, past):
        timeline_sources.add(source.name, source)
    day_panels.add(
        panels.TO_ANSWER.name, DayPanel(panels.TO_ANSWER.name, panels.TO_ANSWER.render, "main", 15, module=MODULE)
    )
    first_steps.add(panels.FIRST_STEP.name, panels.FIRST_STEP)
    due_fields.add("lead_answer", DueField("lead_answer", ("lead",), "answer_by", {"status": (LeadStatus.NEW.value,)}))
    entry = MenuEntry(
        "lead_pool", _("Lead pool"), "/leads/pool", "inbox", position=OBJECT_POSITION + 1, module=MODULE,
        may=panels.may_edit,
    )  # fmt: skip
    menu_entries.add(entry.name, entry)
    for page in (
        PaletteEntry(
            "lead_pool", _("Lead pool"), "/leads/pool", "inbox", words=(_("claim"), "线索池", "领取"), module=MODULE,
            may=panels.may_edit,
        ),
        PaletteEntry(
            "lead_statistics", _("Lead statistics"), "/leads/statistics", "chart-bar",
            words=(_("response time"), "响应时间"), module=MODULE, may=panels.may_see,
        ),
    ):  # fmt: skip
        palette_entries.add(page.name, page)


def _register_actions() -> None:
    """Register what can be done with leads in lists."""
    menu = RecordMenu("release_lead", panels.menu_of, objects=("lead",), position=60, module=MODULE)
    record_menus.add(menu.name, menu)
    for offer in (
        BulkOffer(
            "convert_leads",
            pgettext_lazy("lead", "Convert"),
            "user-check",
            "/leads/convert",
            may=panels.may_edit,
            objects=("lead",),
            module=MODULE,
        ),
        BulkOffer(
            "release_leads",
            _("Release"),
            "inbox",
            "/leads/release",
            may=panels.may_edit,
            objects=("lead",),
            module=MODULE,
        ),
    ):
        bulk_offers.add(offer.name, offer)


def stopping_forms(_actor: Actor, _objects: frozenset[str], gone: frozenset[str]) -> list[Stopping]:
    """Return the public forms that would take nothing in any more."""
    rows = LeadForm.objects.filter(is_active=True) if MODULE in gone else []
    return [Stopping(_("Public forms"), row.name, "/settings/leads/forms") for row in rows]
