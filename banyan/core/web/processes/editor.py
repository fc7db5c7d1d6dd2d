"""The settings of processes: which there are, their stages in order, what they say, and new ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.jobs.runs import latest_run
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import specs_here
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import said
from banyan.core.processes.gates import movers_in_words
from banyan.core.processes.jobs import SETTLE
from banyan.core.processes.models import Process, ProcessVersion
from banyan.core.processes.reporting import stage_figures
from banyan.core.processes.rules import Definition, Handover, Outcome, Stage
from banyan.core.processes.services import (
    NewProcess,
    active,
    change_draft,
    create_process,
    delete_process,
    draft_of,
    find_process,
    in_order,
    label_of,
    order_processes,
    problems,
    rename,
    spec_of,
    warnings,
)
from banyan.core.processes.templates import templates_for, use_template
from banyan.core.processes.values import can_have_process, group_field, labels_of_values
from banyan.core.web.condition_forms import condition_editor, condition_in_words, read_condition, sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, undone_if_wrong
from banyan.core.web.presenting import short_instant
from banyan.core.web.processes.diagram import diagram_of
from banyan.core.web.processes.forms import OUTCOMES, NewProcessForm, TimesForm, receiver_choices, written_receiver
from banyan.core.web.processes.guide import hours_in_words
from banyan.core.web.settings.object_pages import narrowed, object_strip, wanted_object
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

PAGE = "processes"
URL = "/settings/processes"
OUTCOME_COLORS = {"done": "green", "won": "green", "lost": "red", "cancelled": "grey"}


@signed_in("GET")
def processes(request: SignedInRequest) -> HttpResponse:
    """List the processes by object, and the examples to begin with."""
    require_page(request.actor, PAGE)
    specs, wanted = specs_on(request.actor.organization), wanted_object(request)
    groups: dict[str, list[dict[str, Any]]] = {}
    titles: dict[str, str] = {}
    for row in Process.objects.select_related("organization").order_by("object_name", "position", "created_at"):
        spec = specs.get(row.object_name)
        if spec is not None and (wanted is None or wanted.name == spec.name):
            groups.setdefault(spec.name, []).append(_line(request.actor, spec, row))
            titles[spec.name] = str(spec.label_plural)
    context = {
        "groups": [{"object": name, "title": titles[name], "processes": rows} for name, rows in groups.items()],
        "examples": [
            {"key": template.key, "label": str(template.label), "text": str(template.text), "icon": template.icon}
            for template in templates_for(request.actor)
            if wanted is None or template.object_name == wanted.name
        ],
        "object_strip": object_strip(request.actor, wanted, PAGE),
        "actions": [
            {
                "label": _("New process"),
                "url": narrowed(f"{URL}/new")(wanted) if wanted else f"{URL}/new",
                "icon": "plus",
                "opens": "dialog",
                "primary": True,
            }
        ],
    }
    return settings_answer(request, PAGE, "processes/list.html", context)


def _line(actor: Actor, spec: ObjectSpec, row: Process) -> dict[str, Any]:
    entry = spec.all_fields.get(row.field_name)
    condition = condition_in_words(system_actor(actor.organization), spec, row.condition) if row.condition else ""
    return {
        "id": row.pk,
        "url": f"{URL}/{row.pk}",
        "label": label_of(row),
        "field": str(entry.label) if entry is not None else row.field_name,
        "condition": condition,
        "stages": len(draft_of(row).stages),
        "is_active": row.is_active,
        "is_changed": row.draft is not None,
        "is_lost": entry is None,
    }


@signed_in("GET", "POST")
def new_process(request: SignedInRequest) -> HttpResponse:
    """Make a process of a field: its values are the stages to begin with."""
    require_page(request.actor, PAGE)
    choices = eligible_fields(request.actor)
    wanted = wanted_object(request)
    if wanted is not None and may_have_process(wanted):
        choices = [(value, label) for value, label in choices if value.partition(":")[0] == wanted.name]
    form = NewProcessForm(request.POST or None, initial={"field": request.GET.get("field", "")})
    form.fields["field"].choices = choices  # type: ignore[attr-defined]  # it is a choice
    if request.method == "POST" and form.is_valid():
        object_name, field_name, group = form.cleaned_data["field"].split(":")
        labels = form.labels() if any(form.labels().values()) else _usual_name(choices, form.cleaned_data["field"])
        try:
            spec = specs_on(request.actor.organization)[object_name]
            name = group_field(spec, spec.all_fields[field_name])
            condition = {"field": name, "op": "eq", "value": group} if group else None
            made = create_process(request.actor, NewProcess(object_name, field_name, labels, condition))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The process is there as a draft. Adapt its stages now."), f"{URL}/{made.pk}")
    return settings_form(request, PAGE, form, title=_("New process"), submit_label=_("Create"), cancel_url=URL)


def _usual_name(choices: list[tuple[str, str]], chosen: str) -> dict[str, str]:
    """Return the name of a process that was given none: that of its field."""
    language = "zh" if (get_language() or "en").startswith("zh") else "en"
    return {language: dict(choices)[chosen]}


def may_have_process(spec: ObjectSpec) -> bool:
    """Say whether an object has a field whose values can be stages."""
    specs = specs_here()
    return spec.has_page and any(can_have_process(entry, specs) for entry in spec.all_fields.values())


def eligible_fields(actor: Actor) -> list[tuple[str, str]]:
    """Return the fields that can have a process, each group of linked stages by itself, as values of a choice."""
    specs = specs_on(actor.organization)
    found = []
    for spec in specs.values():
        if spec.is_setting or not spec.has_page:
            continue
        for name, entry in spec.all_fields.items():
            if not can_have_process(entry, specs):
                continue
            label = f"{spec.label_plural}: {entry.label}"
            group = group_field(spec, entry)
            target = specs.get(getattr(spec.all_fields[group].kind, "target", "")) if group else None
            if target is None:
                found.append((f"{spec.name}:{name}:", label))
                continue
            rows = live_rows(actor, target).order_by(target.title).values_list("pk", target.title)
            found += [(f"{spec.name}:{name}:{pk}", f"{label} ({title})") for pk, title in rows]
    return found


@signed_in("POST")
def sort(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Say which process of an object is tried first."""
    require_page(request.actor, PAGE)
    ids = [found for text in request.POST.getlist("ids") if (found := parse_id(text)) is not None]
    order_processes(request.actor, object_name, ids)
    return saved(request, _("The order is saved."), URL)


