"""Versions of a rule: what each did, how two differ, and going back; and trying the draft on records of the past."""

from __future__ import annotations

import uuid
from difflib import SequenceMatcher
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.automation import services
from banyan.automation.checking import problems_of
from banyan.automation.choices import COLORS, RunState
from banyan.automation.conditions import sentences
from banyan.automation.engine.trying import MOST_RECORDS, Trial, try_rule
from banyan.automation.models import RuleVersion
from banyan.automation.rules.programs import Steps
from banyan.automation.steps.base import step_kinds
from banyan.automation.triggers.base import triggers
from banyan.automation.views.editor import tabs
from banyan.automation.views.frame import URL, Editing, answer
from banyan.core.kernel.errors import Missing
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import saved
from banyan.core.web.views.base import signed_in


@signed_in("GET")
def versions(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """List the versions of a rule."""
    editing = Editing.of(request, rule_id)
    rows = RuleVersion.objects.filter(rule=editing.rule).select_related("saved_by")
    context = {
        "title": editing.rule.name,
        "crumbs": [{"label": _("Automation"), "url": URL}],
        "tabs": tabs(editing, "versions"),
        "versions": [
            {
                "number": row.number, "when": told_instant(row.saved_at), "who": row.saved_by.name if row.saved_by else _("the system"),
                "note": row.note, "is_current": row.number == editing.rule.version, "url": f"{editing.url}/versions/{row.number}",
            }
            for row in rows
        ],
    }  # fmt: skip
    return answer(request, "versions.html", context)


@signed_in("GET")
def version(request: SignedInRequest, rule_id: uuid.UUID, number: int) -> HttpResponse:
    """Show how a version differs from what is in the editor."""
    editing = Editing.of(request, rule_id)
    found = RuleVersion.objects.filter(rule=editing.rule, number=number).first()
    if found is None:
        raise Missing("not_found", _("There is no such version."))
    then, current = outline(editing, found.definition), outline(editing, editing.rule.draft)
    context = {
        "title": _("Version %(number)d") % {"number": number},
        "crumbs": [*editing.crumbs, {"label": _("Versions"), "url": f"{editing.url}/versions"}],
        "lines": compared(then, current),
        "is_same": found.definition == editing.rule.draft,
        "restore_url": f"{editing.url}/versions/{number}/restore",
    }
    return answer(request, "version.html", context)


@signed_in("POST")
def restore(request: SignedInRequest, rule_id: uuid.UUID, number: int) -> HttpResponse:
    """Take an earlier version into the editor."""
    editing = Editing.of(request, rule_id)
    services.restore_version(request.actor, editing.rule, number)
    return saved(
        request,
        _("Version %(number)d is in the editor. Save it to put it into effect.") % {"number": number},
        editing.url,
    )


def outline(editing: Editing, definition: Any) -> list[str]:
    """Return a definition as lines of text, its branches set in."""
    trigger = definition.get("trigger") or {}
    kind = triggers.get(str(trigger.get("kind")))
    found = [kind.told(editing.context, trigger.get("config") or {}) if kind else _("Choose when the rule begins.")]
    found += [
        _("If %(condition)s") % {"condition": text}
        for text in sentences(editing.setting, editing.spec, definition.get("condition"))
    ]
    return found + _step_lines(editing, editing.spec, definition.get("steps") or [], "")


def _step_lines(editing: Editing, spec: ObjectSpec, steps: Steps, indent: str) -> list[str]:
    found = []
    for step in steps:
        kind, config, context = step_kinds.get(step["kind"]), step.get("config") or {}, editing.about(spec)
        found.append(f"{indent}• {kind.sentence(context, config) if kind else step['kind']}")
        below = kind.body_spec(context, config) if kind else spec
        for position, branch in enumerate(step.get("branches") or []):
            name = branch.get("name") or _("Branch %(number)d") % {"number": position + 1}
            words = "; ".join(sentences(editing.setting, spec, branch.get("condition")))
            found.append(f"{indent}  {name}: {words}")
            found += _step_lines(editing, spec, branch.get("steps") or [], indent + "    ")
        if step.get("otherwise"):
            found.append(f"{indent}  {_('Otherwise')}")
            found += _step_lines(editing, spec, step["otherwise"], indent + "    ")
        found += _step_lines(editing, below, step.get("steps") or [], indent + "    ")
    return found


def compared(before: list[str], after: list[str]) -> list[dict[str, str]]:
    """Return the lines of two outlines: those of both, those only in the first, those only in the second."""
    found = []
    for tag, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [{"kind": "same", "text": text} for text in before[first:last]]
        else:
            found += [{"kind": "removed", "text": text} for text in before[first:last]]
            found += [{"kind": "added", "text": text} for text in after[start:end]]
    return found


@signed_in("GET", "POST")
def test(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Try the draft on the last records that it would have met; everything is taken back."""
    editing = Editing.of(request, rule_id)
    problems = [problem.message for problem in problems_of(editing.setting, editing.rule, editing.rule.draft)]
    trial = try_rule(editing.setting, editing.rule) if request.method == "POST" and not problems else None
    context = {
        "title": editing.rule.name,
        "crumbs": [{"label": _("Automation"), "url": URL}],
        "tabs": tabs(editing, "test"),
        "url": f"{editing.url}/test",
        "problems": problems,
        "most": MOST_RECORDS,
        "trial": _shown(editing, trial) if trial is not None else None,
    }
    return answer(request, "test.html", context)


def _shown(editing: Editing, trial: Trial) -> dict[str, Any]:
    names = dict(RunState.choices)
    counts: dict[str, int] = {}
    rows = []
    for entry in trial.tried:
        label = _would(entry.state)
        counts[label] = counts.get(label, 0) + 1
        rows.append(
            {
                "title": entry.title, "number": entry.number, "url": f"/{editing.spec.plural}/{entry.record_id}",
                "state": {"text": label, "color": COLORS[RunState(entry.state)]}, "reason": entry.reason,
                "steps": [
                    {"label": str(kind.label) if (kind := step_kinds.get(step.kind)) else "", "icon": kind.icon if kind else "filter",
                     "text": step.text}
                    for step in entry.steps
                ],
                "outgoing": [str(request.get("url") or request.get("address")) for request in entry.outgoing],
            }
        )  # fmt: skip
    return {
        "rows": rows,
        "counts": [{"label": label, "count": count} for label, count in counts.items()],
        "others": [{"label": label, "count": count} for label, count in trial.others.items()],
        "names": names,
    }


def _would(state: str) -> str:
    return {
        RunState.DONE: _("would be done"),
        RunState.SKIPPED: _("would not apply"),
        RunState.FAILED: _("would fail"),
        RunState.STOPPED: _("would end early"),
    }.get(RunState(state), _("would wait"))
