"""What rules did: runs of a rule, failed runs of all, one run with the reason for each step."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.automation import services
from banyan.automation.choices import COLORS, Priority, RunState, StepState
from banyan.automation.conditions import CHANNELS
from banyan.automation.models import AutomationRule, Delivery, Run, RunStep
from banyan.automation.setting import Setting
from banyan.automation.steps.base import step_kinds
from banyan.automation.views.editor import tabs
from banyan.automation.views.frame import PAGE, URL, Editing, answer, is_whole
from banyan.automation.views.overview import under_way
from banyan.core.identity.models import User
from banyan.core.kernel.errors import Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.labels import labels_of
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import require_page, saved
from banyan.core.web.views.base import signed_in

SHOWN = 50
#: What else a step has noted, as far as it says something to people.
DETAILS = {
    "subject": gettext_lazy("Subject"), "approval": gettext_lazy("Approval"), "attempt": gettext_lazy("Attempt"),
    "key": pgettext_lazy("delivery", "Key"), "text": pgettext_lazy("delivery", "Answer"),
}  # fmt: skip
STEP_COLORS = {StepState.DONE: "green", StepState.WAITING: "yellow", StepState.AGAIN: "orange", StepState.FAILED: "red"}


@signed_in("GET")
def rule_runs(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """List the runs of a rule, newest first, with why those did not apply that did not."""
    editing = Editing.of(request, rule_id, changes=False)
    state = request.GET.get("state", "")
    rows = Run.objects.filter(rule=editing.rule)
    if state in RunState.values:
        rows = rows.filter(state=state)
    context = {
        "title": editing.rule.name,
        "crumbs": [{"label": _("Automation"), "url": URL}],
        "tabs": tabs(editing, "runs"),
        "filters": _filters(f"{editing.url}/runs", state),
        "under_way": under_way(editing.rule),
        "end_url": f"{editing.url}/end-runs",
        **_page(request, rows, f"{editing.url}/runs?state={state}"),
    }
    return answer(request, "runs.html", context)


@signed_in("GET")
def failed(request: SignedInRequest) -> HttpResponse:
    """List the failed runs of all rules."""
    require_page(request.actor, PAGE)
    rows = Run.objects.filter(state=RunState.FAILED)
    if not is_whole(request.actor):
        rows = rows.exclude(rule__recipe="")
    context = {
        "title": _("Failed runs"),
        "crumbs": [{"label": _("Automation"), "url": URL}],
        "tabs": [], "filters": [], "under_way": 0, "end_url": "",
        **_page(request, rows, f"{URL}/failed?"),
    }  # fmt: skip
    return answer(request, "runs.html", context)


def _filters(url: str, chosen: str) -> list[dict[str, Any]]:
    found = [{"label": _("All"), "url": url, "active": not chosen}]
    return found + [
        {"label": str(label), "url": f"{url}?state={value}", "active": value == chosen}
        for value, label in RunState.choices
    ]


def _page(request: SignedInRequest, rows: Any, url: str) -> dict[str, Any]:
    before = parse_id(request.GET.get("before"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-id").select_related("rule")[: SHOWN + 1])
    more = found[SHOWN - 1].pk if len(found) > SHOWN else None
    return {"runs": shown_runs(request, found[:SHOWN]), "next_url": f"{url}&before={more}" if more else ""}


def shown_runs(request: SignedInRequest, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return runs as lines: the record, the state and why, and how to try again what failed."""
    setting = Setting(request.actor.organization)
    wanted: dict[str, set[uuid.UUID]] = {}
    for run in runs:
        wanted.setdefault(run.object_name, set()).add(run.record_id)
    names = labels_of(wanted, actor=request.actor) if wanted else {}
    return [
        {
            "url": f"{URL}/runs/{run.pk}",
            "rule": run.rule.name,
            "rule_url": f"{URL}/{run.rule_id}",
            "title": names.get(run.record_id) or _("A record that is gone"),
            "record_url": f"/{setting.specs[run.object_name].plural}/{run.record_id}"
            if run.object_name in setting.specs
            else "",
            "state": {"text": run.get_state_display(), "color": COLORS[RunState(run.state)]},
            "reason": run.reason,
            "when": told_instant(run.created_at),
            "due": told_instant(run.due_at) if run.state == RunState.WAITING and run.due_at else "",
            "retry_url": f"{URL}/runs/{run.pk}/retry" if run.state == RunState.FAILED else "",
        }
        for run in runs
    ]


