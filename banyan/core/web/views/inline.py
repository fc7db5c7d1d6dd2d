"""Editing in place: a cell of a table, a fact of a record, a stage, a card, a day in the calendar."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import Invalid, Missing, Stale, Unconfirmed
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.objects.kinds import Money
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.records.locks import locked_fields, require_editable
from banyan.core.web.answers import done, into_dialog, is_partial, macro, markup, page, part, refused, tell
from banyan.core.web.confirming import ask
from banyan.core.web.conflicts import changed_since, conflict_answer
from banyan.core.web.forms import FIELDS, Form, read_values
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import Presenter, presenter_for
from banyan.core.web.processes.moving import ask_instead, guide_of_move, move_dialog, move_governed
from banyan.core.web.record_pages import RecordPage
from banyan.core.web.tables import column_of
from banyan.core.web.views.base import object_page

TABLE_MACROS, RECORD_MACROS = "components/table.html", "components/record.html"


@object_page("GET", "POST")
def cell(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, name: str) -> HttpResponse:
    """Answer with the editor of a cell; after a POST, with the cell as it is now."""
    entry = _editable_field(request, spec, name)
    url = f"/{spec.plural}/{record_id}/cells/{name}"
    row = fetch_row(request.actor, spec, record_id)
    if request.method == "GET":
        require_editable(request.actor, spec, record_id)
        lock = locked_fields(request.actor, spec, row).get(name)
        if lock is not None:
            return _locked_cell(request, spec, entry, row, lock.message)
        return markup(macro(TABLE_MACROS, "cell_editor", _input(request, spec, entry, row), url, row["version"]))
    presenter = Presenter(request.actor, spec)
    try:
        batch = _write(request, spec, record_id, names=_with_currency(spec, entry))
    except Invalid as error:
        asked = ask_instead(request, spec, record_id, name)
        if asked is not None:
            return asked
        shown = _input(
            request, spec, entry, {**row, **read_values(spec, request.POST, [name], are_present=True)}, error
        )
        column = column_of(presenter, entry)
        editing = macro(TABLE_MACROS, "value_editing", column, shown, url, request.POST.get("version", ""))
        return refused(markup(editing, status=422))
    except Unconfirmed as error:
        return _ask_anyway(request, spec, record_id, error, _with_currency(spec, entry))
    except Stale:
        return _conflict(request, spec, record_id, [name])
    fresh = fetch_row(request.actor, spec, record_id)
    presenter = presenter_for(request.actor, spec, [fresh])
    answer = markup(macro(TABLE_MACROS, "value", column_of(presenter, entry), presenter.cell(entry, fresh)))
    return tell(answer, **_undo_toast(batch, entry)) if batch else answer


@object_page("GET", "POST")
def fact(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, name: str) -> HttpResponse:
    """Answer with the editor of a fact; after a POST, with the fact as it is now."""
    entry = _editable_field(request, spec, name)
    url = f"/{spec.plural}/{record_id}/facts/{name}/edit"
    row = fetch_row(request.actor, spec, record_id)
    if request.method == "GET":
        require_editable(request.actor, spec, record_id)
        lock = locked_fields(request.actor, spec, row).get(name)
        if lock is not None:
            return tell(fact_answer(request, spec, record_id, name), toast={"text": lock.message, "kind": "info"})
        return markup(macro(RECORD_MACROS, "fact_editor", _input(request, spec, entry, row), url, row["version"]))
    try:
        batch = _write(request, spec, record_id, names=_with_currency(spec, entry))
    except Invalid as error:
        asked = ask_instead(request, spec, record_id, name)
        if asked is not None:
            return asked
        shown = _input(
            request, spec, entry, {**row, **read_values(spec, request.POST, [name], are_present=True)}, error
        )
        version = request.POST.get("version", "")
        return refused(markup(macro(RECORD_MACROS, "fact_editor", shown, url, version), status=422))
    except Unconfirmed as error:
        return _ask_anyway(request, spec, record_id, error, _with_currency(spec, entry))
    except Stale:
        return _conflict(request, spec, record_id, [name])
    answer = fact_answer(request, spec, record_id, name)
    if batch:
        tell(answer, records_changed={"object": spec.plural}, **_undo_toast(batch, entry))
    return answer


def _locked_cell(
    request: SignedInRequest, spec: ObjectSpec, entry: Field, row: Mapping[str, Any], reason: str
) -> HttpResponse:
    """Return the cell of a field that is locked now in place of its editor: it stays as it is, and says why."""
    presenter = presenter_for(request.actor, spec, [row])
    shown = {**presenter.cell(entry, row), "readonly": True, "locked": reason}
    answer = markup(macro(TABLE_MACROS, "value", column_of(presenter, entry), shown))
    answer["HX-Reswap"] = "outerHTML"
    return tell(answer, toast={"text": reason, "kind": "info"})


@object_page("GET")
def fact_line(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, name: str) -> HttpResponse:
    """Answer with a fact as it is, after its editor was closed without saving."""
    return fact_answer(request, spec, record_id, name)


def fact_answer(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, name: str) -> HttpResponse:
    """Return one fact of a record."""
    shown = RecordPage.load(request.actor, spec, record_id)
    entries = shown.presenter.visible([name])
    if not entries:
        raise Missing("not_found", _("There is no such field."))
    return markup(macro(RECORD_MACROS, "fact_line", shown.fact(entries[0])))


@object_page("GET", "POST", action=Action.EDIT)
def stage(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Move a record to another stage; what the stage asks for besides is asked in a dialog."""
    guide = guide_of_move(request, spec, record_id)
    if guide is not None:
        return move_governed(request, guide) if request.method == "POST" else move_dialog(request, guide)
    if request.method == "POST":
        return move_record(request, spec, record_id)
    names = [name for name in request.GET.get("fields", "").split(",") if name in spec.writable_fields]
    return _ask_for(request, spec, record_id, names=names)


