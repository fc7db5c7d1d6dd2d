"""Changing the steps of a flow: the dialogs in which they are added, set, moved and taken away."""

from __future__ import annotations

import copy
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.automation import services
from banyan.automation.checking import with_specs
from banyan.automation.rules import programs
from banyan.automation.rules.programs import Step
from banyan.automation.steps.base import GROUPS, StepKind, step_kinds
from banyan.automation.triggers.base import triggers
from banyan.automation.views.fills import rows_of, rows_shown
from banyan.automation.views.frame import Editing, condition_builder, dialog, read_filter
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import is_partial, tell, visit
from banyan.core.web.condition_forms import sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import errors_of, fields_of
from banyan.core.web.settings.pages import saved
from banyan.core.web.views.base import signed_in

GROUP_LABELS = {
    "records": gettext_lazy("Records"),
    "people": gettext_lazy("People"),
    "outside": gettext_lazy("Outside"),
    "flow": gettext_lazy("Flow"),
}


def spec_at(editing: Editing, place: str) -> ObjectSpec:
    """Return the object that the steps of a list are about."""
    step_id, _slash, name = place.partition("/")
    for step, spec in with_specs(editing.setting, editing.rule, editing.spec, editing.rule.draft.get("steps") or []):
        if step["id"] == step_id:
            kind = step_kinds.get(step["kind"])
            return (
                kind.body_spec(editing.about(spec), step.get("config") or {})
                if kind and name == programs.BODY
                else spec
            )
    return editing.spec


def find_step(editing: Editing, draft: dict[str, Any], step_id: str) -> tuple[Step, ObjectSpec]:
    """Return a step of a draft with the object that it is about; raise ``Missing``."""
    for step, spec in with_specs(editing.setting, editing.rule, editing.spec, draft.get("steps") or []):
        if step["id"] == step_id:
            return step, spec
    raise Missing("not_found", _("There is no such step any more. Load the page again."))


def draft_of(editing: Editing) -> dict[str, Any]:
    """Return a copy of the draft that may be changed."""
    draft = copy.deepcopy(editing.rule.draft)
    draft.setdefault("steps", [])
    return draft


def keep(editing: Editing, draft: Mapping[str, Any], text: str = "") -> HttpResponse:
    """Keep a changed draft and go back to the flow."""
    services.change_draft(editing.request.actor, editing.rule, draft)
    if not text:
        response = visit(editing.request, editing.url)
        return tell(response, close_dialog=True) if is_partial(editing.request) else response
    return saved(editing.request, text, editing.url)


