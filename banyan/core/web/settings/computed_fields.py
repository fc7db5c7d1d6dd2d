"""Fields that the system fills in: formulas with a live preview, roll-ups of records below, automatic numbers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.expressions import BadExpression, function_help
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.runs import latest_run
from banyan.core.kernel.errors import DomainError, Invalid, Missing
from banyan.core.objects.customising import FieldDraft, change_custom_field, create_custom_field, find_custom_field
from banyan.core.objects.defining import checked_formula, with_place
from banyan.core.objects.definitions import COUNT, own_fields
from banyan.core.objects.formulas import compile_for
from banyan.core.objects.kinds import kinds
from banyan.core.objects.models import Computed, CustomField
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import specs_for
from banyan.core.objects.removing import label_of
from banyan.core.objects.spec import ObjectSpec
from banyan.core.own_fields.jobs import COMPUTE
from banyan.core.own_fields.previewing import examples
from banyan.core.web.answers import part
from banyan.core.web.condition_forms import condition_editor, read_condition, sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem, errors_of, fields_of, undone_if_wrong
from banyan.core.web.settings.field_forms import HELP, NAMES, FormulaForm, NumberingForm, RollupForm, names_of, sent
from banyan.core.web.settings.object_pages import object_strip
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.settings.places_of_fields import URL, customisable_spec
from banyan.core.web.views.base import signed_in

USE = ("is_active", "is_indexed")
_SHOWN_BEFORE, _SHOWN_AFTER = 30, 30


@signed_in("GET", "POST")
def new_formula(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Add a field whose values a formula finds."""
    require_page(request.actor, "fields")
    return _formula(request, customisable_spec(request, object_name), None)


