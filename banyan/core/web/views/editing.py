"""Creating and changing records: as a page, or in the dialog, with nothing lost when something is wrong."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Invalid, Missing, Stale, Unconfirmed
from banyan.core.layouts.resolution import TYPE_FIELD, layout_for
from banyan.core.listing.filters import live_rows
from banyan.core.listing.query import fetch_row
from banyan.core.objects.models import Record
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.records.duplicates import rules_for
from banyan.core.records.locks import reasons, require_editable
from banyan.core.web.answers import done, page, part, refused, tell, wants_dialog
from banyan.core.web.confirming import with_confirmation
from banyan.core.web.conflicts import chosen_values, conflict_answer, parsed
from banyan.core.web.forms import FIELDS, Form, presets, read_values
from banyan.core.web.layouts.choosing import type_question
from banyan.core.web.layouts.laid import LaidForm, within_layout
from banyan.core.web.layouts.new_records import NewForm, sent_values
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import presenter_for
from banyan.core.web.views.base import object_page
from banyan.core.web.wording import DUPLICATE_REASONS

AGAIN = "again"
Complaint = Invalid | Unconfirmed
#: The fields by which a duplicate is noticed while one types.
WATCHED = ("name", "phone", "mobile", "email", "tax_number")
MOST_DUPLICATES = 5
#: Fields that a copy of a record does not take over.
NOT_COPIED = {"owner"}


@object_page("GET", "POST", action=Action.CREATE)
def new(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Ask for a new record, and create it."""
    if request.method == "GET":
        values = {**_defaults(request, spec), **presets(spec, request.GET)}
        return type_question(request, spec) or _new_form(request, spec, values)
    sent = sent_values(request, spec)
    context = WriteContext.for_actor(request.actor)
    try:
        # What was left empty takes its default, so that a form need not show every field.
        given = {name: value for name, value in sent.items() if value not in ("", [])}
        record = door.create(request.actor, spec, given, context=context)
    except (Invalid, Unconfirmed) as error:
        return refused(_new_form(request, spec, {**sent, **_raw(spec, request)}, error))
    if request.POST.get(AGAIN) and wants_dialog(request):
        return _created_and_again(request, spec, record)
    text = _("“%(name)s” was created.") % {"name": _name(request, spec, record)}
    return done(
        request, text, next_url=f"/{spec.plural}/{record.pk}", changed=(spec.plural,),
        undo_url=f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


@object_page("GET", action=Action.CREATE)
def copy(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Ask for a new record that begins with the values of another one."""
    row = fetch_row(request.actor, spec, record_id)
    values = {name: row[name] for name in spec.writable_fields if name in row and name not in NOT_COPIED}
    return _new_form(request, spec, {**_defaults(request, spec), **values})


@object_page("GET", "POST", action=Action.EDIT)
def edit(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Ask for changes of a record, and write them; a change by somebody else in between is shown first."""
    row = fetch_row(request.actor, spec, record_id)
    if request.method == "GET":
        require_editable(request.actor, spec, record_id)
        return _edit_form(request, spec, row, row)
    sent = read_values(spec, request.POST, spec.writable_fields)
    # The form was laid out for the type that the record has, even if it gets another one now.
    sent = within_layout(request.actor, spec, layout_for(request.actor, spec, row.get(TYPE_FIELD)), sent, row)
    version = request.POST.get("version", "")
    expected = int(version) if version.isdecimal() else None
    context = WriteContext.for_actor(request.actor)
    try:
        chosen = chosen_values(request.POST, sent)
        record = door.update(request.actor, spec, record_id, chosen, expected_version=expected, context=context)
    except Stale:
        return conflict_answer(request, spec, record_id, sent, version=expected or 0)
    except (Invalid, Unconfirmed) as error:
        return refused(_edit_form(request, spec, row, {**row, **sent, **_raw(spec, request)}, error))
    name = _name(request, spec, record)
    if record.version == row["version"]:
        text, undo_url = _("Nothing was changed in “%(name)s”.") % {"name": name}, ""
    else:
        text, undo_url = _("“%(name)s” was saved.") % {"name": name}, f"/undo/{context.batch_id}"
    return done(
        request, text, next_url=f"/{spec.plural}/{record_id}", changed=(spec.plural,), undo_url=undo_url,
        close_dialog=True,
    )  # fmt: skip


@object_page("GET")
def duplicates(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Answer with the records that may be the same as the one being typed; with nothing when there are none.

    Of records that the person may not see, it is said only that there is one.
    """
    rules = rules_for(spec)
    given = {name: request.GET[name] for name in _watched(spec) if request.GET.get(name)}
    candidates = rules.candidates(request.actor, [parsed(request.actor, spec, given)])[0] if rules and given else []
    rows = live_rows(request.actor, spec).filter(pk__in=[candidate.record_id for candidate in candidates])
    visible = set(restrict(rows, request.actor, spec).values_list("pk", flat=True))
    entries = [
        {
            "url": f"/{spec.plural}/{candidate.record_id}",
            "title": candidate.title,
            "reasons": [str(DUPLICATE_REASONS.get(code, code)) for code in candidate.reasons],
        }
        for candidate in candidates[:MOST_DUPLICATES]
        if candidate.record_id in visible
    ]
    unseen = [candidate.record_id for candidate in candidates if candidate.record_id not in visible]
    others = [{"text": _("One that belongs to somebody else and that you may not see.")}] if unseen else []
    if unseen and rules is not None and rules.hidden is not None:
        others = rules.hidden(request.actor, unseen)
    context = {"duplicates": entries, "others": others}
    return part(request, "objects/duplicates.html", context)


def _defaults(request: SignedInRequest, spec: ObjectSpec) -> dict[str, Any]:
    found = {name: entry.default_value(request.actor) for name, entry in spec.writable_fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def _new_form(
    request: SignedInRequest, spec: ObjectSpec, values: Mapping[str, Any], error: Complaint | None = None
) -> HttpResponse:
    """Show the form of a new record: as its layout says, else first what is asked for most, the rest folded below."""
    made = NewForm(request, spec, values, error.errors if error else ())
    if made.plan:
        arranged: dict[str, Any] = {"laid": made.laid(made.plan)}
    else:
        made.form.load_labels(made.fields)
        sections, made.names = _plain_sections(request, spec, made.form, made.fields, error)
        arranged = {"sections": sections}
    context = {
        "title": made.title,
        "action": f"/{spec.plural}/new",
        **arranged,
        "errors": made.form.summary(made.names),
        "submit_label": _("Create"),
        "second_label": _("Save and new"),
        "second_name": AGAIN,
        "hidden": made.hidden(),
        "cancel_url": f"/{spec.plural}",
        "crumbs": [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}],
        "duplicates": _duplicates_watch(spec),
    }
    return _form(request, context, error)


def _plain_sections(
    request: SignedInRequest, spec: ObjectSpec, form: Form, every: list[str], error: Complaint | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the product's own sections of a new record's form, with the names of their inputs."""
    required = [name for name, entry in spec.writable_fields.items() if entry.required]
    preset = [name for name in presets(spec, request.GET) if name in every] if request.method == "GET" else []
    first = list(dict.fromkeys((*(spec.quick_fields or every), *required, *preset)))
    wrong = {entry.field for entry in error.errors} if error else set()
    first += [name for name in every if name in wrong and name not in first]
    names = [entry.name for entry in form.editable(first)]
    rest = [name for name in every if name not in names]
    focus = next((name for name in names if name in wrong), "") or _first_empty(names, form.values)
    sections: list[dict[str, Any]] = [{"title": "", "fields": form.inputs(names, focus=focus)}]
    more = form.inputs(rest)
    if more:
        sections.append({"title": _("More fields"), "fields": more, "collapsed": wants_dialog(request)})
    return sections, [*names, *(entry["name"] for entry in more)]


def _first_empty(names: list[str], values: Mapping[str, Any]) -> str:
    return next((name for name in names if not values.get(name)), names[0] if names else "")


def _edit_form(
    request: SignedInRequest,
    spec: ObjectSpec,
    row: Mapping[str, Any],
    values: Mapping[str, Any],
    error: Complaint | None = None,
) -> HttpResponse:
    plan = layout_for(request.actor, spec, row.get(TYPE_FIELD))
    form = Form(request.actor, spec, values, error.errors if error else (), plan)
    form.lock(row)
    if plan:
        form.load_labels(plan.names())
        laid = LaidForm(form, plan, row)
        names = laid.names()
        arranged: dict[str, Any] = {"laid": laid.context(folds=wants_dialog(request))}
    else:
        sections = _edited_sections(request, spec, form)
        names = [entry["name"] for section in sections for entry in section["fields"] if "cell" not in entry]
        arranged = {"sections": sections}
    name = presenter_for(request.actor, spec, [], {}).title(row)
    url = f"/{spec.plural}/{row['id']}"
    version = request.POST.get("version") or row["version"]
    context = {
        "title": _("Edit %(name)s") % {"name": name},
        "action": f"{url}/edit",
        **arranged,
        "errors": form.summary(names),
        "submit_label": _("Save"),
        "locked": reasons(form.locks),
        "is_closed": not names,
        "hidden": [
            {"name": "version", "value": version},
            {"name": FIELDS, "value": ",".join(names)},
        ],
        "cancel_url": url,
        "crumbs": [{"label": str(spec.label_plural), "url": f"/{spec.plural}"}, {"label": name, "url": url}],
    }
    return _form(request, context, error)


def _edited_sections(request: SignedInRequest, spec: ObjectSpec, form: Form) -> list[dict[str, Any]]:
    """Return the product's own sections of the form that changes a record."""
    form.load_labels([name for section in spec.layout() for name in section.fields])
    sections = form.sections()
    inputs = [entry for section in sections for entry in section["fields"] if "cell" not in entry]
    # The cursor in a picker would open its list over the form: where that comes first, nothing is begun for anybody.
    first = inputs[0] if inputs and "pick_url" not in inputs[0] else None
    wrong = next((entry for entry in inputs if entry["error"]), first)
    if wrong:
        wrong["autofocus"] = True
    for index, section in enumerate(sections):
        has_error = any(entry.get("error") for entry in section["fields"])
        section["collapsed"] = wants_dialog(request) and index > 1 and not has_error
    return sections


def _form(request: SignedInRequest, context: dict[str, Any], error: Complaint | None) -> HttpResponse:
    status = 422 if error else 200
    if isinstance(error, Unconfirmed):
        context |= {
            "action": with_confirmation(context["action"], error.errors, request.GET),
            "submit_label": _("Save all the same"),
            "warning": " ".join(str(entry.message) for entry in error.errors),
            "errors": [],
        }
    if wants_dialog(request):
        return part(request, "objects/form_dialog.html", {"form": context}, status=status)
    return page(request, "objects/form.html", {"form": context}, status=status)


def _duplicates_watch(spec: ObjectSpec) -> dict[str, str] | None:
    if rules_for(spec) is None:
        return None
    return {"url": f"/{spec.plural}/duplicates", "names": ",".join(_watched(spec))}


def _watched(spec: ObjectSpec) -> list[str]:
    rules = rules_for(spec)
    names = dict.fromkeys((*WATCHED, *(rules.fields if rules else ())))
    return [name for name in names if name in spec.writable_fields]


def _created_and_again(request: SignedInRequest, spec: ObjectSpec, record: Record) -> HttpResponse:
    """Answer with a fresh form for the next record of the same kind."""
    kept = {name: request.POST[name] for name in (*spec.links, TYPE_FIELD) if request.POST.get(name)}
    text = _("“%(name)s” was created.") % {"name": _name(request, spec, record)}
    answer = _new_form(request, spec, {**_defaults(request, spec), **kept})
    return tell(answer, toast={"text": text, "kind": "success"}, records_changed={"object": spec.plural})


def _name(request: SignedInRequest, spec: ObjectSpec, record: Record) -> str:
    """Return what a record just written is called; whoever may not see it gets its number."""
    try:
        row = fetch_row(request.actor, spec, record.pk, columns=(spec.title, "number"))
    except Missing:
        return record.number
    return presenter_for(request.actor, spec, [row]).title(row)


def _raw(spec: ObjectSpec, request: SignedInRequest) -> dict[str, Any]:
    """Return the texts of amounts' currencies, which no input of their own shows."""
    return {"currency": request.POST["currency"]} if request.POST.get("currency") else {}