@signed_in("GET", "POST")
def new_step(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Choose a kind of step, set it, and put it where the plus was."""
    editing = Editing.of(request, rule_id)
    sent = request.POST if request.method == "POST" else request.GET
    place, position = (
        sent.get("place", ""),
        int(sent.get("position") or 0) if str(sent.get("position") or "0").isdecimal() else 0,
    )
    spec = spec_at(editing, place)
    kind = step_kinds.get(sent.get("kind", ""))
    if kind is None:
        return _choose(editing, spec, place, position)
    step: Step = {"id": secrets.token_hex(4), "kind": kind.name, "config": {}}
    if kind.branches:
        step |= {"branches": [{"id": secrets.token_hex(3), "name": "", "condition": {}, "steps": []}], "otherwise": []}
    if kind.has_body:
        step["steps"] = []
    form = kind.form(editing.about(spec), None, {})
    if form is None and not kind.fills:
        if request.method != "POST":
            raise Missing("not_found", _("There is no such page."))
        return _insert(editing, step, place, position)
    url = f"{editing.url}/steps/new?kind={kind.name}&place={place}&position={position}"
    return _set(editing, kind, step, spec, url=url, insert=(place, position))


def _choose(editing: Editing, spec: ObjectSpec, place: str, position: int) -> HttpResponse:
    context = editing.about(spec)
    query = f"place={place}&position={position}"
    groups = []
    for group in GROUPS:
        kinds = [
            {
                "label": str(kind.label), "help": str(kind.help), "icon": kind.icon, "name": kind.name,
                "url": f"{editing.url}/steps/new?kind={kind.name}&{query}",
                "posts": kind.form(context, None, {}) is None and not kind.fills,
            }
            for kind in step_kinds
            if kind.group == group and kind.is_offered(context)
        ]  # fmt: skip
        if kinds:
            groups.append({"label": str(GROUP_LABELS[group]), "kinds": kinds})
    context_of_page = {
        "title": _("Add a step to the flow"),
        "groups": groups,
        "csrf_token_needed": True,
        "crumbs": editing.crumbs,
    }
    return dialog(editing.request, "step_kinds.html", context_of_page)


def _insert(editing: Editing, step: Step, place: str, position: int) -> HttpResponse:
    draft = draft_of(editing)
    holder = programs.list_at(draft["steps"], place)
    if holder is None:
        raise Missing("not_found", _("There is no such place any more. Load the page again."))
    holder.insert(min(position, len(holder)), step)
    return keep(editing, draft)


@signed_in("GET", "POST")
def edit_step(request: SignedInRequest, rule_id: uuid.UUID, step_id: str) -> HttpResponse:
    """Change the settings of a step."""
    editing = Editing.of(request, rule_id)
    step, spec = find_step(editing, editing.rule.draft, step_id)
    return _set(editing, step_kinds[step["kind"]], step, spec, url=f"{editing.url}/steps/{step_id}/edit")


def _set(
    editing: Editing, kind: StepKind, step: Step, spec: ObjectSpec, *, url: str, insert: tuple[str, int] | None = None
) -> HttpResponse:
    """Show the form of a step; when it is right, put the step into the draft."""
    request, context = editing.request, editing.about(spec)
    config = dict(step.get("config") or {})
    is_sent = request.method == "POST" and "begun" in request.POST
    refreshes = is_sent and ("refresh" in request.POST or "add" in request.POST or "remove" in request.POST)
    form = kind.form(context, request.POST if is_sent else None, config)
    target = kind.target(context, {**config, **(dict(request.POST.items()) if is_sent else {})}) if kind.fills else None
    rows = (
        rows_of(editing, target, request.POST) if is_sent and target is not None else list(config.get("values") or [])
    )
    problems: list[str] = []
    if is_sent and not refreshes and (form is None or form.is_valid()):
        changed = {name: value for name, value in config.items() if name == "filter"}
        changed |= kind.read(context, form) if form is not None else {}
        if kind.fills:
            changed["values"] = rows
        problems = [] if kind.filters else kind.problems(context, changed)
        if not problems:
            step["config"] = changed
            return _insert(editing, step, *insert) if insert else _replaced(editing, step)
    shows_errors = is_sent and not refreshes
    inputs = fields_of(form) if form is not None else []
    shown = {
        "title": str(kind.label),
        "action": url,
        "help": str(kind.help),
        "fields": inputs if shows_errors else [{**field, "error": ""} for field in inputs],
        "errors": [*(errors_of(form) if form is not None and shows_errors else []), *({"field": "", "label": "", "message": text} for text in problems)],
        "refreshing": [name for name, field in form.fields.items() if field.widget.attrs.get("refreshes")] if form is not None else [],
        "rows": rows_shown(editing, spec, target, rows) if target is not None else None,
        "crumbs": editing.crumbs,
    }  # fmt: skip
    return dialog(request, "step_form.html", shown, status=422 if shows_errors else 200)


def _replaced(editing: Editing, step: Step) -> HttpResponse:
    draft = draft_of(editing)
    found = programs.find(draft["steps"], step["id"])
    if found is None:
        raise Missing("not_found", _("There is no such step any more. Load the page again."))
    found[0][found[1]] = step
    return keep(editing, draft)


@signed_in("GET", "POST")
def step_filter(request: SignedInRequest, rule_id: uuid.UUID, step_id: str) -> HttpResponse:
    """Change which records a step is about, or waits for."""
    editing = Editing.of(request, rule_id)
    draft = draft_of(editing)
    step, spec = find_step(editing, draft, step_id)
    target = step_kinds[step["kind"]].target(editing.about(spec), step.get("config") or {}) or spec
    url = f"{editing.url}/steps/{step_id}/filter"

    def put(tree: dict[str, Any]) -> None:
        step["config"] = {**(step.get("config") or {}), "filter": tree}

    return filter_dialog(editing, target, (step.get("config") or {}).get("filter"), url=url, put=put, draft=draft)


@signed_in("GET", "POST")
def trigger_filter(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Change for which records a schedule is."""
    editing = Editing.of(request, rule_id)
    draft = draft_of(editing)
    trigger = draft["trigger"]

    def put(tree: dict[str, Any]) -> None:
        trigger["config"] = {**(trigger.get("config") or {}), "filter": tree}

    tree = (trigger.get("config") or {}).get("filter")
    return filter_dialog(editing, editing.spec, tree, url=f"{editing.url}/trigger/filter", put=put, draft=draft)


def filter_dialog(  # noqa: PLR0913 what the dialog shows
    editing: Editing,
    spec: ObjectSpec,
    tree: Any,
    *,
    url: str,
    put: Any,
    draft: dict[str, Any],
    title: str = "",
) -> HttpResponse:
    """Show the filter editor for records of an object; when what was sent is possible, ``put`` gets it."""
    request, problem_texts = editing.request, []
    if request.method == "POST":
        try:
            put(read_filter(editing.setting, spec, request.POST))
        except DomainError as problem:
            problem_texts = [str(problem.message)]
            tree = sent_tree(request.POST)
        else:
            return keep(editing, draft)
    shown = {
        "title": title or _("Which records: %(objects)s") % {"objects": spec.label_plural},
        "builder": condition_builder(editing, spec, tree, url=url),
        "errors": [{"field": "", "label": "", "message": text} for text in problem_texts],
        "fields": [],
        "crumbs": editing.crumbs,
    }
    return dialog(request, "filter_form.html", shown, status=422 if problem_texts else 200)


@signed_in("POST")
def move_step(request: SignedInRequest, rule_id: uuid.UUID, step_id: str) -> HttpResponse:
    """Move a step up or down in its list."""
    editing = Editing.of(request, rule_id)
    draft = draft_of(editing)
    draft["steps"] = programs.moved(draft["steps"], step_id, -1 if request.POST.get("by") == "up" else 1)
    return keep(editing, draft)


@signed_in("POST")
def delete_step(request: SignedInRequest, rule_id: uuid.UUID, step_id: str) -> HttpResponse:
    """Take a step away, with what lies within it."""
    editing = Editing.of(request, rule_id)
    draft = draft_of(editing)
    draft["steps"] = programs.without(draft["steps"], step_id)
    return keep(editing, draft, _("The step is taken away."))


@signed_in("GET", "POST")
def edit_trigger(request: SignedInRequest, rule_id: uuid.UUID) -> HttpResponse:
    """Change when a rule begins: another kind of trigger, or its settings."""
    editing = Editing.of(request, rule_id)
    draft = draft_of(editing)
    current = draft.get("trigger") or {}
    sent = request.POST if request.method == "POST" else request.GET
    kind = triggers.get(sent.get("kind") or str(current.get("kind")))
    if "choose" in request.GET or kind is None:
        return _choose_trigger(editing)
    config = dict(current.get("config") or {}) if current.get("kind") == kind.name else {}
    is_sent, refreshes = request.method == "POST", "refresh" in request.POST
    form = kind.form(editing.context, request.POST if is_sent and "begun" in request.POST else None, config)
    if form is None and is_sent:
        draft["trigger"] = {"kind": kind.name, "config": {}}
        return keep(editing, draft)
    if form is not None and is_sent and not refreshes and form.is_bound and form.is_valid():
        kept = {name: value for name, value in config.items() if name == "filter"}
        draft["trigger"] = {"kind": kind.name, "config": {**kept, **kind.read(editing.context, form)}}
        return keep(editing, draft)
    shows_errors = is_sent and not refreshes and form is not None and form.is_bound
    shown: dict[str, Any] = {
        "title": str(kind.label),
        "action": f"{editing.url}/trigger?kind={kind.name}",
        "help": str(kind.help),
        "fields": [field if shows_errors else {**field, "error": ""} for field in fields_of(form)]
        if form is not None
        else [],
        "errors": errors_of(form) if shows_errors and form is not None else [],
        "refreshing": [name for name, field in form.fields.items() if field.widget.attrs.get("refreshes")]
        if form is not None
        else [],
        "rows": None,
        "other_url": f"{editing.url}/trigger?choose=1",
        "crumbs": editing.crumbs,
    }
    return dialog(request, "step_form.html", shown, status=422 if shows_errors else 200)


def _choose_trigger(editing: Editing) -> HttpResponse:
    kinds = [
        {
            "label": str(kind.label), "help": str(kind.help), "icon": kind.icon, "name": kind.name,
            "url": f"{editing.url}/trigger?kind={kind.name}", "posts": kind.form(editing.context, None, {}) is None,
        }
        for kind in triggers
        if kind.is_offered(editing.context)
    ]  # fmt: skip
    shown = {
        "title": _("When does the rule begin?"),
        "groups": [{"label": "", "kinds": kinds}],
        "crumbs": editing.crumbs,
    }
    return dialog(editing.request, "step_kinds.html", shown)
