"""What approvals register with the pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.access.scopes import Ability
from banyan.core.approvals.events import ApproversAsked
from banyan.core.approvals.flows import FLOW, HEADS, can_have_flows
from banyan.core.approvals.live import all_flows
from banyan.core.approvals.models import Approval, Flow
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import stopping_finders
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.web.approvals import flow_pages, handing, mail, panels
from banyan.core.web.approvals.flow_frame import PAGE, URL
from banyan.core.web.panels import (
    DayPanel,
    MenuEntry,
    RecordMenu,
    RecordPanel,
    TimelineSource,
    day_panels,
    menu_entries,
    record_menus,
    record_panels,
    timeline_sources,
)
from banyan.core.web.settings.hand_over import hand_over_parts
from banyan.core.web.settings.object_pages import ObjectPage, narrowed, register_object_page
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import name_values, subjects


def register() -> None:
    """Register panels, the menu entry, the settings page, the hand-over, and the messages."""
    day_panels.add("approvals", DayPanel("approvals", panels.day_panel, column="main", position=5))
    record_panels.add(
        "approvals", RecordPanel("approvals", panels.record_panel, place="before", position=5, label=_("Approvals"))
    )
    record_menus.add("approvals", RecordMenu("approvals", panels.record_menu))
    menu_entries.add(
        "approvals",
        MenuEntry(
            "approvals", _("Approvals"), "/approvals", "checks", position=6, may=panels.has_flows,
            count=panels.count_waiting,
        ),
    )  # fmt: skip
    register_tables_at_records("", Approval)
    timeline_sources.add(
        "approvals",
        TimelineSource(
            "approvals",
            _("Approvals"),
            "checks",
            panels.timeline,
            position=60,
            has_tab=lambda spec: bool(all_flows(spec)),
            table=Approval,
        ),
    )
    stopping_finders.add("approvals", flow_pages.stopping_flows)
    register_settings_page(
        SettingsPage(
            PAGE, _("Approval flows"), URL, "checks", "rules",
            _("Who has to agree before something holds, step by step"), ability=Ability.CUSTOMISE,
            words=(_("Approvals"), "审批", "审批流", "workflow"), routes=tuple(flow_pages.routes()),
        )
    )  # fmt: skip
    register_object_page(
        ObjectPage(
            PAGE, _("Approval flows"), "checks", 60, narrowed(URL), fits=can_have_flows,
            count=lambda spec: Flow.objects.filter(object_name=spec.name).count(),
        )
    )  # fmt: skip
    hand_over_parts.add("approvals", handing.PART)
    subjects.add(FLOW, _("Approval flow"))
    subjects.add(HEADS, _("Head of the department"))
    name_values(
        {
            "version": _("Version"),
            "head": _("Head of the department"),
            "decide_by_mail": _("Deciding from e-mails without signing in"),
        }
    )
    subscribe(ApproversAsked, "web.ask_by_mail", mail.ask_by_mail)
