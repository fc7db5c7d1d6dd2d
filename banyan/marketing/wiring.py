"""What the marketing app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from banyan.core.access.actor import Actor
from banyan.core.access.ready_roles import ready_roles
from banyan.core.access.scopes import Ability
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, Stopping, modules, stopping_finders
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.core.tenancy.preparation import organization_preparations
from banyan.core.web.menu import OBJECT_POSITION
from banyan.core.web.panels import (
    BulkOffer,
    DayPanel,
    MenuEntry,
    PaletteEntry,
    RecordMenu,
    RecordPanel,
    TimelineSource,
    bulk_offers,
    day_panels,
    menu_entries,
    palette_entries,
    record_menus,
    record_panels,
    timeline_sources,
)
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import subjects
from banyan.marketing import api, documents, jobs, objects, panels, permissions, reactions  # noqa: F401 jobs are known by it
from banyan.marketing.choices import CAMPAIGN, MEMBER_OBJECTS, MODULE, SEGMENT, MailingState
from banyan.marketing.models import CampaignMember, Mailing
from banyan.marketing.views import settings


def register() -> None:
    """Register module, objects and subscriptions."""
    api.register()
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Campaigns"),
            _("Segments, campaigns, mail to many, and which campaign worked."),
            editions=(STANDARD, ENTERPRISE),
            requires=("customers", "leads", "opportunities", "privacy"),
            section=_("Marketing"),
            position=60,
            needed_by=_("Companies that write to groups of people, go to fairs or advertise regularly."),
            spared_by=_("Companies that speak with each customer singly."),
            chapters=("marketing",),
            start="/campaigns",
        ),
    )
    stopping_finders.add(MODULE, stopping_mails)
    documents.register()
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records(MODULE, CampaignMember)
    organization_preparations.add("marketing.roles", permissions.prepare_organization)
    for role in permissions.READY:
        ready_roles.add(role.key, role)
    subscribe(RecordsChanged, "marketing.leads", reactions.follow_leads)
    subjects.add("blocked_address", _("Blocked address"))
    _register_pages()
    _register_actions()
    register_settings_page(
        SettingsPage(
            settings.PAGE,
            _("Marketing"),
            settings.URL,
            "speakerphone",
            "objects",
            _("Who sends mail to many, how much and when, and which addresses get none"),
            ability=Ability.CUSTOMISE,
            module=MODULE,
            words=(_("block list"), _("unsubscribe"), "退订", "群发", "黑名单"),
            routes=settings.ROUTES,
        )
    )


def _register_pages() -> None:
    """Register what the app shows on records, in timelines, in the menu and on my day."""
    for panel in (
        RecordPanel(
            "campaign_state", panels.campaign_state, (CAMPAIGN,), place="before", position=5, module=MODULE,
            label=_("What the campaign came to"),
        ),
        RecordPanel(
            "segment_state", panels.segment_state, (SEGMENT,), place="before", position=5, module=MODULE,
            label=_("Members of the segment"),
        ),
        RecordPanel(
            "campaigns_here", panels.campaigns_here, MEMBER_OBJECTS, position=70, module=MODULE, label=_("Campaigns"),
            table=CampaignMember,
        ),
        RecordPanel(
            "came_from", panels.came_from, ("lead",), position=69, module=MODULE, label=_("Came from a response"),
        ),
    ):  # fmt: skip
        record_panels.add(panel.name, panel)
    source = TimelineSource(
        "campaigns", _("Campaigns"), "speakerphone", panels.load_touches, MEMBER_OBJECTS, position=70, module=MODULE,
        table=CampaignMember,
    )  # fmt: skip
    timeline_sources.add(source.name, source)
    day_panels.add(panels.RUNNING.name, DayPanel(panels.RUNNING.name, panels.RUNNING.render, "side", 55, MODULE))
    day_panels.add("campaign-responses", DayPanel("campaign-responses", panels.to_follow, "main", 16, MODULE))
    entry = MenuEntry(
        "campaign_results", _("Campaign results"), "/campaigns/results", "chart-bar",
        position=OBJECT_POSITION + 4, module=MODULE, may=panels.may_see,
    )  # fmt: skip
    menu_entries.add(entry.name, entry)
    words = PaletteEntry(
        "campaign_results", _("Campaign results"), "/campaigns/results", "chart-bar",
        words=(_("return on cost"), "活动效果", "投入产出"), module=MODULE, may=panels.may_see,
    )  # fmt: skip
    palette_entries.add(words.name, words)


def _register_actions() -> None:
    """Register what can be done with customers, contacts and leads."""
    menu = RecordMenu("add_to_campaign", panels.menu_of, objects=MEMBER_OBJECTS, position=80, module=MODULE)
    record_menus.add(menu.name, menu)
    for name, plural in (("customer", "customers"), ("contact", "contacts"), ("lead", "leads")):
        for offer in (
            BulkOffer(
                f"campaign_{name}", _("Add to a campaign"), "speakerphone", f"/campaigns/add/{plural}",
                may=panels.may_edit, objects=(name,), position=200, module=MODULE,
            ),
            BulkOffer(
                f"segment_{name}", _("Make a segment"), "users-group", f"/segments/from/{plural}",
                may=panels.may_make_segments, objects=(name,), position=210, module=MODULE,
            ),
        ):  # fmt: skip
            bulk_offers.add(offer.name, offer)


def stopping_mails(_actor: Actor, _objects: frozenset[str], gone: frozenset[str]) -> list[Stopping]:
    """Return how many mails are being sent that would stop."""
    count = Mailing.objects.filter(state=MailingState.SENDING).count() if MODULE in gone else 0
    text = ngettext("%(count)d mail that is being sent", "%(count)d mails that are being sent", count)
    return [Stopping(_("Campaigns"), text % {"count": count}, "/campaigns")] if count else []