@signed_in("POST")
def begin_from_example(request: SignedInRequest, key: str) -> HttpResponse:
    """Make a process from an example, with the field that it needs."""
    require_page(request.actor, PAGE)
    made = use_template(request.actor, key)
    return saved(request, _("The example is there as a draft. Adapt it and put it into force."), f"{URL}/{made.pk}")


@signed_in("GET")
def process(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Show a process: what has to be done before it is in force, its stages, its ways, its figures and versions."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    spec, entry = spec_of(request.actor, row)
    definition = draft_of(row)
    labels = labels_of_values(request.actor, spec, entry)
    receivers = dict(receiver_choices())
    condition = condition_in_words(system_actor(request.actor.organization), spec, row.condition)
    context = {
        "title": label_of(row),
        "object_strip": object_strip(request.actor, spec, PAGE),
        "url": f"{URL}/{row.pk}",
        "row": row,
        "is_changed": row.draft is not None,
        "object_label": str(spec.label_plural),
        "field_label": str(entry.label),
        "condition": condition if row.condition else "",
        "problems": problems(request.actor, row) if row.draft is not None else [],
        "ending": _missing_end(row, definition, labels),
        "warnings": warnings(request.actor, row),
        "stages": [card_of_stage(row, stage, labels, receivers, spec) for stage in definition.stages],
        "diagram": diagram_of(definition, lambda key: labels.get(key, key)),
        "figures": [_figure(figure) for figure in stage_figures(request.actor, spec, active(row))]
        if row.version
        else [],
        "versions": _versions(request.actor, row),
        **progress_of(row),
        "actions": _actions(row),
    }
    return settings_answer(request, PAGE, "processes/process.html", context)


def _missing_end(row: Process, definition: Definition, labels: Mapping[str, str]) -> dict[str, str] | None:
    """Return the way to the last stage while no stage ends the process; None once one does."""
    if not definition.stages or any(stage.outcome != Outcome.OPEN for stage in definition.stages):
        return None
    last = definition.stages[-1].key
    label = _("Let “%(stage)s” be the end") % {"stage": labels.get(last, last)}
    return {"label": label, "url": f"{URL}/{row.pk}/stage?{urlencode({'stage': last})}"}


def _actions(row: Process) -> list[dict[str, Any]]:
    url = f"{URL}/{row.pk}"
    found: list[dict[str, Any]] = [{"label": _("Name and times"), "url": f"{url}/times", "icon": "settings", "opens": "dialog"},
             {"label": _("Which records"), "url": f"{url}/records", "icon": "filter"}]  # fmt: skip
    if row.draft is not None:
        found.append({"label": _("Put into force"), "url": f"{url}/publish", "icon": "check", "primary": True})
    return found


def card_of_stage(
    row: Process, stage: Stage, labels: Mapping[str, str], receivers: Mapping[str, str], spec: ObjectSpec
) -> dict[str, Any]:
    """Return what the editor shows of a stage: what it asks for, in a few words each."""
    fields = {name: str(entry.label) for name, entry in spec.all_fields.items()}
    facts = []
    entry = [fields.get(name, name) for name in stage.entry.fields]
    if entry:
        facts.append((_("To come in"), ", ".join(entry)))
    leaving = [fields.get(name, name) for name in stage.exit.fields]
    if leaving:
        facts.append((_("Before going on"), ", ".join(leaving)))
    if stage.entry.file or stage.exit.file:
        facts.append((_("File"), _("needed")))
    if stage.checklist:
        facts.append((_("Checklist"), ", ".join(said(item.labels) for item in stage.checklist)))
    if stage.handover.kind != Handover.STAYS:
        facts.append((_("Given to"), receivers.get(written_receiver(stage.handover), "")))
    if not stage.movers.is_anybody:
        facts.append((_("Moved on by"), movers_in_words(stage.movers)))
    if stage.limit.hours:
        limit = ngettext("%(count)d working hour", "%(count)d working hours", stage.limit.hours)
        is_working = draft_of(row).working is not None
        text = limit % {"count": stage.limit.hours} if is_working else hours_in_words(stage.limit.hours)
        facts.append((_("Time limit"), text))
    if stage.reasons:
        facts.append((_("Reasons to choose from"), ", ".join(said(reason.labels) for reason in stage.reasons)))
    checks = [
        {"gate": gate, "index": index, "text": said(check.messages) or _("A condition without a message")}
        for gate, checks in (("entry", stage.entry.checks), ("exit", stage.exit.checks))
        for index, check in enumerate(checks)
    ]
    outcomes = {value: str(label) for value, label in OUTCOMES}
    return {
        "key": stage.key,
        "label": labels.get(stage.key, stage.key),
        "outcome": outcomes.get(stage.outcome, "") if stage.outcome else "",
        "color": OUTCOME_COLORS.get(stage.outcome, "grey"),
        "starts": stage.starts,
        "moves": ", ".join(labels.get(key, key) for key in stage.moves),
        "facts": [{"label": label, "text": text} for label, text in facts],
        "checks": checks,
    }


def _figure(figure: Any) -> dict[str, Any]:
    def words(hours: float | None) -> str:
        return "–" if hours is None else hours_in_words(hours)

    return {
        "label": figure.label,
        "present": figure.present,
        "late": figure.late,
        "finished": figure.finished,
        "median": words(figure.median),
        "average": words(figure.average),
        "slowest": words(figure.slowest),
    }


def _versions(actor: Actor, row: Process) -> list[dict[str, str]]:
    rows = ProcessVersion.objects.filter(process=row).select_related("published_by")[:20]
    return [
        {
            "number": str(version.number),
            "when": short_instant(version.published_at, actor),
            "who": version.published_by.name if version.published_by is not None else _("The system"),
        }
        for version in rows
    ]


def progress_of(row: Process) -> dict[str, Any]:
    """Return how far running records are brought along."""
    run = latest_run(SETTLE, subject=str(row.pk))
    is_running = run is not None and run.is_under_way
    return {
        "running": {"done": run.done} if run is not None and is_running else None,
        "run_problem": run.problem if run is not None and not is_running else "",
        "url": f"{URL}/{row.pk}",
    }


@signed_in("GET", "POST")
def times(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Change the name of a process, when hours count, and whether a way back needs a reason."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    form = TimesForm(request.POST or None, initial=TimesForm.initial_of(row.labels, draft_of(row)))
    if request.method == "POST" and form.is_valid():
        try:
            rename(request.actor, row, labels=form.labels(), condition=row.condition)
            change_draft(request.actor, row, form.times(draft_of(row)))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The process is saved."), f"{URL}/{row.pk}")
    return settings_form(request, PAGE, form, title=_("Name and times"), cancel_url=f"{URL}/{row.pk}")


@signed_in("GET", "POST")
def records(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Change which records a process governs; that holds at once."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    spec, _entry = spec_of(request.actor, row)
    tree = row.condition
    form = forms.Form(request.POST or None)
    if request.method == "POST":
        form.is_valid()
        tree = sent_tree(request.POST)
        try:
            condition = read_condition(system_actor(request.actor.organization), spec, request.POST)
            rename(request.actor, row, labels=row.labels, condition=condition)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The process is saved."), f"{URL}/{row.pk}")
    context = {
        "title": _("Which records “%(process)s” governs") % {"process": label_of(row)},
        "text": _("Without a condition, all of them. Of several processes, the first that fits governs a record."),
        "back": {"label": label_of(row), "url": f"{URL}/{row.pk}"},
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "builder": condition_editor(request.actor, spec, tree, url=request.get_full_path(), submit_label=_("Save")),
    }
    status = 422 if form.errors else 200
    return undone_if_wrong(settings_answer(request, PAGE, "processes/condition.html", context, status=status))


@signed_in("POST")
def order(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Put the stages into the order that the page sent."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    change_draft(request.actor, row, in_order(draft_of(row), request.POST.getlist("stages")))
    return saved(request, _("The order is saved."), f"{URL}/{row.pk}")


@signed_in("POST")
def remove(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Delete a process."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    delete_process(request.actor, row)
    return saved(request, _("The process is deleted. Records keep their values."), URL)


def require_stage(row: Process, key: str) -> Stage:
    """Return a stage of the draft; raise ``Missing``."""
    stage = draft_of(row).stage(key)
    if stage is None:
        raise Missing("not_found", _("There is no such stage."))
    return stage
