"""What record pages show of rules: their buttons, and what was done for the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy, ngettext

from banyan.automation.choices import COLORS, READY_RULES, RunState
from banyan.automation.models import Run
from banyan.automation.services import buttons_for
from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability, Action
from banyan.core.kernel.clock import now
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro
from banyan.core.web.duties import Duty
from banyan.core.web.menu import may
from banyan.core.web.presenting import short_instant

Row = Mapping[str, Any]
SHOWN = 8
FAILED_DAYS = 7
TEMPLATE = "automation/panels.html"


def buttons(actor: Actor, spec: ObjectSpec, row: Row) -> Any:
    """Return the buttons of rules for a record that the reader may change; None when there is none."""
    found = buttons_for(actor, spec.name)
    if not found or not may(actor, spec, Action.EDIT):
        return None
    shown = [
        {
            "label": button.config.get("label") or "", "icon": button.config.get("icon") or "bolt",
            "confirm": button.config.get("confirm") or "",
            "url": f"/automation/buttons/{button.rule_id}/{spec.plural}/{row['id']}",
        }
        for button in found
    ]  # fmt: skip
    return macro(TEMPLATE, "buttons", shown)


def done_for_record(actor: Actor, spec: ObjectSpec, row: Row) -> Any:
    """Return which rules ran for a record, and how that ended; what they did with values only for those who make rules."""
    runs = list(Run.objects.filter(record_id=row["id"]).exclude(state=RunState.SKIPPED).select_related("rule")[:SHOWN])
    can_look = actor.has(Ability.CUSTOMISE)
    if can_look and len(runs) < SHOWN:
        more = Run.objects.filter(record_id=row["id"], state=RunState.SKIPPED).select_related("rule")[
            : SHOWN - len(runs)
        ]
        runs = sorted([*runs, *more], key=lambda run: run.pk, reverse=True)
    if not runs:
        return None
    shown = [
        {
            "rule": run.rule.name, "state": {"text": run.get_state_display(), "color": COLORS[RunState(run.state)]},
            "when": short_instant(run.created_at, actor), "reason": run.reason if can_look else "",
            "url": f"/automation/runs/{run.pk}" if can_look else "",
        }
        for run in runs
    ]  # fmt: skip
    return macro(TEMPLATE, "runs", shown)


#: Work of rules that failed of late, for those who make the rules.
FAILED_RUNS = Duty(
    "failed_runs",
    (Ability.CUSTOMISE,),
    lambda _actor: Run.objects.filter(state=RunState.FAILED, created_at__gte=now() - timedelta(days=FAILED_DAYS)),
    lambda count: (
        ngettext("%(count)d run of a rule failed", "%(count)d runs of rules failed", count) % {"count": count}
    ),
    gettext_lazy("In the last seven days. See why, and repeat them."),
    "/automation/failed",
    "bolt",
    position=50,
    module=READY_RULES,
)
