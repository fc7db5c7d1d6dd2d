"""The flow of a rule, drawn as cards and branches, and saving it as a version."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.automation import services
from banyan.automation.checking import CONDITION, TRIGGER, problems_of
from banyan.automation.choices import RULE_COLORS, RuleState, RunState
from banyan.automation.conditions import is_empty, sentences
from banyan.automation.models import RuleVersion, Run
from banyan.automation.rules.programs import Steps
from banyan.automation.steps.base import step_kinds
from banyan.automation.triggers.base import triggers
from banyan.automation.views.frame import PAGE, Editing, answer, is_whole
from banyan.core.kernel.errors import Invalid
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, saved
from banyan.core.web.views.base import signed_in

MAIN = "main"


@signed_in("GET")
def flow(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Show the flow of a rule; with the whole app it can be changed."""
    require_page(request.actor, PAGE)
    editing = Editing.of(request, rule_id, changes=False)
    return answer(request, "flow.html", flow_page(editing))


def flow_page(editing: Editing, problems: Mapping[str, list[str]] | None = None) -> dict[str, Any]:
    """Return everything the page of a flow shows."""
    rule = editing.rule
    found: dict[str, list[str]] = defaultdict(list)
    for problem in problems_of(editing.setting, rule, rule.draft):
        found[problem.place].append(problem.message)
    can_edit = is_whole(editing.request.actor)
    return {
        "title": rule.name,
        "rule": {
            "url": editing.url,
            "name": rule.name,
            "description": rule.description,
            "state": {"text": rule.get_state_display(), "color": RULE_COLORS[RuleState(rule.state)]},
            "is_on": rule.state == RuleState.ON,
            "is_paused": rule.state == RuleState.PAUSED,
            "paused_because": rule.paused_because,
            "held": Run.objects.filter(rule=rule, state=RunState.HELD).count() if rule.state == RuleState.PAUSED else 0,
            "version": rule.version,
            "is_changed": services.is_changed(rule),
            "acts_as": rule.get_acts_as_display(),
            "owner": rule.owner.name if rule.owner else _("nobody"),
        },
        "can_edit": can_edit,
        "tabs": tabs(editing, "flow"),
        "begins": can_edit and "begin" in editing.request.GET and TRIGGER in found,
        "trigger": trigger_card(editing, found.get(TRIGGER, [])),
        "condition": condition_card(editing, editing.spec, rule.draft.get("condition"), MAIN, found.get(CONDITION, [])),
        "steps": cards(editing, editing.spec, rule.draft.get("steps") or [], "", found),
        "problems": found.get("steps", []),
        "problem_count": sum(map(len, found.values())),
        "add_url": f"{editing.url}/steps/new",
    }


def tabs(editing: Editing, active: str) -> list[dict[str, Any]]:
    """Return the pages of a rule."""
    found = [("flow", _("Flow"), editing.url), ("runs", _("Runs"), f"{editing.url}/runs")]
    if is_whole(editing.request.actor):
        found += [("test", _("Test"), f"{editing.url}/test"), ("versions", _("Versions"), f"{editing.url}/versions")]
    return [{"label": label, "url": url, "active": name == active} for name, label, url in found]


def trigger_card(editing: Editing, problems: list[str]) -> dict[str, Any]:
    """Return the card of the trigger."""
    trigger = editing.rule.draft.get("trigger") or {}
    kind, config = triggers.get(str(trigger.get("kind"))), trigger.get("config") or {}
    if kind is None:
        return {
            "icon": "bolt",
            "sentence": _("Choose when the rule begins."),
            "problems": problems,
            "url": f"{editing.url}/trigger",
        }
    return {
        "icon": kind.icon,
        "sentence": kind.told(editing.context, config),
        "problems": problems,
        "url": f"{editing.url}/trigger",
        "filter_url": f"{editing.url}/trigger/filter" if kind.filters else "",
        "address": _address(editing) if kind.name == "hook" else None,
    }


def _address(editing: Editing) -> dict[str, Any]:
    token = editing.request.session.pop(f"hook-{editing.rule.pk}", "") if hasattr(editing.request, "session") else ""
    base = str(settings.CONFIGURATION.base_url)
    return {
        "url": f"{base}/hooks/{token}" if token else "",
        "is_made": bool(editing.rule.secret_hash),
        "make_url": f"{editing.url}/address",
    }


