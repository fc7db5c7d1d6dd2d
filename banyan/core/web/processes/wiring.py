"""What the pages of processes register."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.approvals.models import DepartmentHead
from banyan.core.processes.models import Process
from banyan.core.processes.receiving import named_heads
from banyan.core.processes.services import SUBJECT
from banyan.core.web.panels import DayPanel, RecordPanel, day_panels, record_panels
from banyan.core.web.processes import editor
from banyan.core.web.processes.editor import PAGE, URL
from banyan.core.web.processes.guide import guide_panel
from banyan.core.web.processes.panels import NAME, late_of_mine
from banyan.core.web.processes.urls import routes
from banyan.core.web.settings.object_pages import ObjectPage, narrowed, register_object_page
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import name_values, subjects


def has_processes(_actor: Actor) -> bool:
    """Say whether the organization has processes."""
    return Process.objects.exists()


def named_head(department_id: uuid.UUID) -> uuid.UUID | None:
    """Return the head of a department whom approvals know."""
    return DepartmentHead.objects.filter(department=department_id).values_list("user_id", flat=True).first()


def register() -> None:
    """Register the guide on records, the block of my day, the settings page with its words in the log, and heads."""
    named_heads.add("approvals", named_head)
    guide = RecordPanel("stage_guide", guide_panel, place="before", position=10, label=_("Stage guide"))
    record_panels.add(guide.name, guide)
    day_panels.add(NAME, DayPanel(NAME, late_of_mine, position=15))
    subjects.add(SUBJECT, _("Process"))
    name_values({"version": _("Version")})
    register_settings_page(
        SettingsPage(
            PAGE,
            _("Processes"),
            URL,
            "list-check",
            "rules",
            _("Stages with gates, owners, checklists and time limits"),
            ability=Ability.CUSTOMISE,
            words=(_("Stages"), _("Workflow"), _("Gates")),
            routes=routes,
            is_used=has_processes,
        )
    )
    register_object_page(
        ObjectPage(
            PAGE, _("Processes"), "list-check", 30, narrowed(URL), fits=editor.may_have_process,
            count=lambda spec: Process.objects.filter(object_name=spec.name).count(),
        )
    )  # fmt: skip
