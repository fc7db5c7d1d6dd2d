"""What the automation app registers and subscribes to."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

import banyan.automation.steps.deciding
import banyan.automation.steps.flow
import banyan.automation.steps.giving
import banyan.automation.steps.records
import banyan.automation.steps.teamwork
import banyan.automation.steps.telling
import banyan.automation.triggers.answers
import banyan.automation.triggers.changes
import banyan.automation.triggers.happenings
import banyan.automation.triggers.others  # noqa: F401 each registers its kinds
from banyan.automation import api, documents, jobs, panels  # noqa: F401 the jobs are known by being imported
from banyan.automation.choices import MODULE, READY_RULES, RuleState
from banyan.automation.engine.hearing import hear_answers, hear_forms, hear_responses, hear_stages
from banyan.automation.engine.matching import SHAPING, let_approved_go_on, load_watches, queue_runs
from banyan.automation.models import AutomationRule
from banyan.automation.views.frame import PAGE, URL, may_open
from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.approvals.events import ApprovalEnded
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import ENTERPRISE, STANDARD, Module, Stopping, modules, stopping_finders
from banyan.core.objects.registry import shapings
from banyan.core.objects.shaping import Shaping
from banyan.core.processes.events import StageEntered
from banyan.core.records.events import RecordsChanged
from banyan.core.web.duties import duties
from banyan.core.web.panels import RecordPanel, record_panels
from banyan.core.web.settings.object_pages import ObjectPage, narrowed, register_object_page
from banyan.core.web.settings.pages import SettingsPage, register_settings_page
from banyan.core.web.settings.setup_words import subjects
from banyan.leads.events import FormSubmitted
from banyan.marketing.events import CampaignAnswered
from banyan.service.events import CustomerAnswered


def register() -> None:
    """Register modules, pages and subscriptions."""
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Automation"),
            _("Rules of your own: when something happens, these steps are done."),
            editions=(STANDARD, ENTERPRISE),
            needed_by=_("Companies whose steps follow fixed rules."),
            spared_by=_("Small teams: ready-made rules are enough for them."),
            start="/automation",
        ),
    )
    modules.add(
        READY_RULES,
        Module(
            READY_RULES,
            _("Ready-made rules"),
            _("A few rules that are switched on by one click."),
            needed_by=_("Teams that forget follow-ups when days are full."),
            spared_by=_("Whoever wants nothing to happen by itself."),
            start="/automation/recipes",
        ),
    )
    stopping_finders.add(MODULE, stopping_rules)
    api.register()
    subjects.add("automation_rule", _("Automation rule"))
    shapings.add(SHAPING, Shaping(load_watches, (AutomationRule,)))
    subscribe(RecordsChanged, "automation.queue_runs", queue_runs)
    subscribe(ApprovalEnded, "automation.go_on", let_approved_go_on)
    subscribe(StageEntered, "automation.stages", hear_stages)
    subscribe(FormSubmitted, "automation.forms", hear_forms)
    subscribe(CustomerAnswered, "automation.answers", hear_answers)
    subscribe(CampaignAnswered, "automation.responses", hear_responses)
    documents.register()
    for panel in (
        RecordPanel(
            "automation_buttons", panels.buttons, place="before", position=900, label=_("Buttons of automations")
        ),
        RecordPanel("automation_runs", panels.done_for_record, position=950, label=_("What automations did")),
    ):
        record_panels.add(panel.name, panel)
    duties.add(panels.FAILED_RUNS.name, panels.FAILED_RUNS)
    _register_settings()


def _register_settings() -> None:
    """Register the settings page, and what there is of it for each object."""
    register_settings_page(
        SettingsPage(
            PAGE,
            _("Automation"),
            URL,
            "bolt",
            "rules",
            _("When something happens, these steps are done"),
            ability=Ability.CUSTOMISE,
            may=may_open,
            words=(_("workflow"), _("rules"), "自动化", "工作流"),
        )
    )
    register_object_page(
        ObjectPage(
            PAGE, _("Automation"), "bolt", 70, narrowed(URL), fits=lambda spec: not spec.is_setting and not spec.ability,
            count=lambda spec: AutomationRule.objects.filter(object_name=spec.name).count(),
        )
    )  # fmt: skip


def stopping_rules(_actor: Actor, objects: frozenset[str], gone: frozenset[str]) -> list[Stopping]:
    """Return the rules at work that would rest: those of objects that go, and all of a kind that goes itself."""
    rows = AutomationRule.objects.filter(state=RuleState.ON)
    resting = Q(object_name__in=objects)
    if MODULE in gone:
        resting |= Q(recipe="")
    if READY_RULES in gone:
        resting |= ~Q(recipe="")
    return [Stopping(_("Automation rules"), row.name, f"/automation/{row.pk}") for row in rows.filter(resting)]