def condition_card(
    editing: Editing, spec: ObjectSpec, condition: Any, place: str, problems: list[str]
) -> dict[str, Any]:
    """Return a condition in words, with the addresses that change its parts."""
    condition = condition or {}
    url = f"{editing.url}/conditions/{place}"
    children = condition.get("children") or []
    count = len(children)
    asked: list[tuple[dict[str, Any], str]] = [({"record": condition.get("record")}, f"{url}/record")]
    asked += [({"children": [child]}, f"{url}/children/{number}") for number, child in enumerate(children)]
    asked.append(({"who": condition.get("who")}, f"{url}/who"))
    parts = [
        {"text": text, "url": place_of} for part, place_of in asked for text in sentences(editing.setting, spec, part)
    ]
    has_record = not is_empty({"record": condition.get("record")})
    return {
        "parts": parts,
        "problems": problems,
        "record_url": f"{url}/record",
        "child_url": f"{url}/children/{count}",
        "who_url": f"{url}/who",
        "has_who": bool(condition.get("who")),
        "has_record": has_record,
    }


def cards(
    editing: Editing, spec: ObjectSpec, steps: Steps, place: str, problems: Mapping[str, list[str]]
) -> dict[str, Any]:
    """Return a list of steps as cards, with the places at which one can be added."""
    return {
        "place": place,
        "cards": [
            _card(editing, spec, step, problems, position=position, count=len(steps))
            for position, step in enumerate(steps)
        ],
    }


def _card(
    editing: Editing,
    spec: ObjectSpec,
    step: dict[str, Any],
    problems: Mapping[str, list[str]],
    *,
    position: int,
    count: int,
) -> dict[str, Any]:
    kind, config = step_kinds.get(step["kind"]), step.get("config") or {}
    url = f"{editing.url}/steps/{step['id']}"
    context = editing.about(spec)
    card: dict[str, Any] = {
        "id": step["id"],
        "icon": kind.icon if kind else "help-circle",
        "label": str(kind.label) if kind else step["kind"],
        "sentence": kind.sentence(context, config) if kind else _("This kind of step is not there any more."),
        "problems": problems.get(step["id"], []),
        "edit_url": f"{url}/edit" if kind and has_form(editing, spec, step) else "",
        "filter_url": f"{url}/filter" if kind and kind.filters else "",
        "delete_url": f"{url}/delete",
        "move_url": f"{url}/move",
        "is_first": position == 0,
        "is_last": position == count - 1,
        "position": position,
    }
    if kind and kind.branches:
        card["branches"] = [
            {
                "name": branch.get("name") or _("Branch %(number)d") % {"number": number + 1},
                "url": f"{url}/branches/{branch['id']}",
                "delete_url": f"{url}/branches/{branch['id']}/delete",
                "condition": condition_card(editing, spec, branch.get("condition"), f"{step['id']}-{branch['id']}", []),
                "steps": cards(editing, spec, branch.get("steps") or [], f"{step['id']}/{branch['id']}", problems),
            }
            for number, branch in enumerate(step.get("branches") or [])
        ]
        card["otherwise"] = cards(editing, spec, step.get("otherwise") or [], f"{step['id']}/otherwise", problems)
        card["branch_url"] = f"{url}/branches/new"
    if kind and kind.has_body:
        body = kind.body_spec(context, config)
        card["body"] = cards(editing, body, step.get("steps") or [], f"{step['id']}/steps", problems)
    return card


def has_form(editing: Editing, spec: ObjectSpec, step: dict[str, Any]) -> bool:
    """Say whether a step has anything to set."""
    kind = step_kinds[step["kind"]]
    return kind.fills or kind.form(editing.about(spec), None, step.get("config") or {}) is not None


@signed_in("POST")
def save(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Put the draft into effect as the next version; with ``on`` the rule is switched on as well."""
    editing = Editing.of(request, rule_id)
    try:
        rule = services.save_version(request.actor, editing.rule, note=request.POST.get("note", ""))
        if request.POST.get("on") == "1":
            rule = services.enable(request.actor, rule)
    except Invalid:
        context = {**flow_page(editing), "is_refused": True}
        return answer(request, "flow.html", context, status=422)
    text = (
        _("Version %(number)d is in effect.")
        if rule.state == RuleState.ON
        else _("Version %(number)d is saved; the rule is off.")
    )
    return saved(request, text % {"number": rule.version}, editing.url)


@signed_in("POST")
def discard(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Throw the draft away and go back to the version in force."""
    editing = Editing.of(request, rule_id)
    if editing.rule.version:
        services.change_draft(request.actor, editing.rule, services.definition_in_force(editing.rule))
    return saved(request, _("Your changes are discarded."), editing.url)


@signed_in("POST")
def make_address(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Make a secret address for a rule that is called from outside; it is shown once."""
    editing = Editing.of(request, rule_id)
    request.session[f"hook-{editing.rule.pk}"] = services.new_address(request.actor, editing.rule)
    return saved(request, _("The address is made. Copy it now: it is shown once."), editing.url)


def version_rows(editing: Editing) -> list[RuleVersion]:
    """Return the versions of a rule, newest first."""
    return list(RuleVersion.objects.filter(rule=editing.rule).select_related("saved_by"))