@signed_in("GET")
def one_run(request: SignedInRequest, run_id: uuid.UUID) -> HttpResponse:
    """Show a run: what began it, each step with what came of it and why."""
    require_page(request.actor, PAGE)
    run = _find(run_id)
    rule: AutomationRule = run.rule
    setting = Setting(request.actor.organization)
    lines = list(RunStep.objects.filter(run=run))
    chain = [pk for pk in (run.root, run.parent) if pk]
    origin = Run.objects.filter(pk__in=chain).select_related("rule").order_by("-depth").first() if chain else None
    begun = Run.objects.filter(parent=run.pk).select_related("rule").order_by("id")[:SHOWN]
    context = {
        "title": rule.name,
        "crumbs": [{"label": _("Automation"), "url": URL}, {"label": rule.name, "url": f"{URL}/{rule.pk}/runs"}],
        "run": shown_runs(request, [run])[0],
        "facts": _facts(run, setting),
        "steps": _lines(request, setting, run, lines),
        "deliveries": [
            {
                "target": delivery.request.get("url") or delivery.request.get("address"), "key": delivery.key,
                "state": delivery.get_state_display(), "attempts": delivery.attempts,
                "next": told_instant(delivery.due_at) if delivery.state == "waiting" else "",
            }
            for delivery in Delivery.objects.filter(run=run)
        ],
        "origin": {"label": origin.rule.name, "url": f"{URL}/runs/{origin.pk}"} if origin else None,
        "begun": [{"label": entry.rule.name, "url": f"{URL}/runs/{entry.pk}", "state": entry.get_state_display()} for entry in begun],
    }  # fmt: skip
    return answer(request, "run.html", context)


def _facts(run: Run, setting: Setting) -> list[dict[str, str]]:
    cause = run.cause
    actor_id = parse_id(cause.get("actor"))
    actor = User.objects.filter(pk=actor_id).values_list("name", flat=True).first() if actor_id else None
    channel = CHANNELS.get(cause.get("channel"), cause.get("channel") or "")
    found = [
        (_("Began"), told_instant(run.created_at)),
        (_("Done by"), f"{actor or _('the system')} ({channel})"),
        (_("Version"), str(run.version)),
    ]
    if cause.get("fields"):
        found.append((_("Changed fields"), _labels(setting, run.object_name, cause["fields"])))
    if run.depth:
        found.append((_("Rules that led here"), str(run.depth)))
    if run.priority == Priority.IMMEDIATE:
        found.append((_("Queue"), _("before all others")))
    if run.ended_at:
        found.append((_("Ended at"), told_instant(run.ended_at)))
    return [{"label": label, "text": text} for label, text in found]


def _labels(setting: Setting, object_name: str, names: Iterable[str]) -> str:
    spec = setting.specs.get(object_name)
    fields = spec.all_fields if spec else {}
    return _(", ").join(str(fields[name].label) if name in fields else name for name in names)


def _lines(request: SignedInRequest, setting: Setting, run: Run, lines: Sequence[RunStep]) -> list[dict[str, Any]]:
    created = [_created(setting, line) for line in lines]
    ids: dict[str, list[uuid.UUID]] = {}
    for spec, record_id in filter(None, created):
        ids.setdefault(spec.name, []).append(record_id)
    names = labels_of(ids, actor=request.actor)
    return [_line(setting, run, line, _link(made, names)) for line, made in zip(lines, created, strict=True)]


def _created(setting: Setting, line: RunStep) -> tuple[ObjectSpec, uuid.UUID] | None:
    """Return the record that a step created, as long as its object is there."""
    name, pk = line.details.get("created") or ("", "")
    spec, record_id = setting.specs.get(name), parse_id(pk)
    return (spec, record_id) if spec and record_id else None


def _link(made: tuple[ObjectSpec, uuid.UUID] | None, names: Mapping[uuid.UUID, str]) -> dict[str, Any] | None:
    if made is None or not made[0].has_page:
        return None
    spec, record_id = made
    return {"url": f"/{spec.plural}/{record_id}", "label": names.get(record_id) or spec.label}


def _line(setting: Setting, run: Run, line: RunStep, created: dict[str, Any] | None) -> dict[str, Any]:
    kind = step_kinds.get(line.kind)
    details = [(str(DETAILS[name]), str(value)) for name, value in line.details.items() if name in DETAILS]
    if line.details.get("fields"):
        details.append((_("Fields"), _labels(setting, run.object_name, line.details["fields"])))
    return {
        "created": created,
        "label": str(kind.label) if kind else _("Condition"),
        "icon": kind.icon if kind else "filter",
        "state": {"text": line.get_state_display(), "color": STEP_COLORS[StepState(line.state)]},
        "text": line.text,
        "when": told_instant(line.at),
        "details": [_(": ").join(pair) for pair in details],
    }


@signed_in("POST")
def retry(request: SignedInRequest, run_id: uuid.UUID) -> HttpResponse:
    """Let a failed run go on from the step that failed."""
    require_page(request.actor, PAGE)
    services.retry(request.actor, run_id)
    return saved(request, _("The run goes on from the step that failed."), f"{URL}/runs/{run_id}")


def _find(run_id: uuid.UUID) -> Run:
    run = Run.objects.select_related("rule").filter(pk=run_id).first()
    if run is None:
        raise Missing("not_found", _("There is no such run."))
    return run