def move_record(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Set the field that makes the board's columns, and answer with news for the page."""
    if spec.board is None:
        raise Missing("not_found", _("There is no such page."))
    names = [name for name in request.POST.get("fields", "").split(",") if name in spec.writable_fields]
    values = {**read_values(spec, request.POST, names), spec.board.field: request.POST.get("to", "")}
    context = WriteContext.for_actor(request.actor)
    try:
        version = version_of(request)
        door.update(request.actor, spec, record_id, values, expected_version=version, context=context)
    except Invalid as error:
        missing = [entry.field for entry in error.errors if entry.field in spec.writable_fields]
        if not missing or missing == [spec.board.field]:
            raise
        return _ask_for(request, spec, record_id, names=missing, error=error)
    presenter = Presenter(request.actor, spec)
    text = _("Moved to “%(stage)s”.") % {"stage": _stage_label(request, spec, record_id)}
    return done(
        request, text, next_url=presenter.url(record_id), changed=(spec.plural,),
        undo_url=f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


def _stage_label(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> str:
    name = spec.board.field if spec.board else ""
    row = fetch_row(request.actor, spec, record_id, columns=(name,))
    return presenter_for(request.actor, spec, [row]).text(spec.all_fields[name], row)


def _ask_for(
    request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, *, names: list[str], error: Invalid | None = None
) -> HttpResponse:
    """Answer with a dialog for the fields that the new stage needs."""
    was_asked = "fields" in request.POST
    sent = request.GET if request.method == "GET" else request.POST
    values = {**fetch_row(request.actor, spec, record_id), **read_values(spec, request.POST, names)}
    form = Form(request.actor, spec, {**values, "id": record_id}, error.errors if error and was_asked else ())
    form.load_labels(names)
    context = {
        "title": _("One more thing"),
        "text": "" if was_asked or error is None else str(error.message),
        "action": f"/{spec.plural}/{record_id}/stage",
        "hidden": [
            {"name": "to", "value": sent.get("to", "")},
            {"name": "version", "value": sent.get("version", "")},
            {"name": "fields", "value": ",".join(names)},
        ],
        "sections": [{"title": "", "fields": form.inputs(names, focus=names[0] if names else "")}],
        "errors": form.summary(names) if was_asked else [],
        "submit_label": _("Save"),
    }
    status = 422 if error else 200
    if not is_partial(request):
        return refused(page(request, "layout/form.html", {"form": context}, status=status))
    return refused(into_dialog(part(request, "layout/form_dialog.html", {"form": context}, status=status)))


def _editable_field(request: SignedInRequest, spec: ObjectSpec, name: str) -> Field:
    require(request.actor, spec, Action.EDIT)
    entry = spec.all_fields.get(name)
    if entry is None or not Presenter(request.actor, spec).editable_somewhere(entry):
        raise Missing("not_found", _("There is no such field, or you may not change it."))
    return entry


def _with_currency(spec: ObjectSpec, entry: Field) -> list[str]:
    currency = entry.kind.currency_field if isinstance(entry.kind, Money) else ""
    return [entry.name, currency] if currency in spec.writable_fields else [entry.name]


def _input(
    request: SignedInRequest, spec: ObjectSpec, entry: Field, row: Mapping[str, Any], error: Invalid | None = None
) -> dict[str, Any]:
    form = Form(request.actor, spec, row, error.errors if error else ())
    form.load_labels([entry.name])
    shown = form.input(entry, autofocus=True)
    other = [entry_error for entry_error in (error.errors if error else ()) if entry_error.field != entry.name]
    if other and not shown["error"]:
        shown["error"] = str(other[0].message)
    shown["id"] = f"edit-{entry.name}"
    return shown


def version_of(request: SignedInRequest) -> int | None:
    """Return the version of the record that the person was looking at."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() else None


def _write(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, *, names: list[str]) -> uuid.UUID | None:
    """Write the fields and return the batch to undo, None when nothing changed.

    Two people who change different fields do not disturb each other: only a change of the same field
    is a conflict.
    """
    values = _entered(request, spec, names)
    version = version_of(request)
    context = WriteContext.for_actor(request.actor)
    current = fetch_row(request.actor, spec, record_id, columns=("version",))["version"]
    if version is not None and current > version:
        touched = {name for change in changed_since(record_id, version, current) for name in change.values}
        version = version if touched & values.keys() else current
    record = door.update(request.actor, spec, record_id, values, expected_version=version, context=context)
    return context.batch_id if record.version != current else None


def _entered(request: SignedInRequest, spec: ObjectSpec, names: list[str]) -> dict[str, Any]:
    """Return what the editor of a field sent, with the currency beside an amount."""
    return {
        **read_values(spec, request.POST, names[:1], are_present=True),
        **read_values(spec, request.POST, names[1:]),
    }


def _conflict(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, names: list[str]) -> HttpResponse:
    values = _entered(request, spec, names)
    return conflict_answer(request, spec, record_id, values, version=version_of(request) or 0)


def _ask_anyway(
    request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, error: Unconfirmed, names: list[str]
) -> HttpResponse:
    """Ask whether to save in spite of warnings; the form for the whole record takes the answer."""
    kept = {
        name: values
        for name, values in request.POST.lists()
        if name in names or any(name.startswith(f"{own}__") for own in names)
    }
    fields = {**kept, "version": request.POST.get("version", ""), FIELDS: ",".join(names)}
    return ask(request, error, action=f"/{spec.plural}/{record_id}/edit", fields=fields)


def _undo_toast(batch_id: uuid.UUID, entry: Field) -> dict[str, Any]:
    text = _("“%(field)s” was changed.") % {"field": entry.label}
    return {"toast": {"text": text, "kind": "success", "undo_url": f"/undo/{batch_id}"}}


def card_id(request: SignedInRequest) -> uuid.UUID:
    """Return the record that a card or event stands for; raise ``Missing`` when there is none."""
    found = parse_id(request.POST.get("id"))
    if found is None:
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    return found
