"""The settings of one stage: what it asks for, its conditions, adding it and taking it out."""

from __future__ import annotations

import uuid
from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.actor import system_actor
from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Missing
from banyan.core.listing.filters import parse_tree
from banyan.core.objects.kinds import Choice
from banyan.core.objects.pick_lists import add_options
from banyan.core.processes.rules import Check, Gate, Stage
from banyan.core.processes.services import (
    change_draft,
    draft_of,
    find_process,
    label_of,
    spec_of,
    with_stage,
    without_stage,
)
from banyan.core.processes.values import labels_of_values, values_of
from banyan.core.web.condition_forms import condition_editor, read_condition, sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, undone_if_wrong
from banyan.core.web.processes.editor import PAGE, URL, require_stage
from banyan.core.web.processes.forms import AddStageForm, CheckForm, StageForm, day_hours
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

ENTRY, EXIT = "entry", "exit"


@signed_in("GET", "POST")
def stage(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Change what a stage asks for, where it leads, who gets the record, and how long it may take."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    spec, entry = spec_of(request.actor, row)
    known = require_stage(row, request.GET.get("stage", ""))
    definition = draft_of(row)
    labels = labels_of_values(request.actor, spec, entry)
    others = [(key, labels.get(key, key)) for key in definition.keys if key != known.key]
    form = StageForm(
        request.POST or None, initial=StageForm.initial_of(known), spec=spec, others=others,
        day_hours=day_hours(definition),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            change_draft(request.actor, row, with_stage(definition, form.stage(known)))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The stage is saved."), f"{URL}/{row.pk}")
    return settings_form(
        request, PAGE, form, title=labels.get(known.key, known.key), sections=[(str(title), names) for title, names in StageForm.SECTIONS],
        cancel_url=f"{URL}/{row.pk}",
    )  # fmt: skip


@signed_in("GET", "POST")
def add_stage(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Add a value of the field as a stage; a choice can get a new value on the way."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    spec, entry = spec_of(request.actor, row)
    definition = draft_of(row)
    node = parse_tree(row.condition) if row.condition else None
    free = [value for value in values_of(request.actor, spec, entry, node) if definition.stage(value.key) is None]
    form = AddStageForm(request.POST or None)
    form.fields["value"].choices = [("", ""), *((value.key, value.label) for value in free)]  # type: ignore[attr-defined]
    is_open = isinstance(entry.kind, Choice) and entry.kind.open
    if not is_open:
        del form.fields["new_value"]
    if request.method == "POST" and form.is_valid():
        key, word = form.cleaned_data["value"], form.cleaned_data.get("new_value", "")
        try:
            if word:
                key = add_options(request.actor, spec.name, entry.name, [word]).get(word.strip(), word.strip())
            if not key:
                raise Invalid([FieldError("value", "required", _("Choose a value."))])
            outcome = next((value.outcome for value in free if value.key == key), "")
            if definition.stage(key) is None:
                change_draft(request.actor, row, with_stage(definition, Stage(key, outcome)))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The stage is added. Say now where it leads."), f"{URL}/{row.pk}")
    text = "" if is_open else _("Further stages come from where the values are kept, such as the pipeline.")
    return settings_form(
        request, PAGE, form, title=_("Add a stage"), text=text, submit_label=_("Add"), cancel_url=f"{URL}/{row.pk}"
    )


@signed_in("POST")
def remove_stage(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Take a stage out of the draft; where its records go is asked when the draft is put into force."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    known = require_stage(row, request.POST.get("stage", ""))
    change_draft(request.actor, row, without_stage(draft_of(row), known.key))
    return saved(request, _("The stage is taken out of the draft."), f"{URL}/{row.pk}")


@signed_in("GET", "POST")
def check(request: SignedInRequest, process_id: uuid.UUID) -> HttpResponse:
    """Add or change a condition of a stage, with what people read when it does not hold."""
    require_page(request.actor, PAGE)
    row = find_process(process_id)
    spec, entry = spec_of(request.actor, row)
    known = require_stage(row, request.GET.get("stage", ""))
    gate = request.GET.get("gate", "")
    if gate not in {ENTRY, EXIT}:
        raise Missing("not_found", _("There is no such page."))
    checks = list(_gate(known, gate).checks)
    index = request.GET.get("index", "")
    place = int(index) if index.isdecimal() and int(index) < len(checks) else len(checks)
    current = checks[place] if place < len(checks) else Check()
    form = CheckForm(request.POST or None, initial=dict(current.messages))
    tree = sent_tree(request.POST) if request.method == "POST" else dict(current.filter)
    if request.method == "POST" and form.is_valid():
        try:
            condition = read_condition(system_actor(request.actor.organization), spec, request.POST)
            checks[place:] = [*_made(condition, form), *checks[place + 1 :]]
            change_draft(request.actor, row, with_stage(draft_of(row), _with_checks(known, gate, tuple(checks))))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The condition is saved."), f"{URL}/{row.pk}")
    label = labels_of_values(request.actor, spec, entry).get(known.key, known.key)
    title = _("To come into “%(stage)s”") if gate == ENTRY else _("Before “%(stage)s” is left")
    context = {
        "title": title % {"stage": label},
        "text": _("The record must fit. Without a condition, nothing is asked."),
        "back": {"label": label_of(row), "url": f"{URL}/{row.pk}"},
        "form": {"fields": fields_of(form), "errors": errors_of(form)},
        "builder": condition_editor(request.actor, spec, tree, url=request.get_full_path(), submit_label=_("Save")),
    }
    status = 422 if form.is_bound and form.errors else 200
    return undone_if_wrong(settings_answer(request, PAGE, "processes/condition.html", context, status=status))


def check_url(row_url: str, key: str, gate: str, index: int | None = None) -> str:
    """Return the address of a condition; without index, of a new one."""
    query = {"stage": key, "gate": gate, **({"index": index} if index is not None else {})}
    return f"{row_url}/check?{urlencode(query)}"


def _made(condition: dict[str, object], form: CheckForm) -> list[Check]:
    """Return the condition; none when it was emptied, which takes it away."""
    messages = {language: form.cleaned_data[language] for language in ("zh", "en") if form.cleaned_data[language]}
    if not condition:
        return []
    if not messages:
        raise Invalid([FieldError("zh", "required", _("Write what people read when the condition does not hold."))])
    return [Check(condition, messages)]


def _gate(known: Stage, gate: str) -> Gate:
    return known.entry if gate == ENTRY else known.exit


def _with_checks(known: Stage, gate: str, checks: tuple[Check, ...]) -> Stage:
    changed = replace(_gate(known, gate), checks=checks)
    return replace(known, entry=changed) if gate == ENTRY else replace(known, exit=changed)