@signed_in("POST")
def check_formula(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Say what is wrong with a formula while it is written, or what it gives for some records."""
    require_page(request.actor, "fields")
    spec = customisable_spec(request, object_name)
    text, kind = request.POST.get("formula", ""), request.POST.get("kind", "decimal")
    field_name = request.POST.get("name", "")
    context: dict[str, Any] = {}
    if text.strip():
        try:
            compiled = compile_for(request.actor.organization, spec, text)
            context = {
                "gives": str(compiled.type.label) if compiled.type else "",
                "is_volatile": compiled.is_volatile,
                "examples": examples(request.actor, spec, compiled),
            }
            if kind in kinds:
                checked_formula(specs_for(request.actor.organization), spec, text, kind, name=field_name)
        except BadExpression as problem:
            start, place = max(0, problem.position - _SHOWN_BEFORE), problem.position
            context = {
                "problem": with_place(problem, text),
                "before": text[start:place], "at": text[place : place + 1] or "␣",
                "after": text[place + 1 : place + 1 + _SHOWN_AFTER],
            }  # fmt: skip
        except Invalid as problem:
            context["problem"] = str(problem.errors[0].message)
    return part(request, "settings/_formula_check.html", context)


def _formula(request: SignedInRequest, spec: ObjectSpec, row: CustomField | None) -> HttpResponse:
    initial = {"formula": row.definition.get("formula", ""), "kind": row.kind, **_use(row)} if row else {}
    form = FormulaForm(request.POST or None, initial=initial)
    _keep_use(form, row)
    if request.method == "POST" and form.is_valid():
        definition = {"formula": form.cleaned_data["formula"]}
        answer = _save(request, spec, row, form, Computed.FORMULA, definition)
        if answer is not None:
            return answer
    title = label_of(row) if row else _("New formula of %(object)s") % {"object": spec.noun_plural}
    context = {
        "title": title,
        "object_name": spec.name,
        "field_name": row.name if row else "",
        "names": fields_of(form, NAMES),
        "formula": fields_of(form, ("formula", "kind")),
        "help_texts": fields_of(form, (*HELP, *(name for name in USE if name in form.fields))),
        "errors": errors_of(form),
        "groups": _usable(request, spec, row),
        "functions": function_help(),
        **_state(spec, row),
    }
    return _answer(request, spec, "settings/field_formula.html", context)


def _usable(request: SignedInRequest, spec: ObjectSpec, row: CustomField | None) -> list[dict[str, Any]]:
    """Return the fields that a formula may use, with those of linked records."""
    specs = specs_on(request.actor.organization)
    groups = [{"label": str(spec.label), "fields": _fields(spec, "", row.name if row else "")}]
    for name, entry in spec.links.items():
        linked = specs.get(getattr(entry.kind, "target", ""))
        if linked is not None:
            groups.append({"label": f"{entry.label} → {linked.label}", "fields": _fields(linked, f"{name}.", "")})
    return groups


def _fields(spec: ObjectSpec, prefix: str, without: str) -> list[dict[str, str]]:
    return [
        {"path": f"{prefix}{name}", "label": str(entry.label), "type": str(entry.kind.expression_type.label)}
        for name, entry in spec.all_fields.items()
        if entry.kind.expression_type is not None
        and not entry.is_sealed
        # Of what it links to a record holds but an id: at most whether there is one is a question for a formula.
        and not getattr(entry.kind, "target", "")
        and name not in {without, "version"}
    ]


@signed_in("GET")
def rollup_sources(request: SignedInRequest, object_name: str) -> HttpResponse:
    """List the records that lead to those of an object: one of them is rolled up."""
    require_page(request.actor, "fields")
    spec = customisable_spec(request, object_name)
    sources = [
        {
            "label": str(child.label_plural), "hint": _("by “%(link)s”") % {"link": link.label}, "icon": child.icon,
            "url": f"{URL}/{object_name}/new/rollup/{child.name}/{name}",
        }
        for child in specs_on(request.actor.organization).values()
        for name, link in child.links.items()
        if getattr(link.kind, "target", "") == spec.name and not link.is_sealed
    ]  # fmt: skip
    title = _("New roll-up of %(object)s") % {"object": spec.noun_plural}
    context = {
        "title": title, "sources": sources, "object_label": str(spec.label_plural), "object_name": object_name,
        "object_strip": object_strip(request.actor, spec, "fields"),
    }  # fmt: skip
    return settings_answer(request, "fields", "settings/field_rollup_sources.html", context)


@signed_in("GET", "POST")
def new_rollup(request: SignedInRequest, object_name: str, child_name: str, link: str) -> HttpResponse:
    """Add a field that counts or sums up the records below."""
    require_page(request.actor, "fields")
    spec = customisable_spec(request, object_name)
    return _rollup(request, spec, None, {"object": child_name, "link": link})


def _rollup(
    request: SignedInRequest, spec: ObjectSpec, row: CustomField | None, given: Mapping[str, Any]
) -> HttpResponse:
    child = specs_on(request.actor.organization).get(given["object"])
    if child is None or given["link"] not in child.links:
        raise Missing("not_found", _("There is no such object."))
    initial = {"function": given.get("function", COUNT), "field": given.get("field", ""), **_use(row)}
    form = RollupForm(request.POST or None, initial=initial)
    _keep_use(form, row)
    form.fields["field"].choices = [("", "–"), *_counted(child)]  # type: ignore[attr-defined]  # a choice field
    tree = given.get("filter") or {}
    if request.method == "POST" and form.is_valid():
        definition = {**given, **sent(form.cleaned_data, "function", "field")}
        try:
            definition["filter"] = read_condition(request.actor, child, request.POST)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            answer = _save(request, spec, row, form, Computed.ROLLUP, definition)
            if answer is not None:
                return answer
    if request.method == "POST":
        tree = sent_tree(request.POST)
    title = label_of(row) if row else _("New roll-up of %(object)s") % {"object": spec.noun_plural}
    names = (*NAMES, "function", "field", *HELP, *(name for name in USE if name in form.fields))
    context = {
        "title": title,
        "object_name": spec.name,
        "children": child.noun_plural,
        "form": {"fields": fields_of(form, names), "errors": errors_of(form)},
        "builder": condition_editor(
            request.actor, child, tree, url=request.get_full_path(), submit_label=_("Save") if row else _("Add field")
        ),
        **_state(spec, row),
    }
    return _answer(request, spec, "settings/field_rollup.html", context)


def _counted(child: ObjectSpec) -> list[tuple[str, str]]:
    types = {"number", "date", "datetime"}
    return [
        (name, str(entry.label))
        for name, entry in child.all_fields.items()
        if entry.kind.expression_type in types and not entry.is_sealed and name != "version"
    ]


@signed_in("GET", "POST")
def new_numbering(request: SignedInRequest, object_name: str) -> HttpResponse:
    """Add a field that numbers records."""
    require_page(request.actor, "fields")
    return _numbering(request, customisable_spec(request, object_name), None)


def _numbering(request: SignedInRequest, spec: ObjectSpec, row: CustomField | None) -> HttpResponse:
    initial = {**row.definition, **names_of(row), **_use(row)} if row else {}
    form = NumberingForm(request.POST or None, initial=initial)
    _keep_use(form, row)
    if request.method == "POST" and form.is_valid():
        definition = sent(form.cleaned_data, "pattern", "restart", "first")
        answer = _save(request, spec, row, form, Computed.NUMBER, definition)
        if answer is not None:
            return answer
    title = label_of(row) if row else _("New automatic number of %(object)s") % {"object": spec.noun_plural}
    use = tuple(name for name in USE if name in form.fields)
    return settings_form(
        request, "fields", form, title=title,
        text=_("Each new record gets the next number; records that are there already get theirs in the background."),
        sections=(("", (*NAMES, "pattern", "restart", "first", *use)), (_("Explanation"), HELP)),
        submit_label=_("Save") if row else _("Add field"), cancel_url=f"{URL}/{spec.name}",
        object_strip=object_strip(request.actor, spec, "fields"),
    )  # fmt: skip


def edit_computed(request: SignedInRequest, spec: ObjectSpec, row: CustomField) -> HttpResponse:
    """Return the page on which a computed field is changed, or the answer to the change."""
    if row.computed == Computed.FORMULA:
        return _formula(request, spec, row)
    if row.computed == Computed.ROLLUP:
        return _rollup(request, spec, row, row.definition)
    return _numbering(request, spec, row)


@signed_in("GET")
def computing_progress(request: SignedInRequest, field_id: uuid.UUID) -> HttpResponse:
    """Say how far the computation of a field for all records is."""
    require_page(request.actor, "fields")
    row = find_custom_field(field_id)
    return part(request, "settings/_computing.html", {"field_id": row.pk, "running": _running(row)})


def _running(row: CustomField) -> JobRun | None:
    run = latest_run(COMPUTE, subject=row.object_name)
    return run if run is not None and run.is_under_way else None


def _state(spec: ObjectSpec, row: CustomField | None) -> dict[str, Any]:
    """Return what a page says of a field that exists: that it is broken, or being computed."""
    if row is None:
        return {}
    here = own_fields(spec)
    broken = here.broken.get(row.name, "") if here is not None else ""
    return {
        "field_id": row.pk,
        "broken": broken,
        "running": _running(row),
        "uses_url": f"{URL}/{spec.name}/{row.pk}/remove",
    }


def _use(row: CustomField | None) -> dict[str, Any]:
    return {**names_of(row), "is_active": row.is_active, "is_indexed": row.is_indexed} if row else {}


def _keep_use(form: Any, row: CustomField | None) -> None:
    """A field is in use as soon as it is there; only afterwards it can be put out of use."""
    if row is None:
        for name in USE:
            del form.fields[name]


def _save(
    request: SignedInRequest, spec: ObjectSpec, row: CustomField | None, form: Any, computed: str,
    definition: Mapping[str, Any],
) -> HttpResponse | None:  # fmt: skip
    """Save a computed field and return the answer; None when something is wrong, which the form then shows."""
    kind = form.cleaned_data.get("kind", "")
    texts = {"labels": form.labels(), "help_texts": form.help_texts()}
    try:
        if row is None:
            draft = FieldDraft(kind, **texts, computed=computed, definition=definition)
            create_custom_field(request.actor, spec.name, draft)
        else:
            changes = {**texts, "definition": definition, **sent(form.cleaned_data, *USE)}
            change_custom_field(request.actor, row.pk, **changes, **({"kind": kind} if kind else {}))
    except DomainError as problem:
        add_problem(form, problem)
        return None
    return saved(
        request, _("The field is saved. It is computed for all records in the background."), f"{URL}/{spec.name}"
    )


def _answer(request: SignedInRequest, spec: ObjectSpec, template: str, context: Mapping[str, Any]) -> HttpResponse:
    context = {**context, "object_strip": object_strip(request.actor, spec, "fields")}
    has_errors = bool(context.get("errors") or context.get("form", {}).get("errors"))
    return undone_if_wrong(settings_answer(request, "fields", template, context, status=422 if has_errors else 200))
