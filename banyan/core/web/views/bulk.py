"""Work on many records at once: each piece is one batch, which its message can take back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.bulk.models import BulkAction
from banyan.core.bulk.services import begin
from banyan.core.bulk.work import with_tags
from banyan.core.kernel.errors import FieldError, Invalid, Missing, Refused
from banyan.core.listing.query import ListRequest
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records import door, recycle
from banyan.core.records.drafts import WriteContext
from banyan.core.records.locks import locked_among, reasons
from banyan.core.records.merging import MOST_RECORDS as MOST_MERGED
from banyan.core.records.storage import chunks
from banyan.core.web.answers import done, macro, markup, page, part, refused, visit, wants_dialog
from banyan.core.web.forms import FIELDS, Form, read_values
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.selections import SelectedRecords, outcome_text, selected_records
from banyan.core.web.views.base import object_page

RECORDS_AT_ONCE = 1_000
MOST_REASONS = 3
ADD, REMOVE = "tags_to_add", "tags_to_remove"


@object_page("GET", "POST", action=Action.BULK)
def edit(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Ask for a field and its value, and set it in all selected records."""
    chosen = selected_records(request, spec, Action.EDIT)
    form = Form(request.actor, spec)
    fields = form.editable(spec.writable_fields)
    if request.method == "GET":
        return _edit_dialog(request, spec, chosen, fields=fields)
    names = [name for name in request.POST.get(FIELDS, "").split(",") if name in {entry.name for entry in fields}]
    if not names:
        error = Invalid([FieldError("", "nothing_chosen", _("Choose the field to change."))])
        return _edit_dialog(request, spec, chosen, fields=fields, error=error)
    return _set(request, spec, chosen, read_values(spec, request.POST, names, are_present=True))


@object_page("GET", action=Action.BULK)
def control(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Answer with the input of the field that was chosen for bulk editing."""
    form = Form(request.actor, spec, {})
    entries = form.editable([request.GET.get("field", "")])
    if not entries:
        raise Missing("not_found", _("There is no such field."))
    hidden = Markup('<input type="hidden" name="{}" value="{}">').format(FIELDS, entries[0].name)
    shown = form.input(entries[0])
    shown |= {"required": False, "autofocus": False}
    return markup(macro("components/inputs.html", "field", shown), hidden)


@object_page("GET", "POST", action=Action.BULK)
def assign(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Give the selected records to somebody."""
    chosen = selected_records(request, spec, Action.EDIT)
    if request.method == "POST" and request.POST.get("owner"):
        return _set(request, spec, chosen, {"owner": request.POST["owner"]})
    form = Form(request.actor, spec)
    owner = form.input(spec.all_fields["owner"], autofocus=True)
    owner |= {"required": True, "label": _("Owner")}
    if chosen.everything is None:
        # Choosing is the decision; the message that follows takes it back. Work on a whole list asks once more.
        owner |= {
            "saves": True,
            "help": _("Choosing a person assigns at once; the message that follows can take it back."),
        }
    if request.method == "POST":
        owner["error"] = _("Choose a person.")
    title = _counted(spec, chosen, ngettext("Assign %(count)d record", "Assign %(count)d records", chosen.count))
    return _dialog(request, chosen, {"title": title, "submit_label": _("Assign"), "sections": _section([owner])})


@object_page("GET", "POST", action=Action.BULK)
def tags(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Add tags to the selected records, and take some off."""
    chosen = selected_records(request, spec, Action.EDIT)
    entry = next((field for field in spec.writable_fields.values() if field.kind.widget == "tags"), None)
    if entry is None:
        raise Missing("not_found", _("There is no such page."))
    if request.method == "POST":
        return _change_tags(request, spec, chosen, entry)
    form = Form(request.actor, spec)
    add, remove = form.input(entry, autofocus=True), form.input(entry)
    add |= {"name": ADD, "label": _("Add"), "wide": True, "required": False}
    remove |= {"name": REMOVE, "label": _("Remove"), "wide": True, "required": False}
    title = _counted(spec, chosen, ngettext("Tags of %(count)d record", "Tags of %(count)d records", chosen.count))
    return _dialog(request, chosen, {"title": title, "sections": _section([add, remove])})


@object_page("POST", action=Action.BULK)
def delete(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Put the selected records into the recycle bin."""
    chosen = selected_records(request, spec, Action.DELETE)
    if chosen.everything is not None:
        return _in_background(request, spec, chosen, BulkAction.DELETE)
    context = WriteContext.for_actor(request.actor)
    for part_of_ids in chunks(chosen.ids, RECORDS_AT_ONCE):
        recycle.delete(request.actor, spec, part_of_ids, context=context)
    text = ngettext("%(count)d record was deleted.", "%(count)d records were deleted.", chosen.count)
    text = outcome_text(text % {"count": chosen.count}, {}, chosen.left_out)
    return _done(request, spec, text, context.batch_id)


@object_page("POST", action=Action.BULK)
def merge(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Lead to the page that merges the selected records."""
    require(request.actor, spec, Action.DELETE)
    chosen = selected_records(request, spec, Action.EDIT)
    if not 2 <= chosen.count <= MOST_MERGED:
        raise Refused("bad_merge", _("Choose between two and twenty different records to merge."))
    query = "&".join(f"ids={record_id}" for record_id in chosen.ids)
    return visit(request, f"/{spec.plural}/merge?{query}")


def _set(
    request: SignedInRequest, spec: ObjectSpec, chosen: SelectedRecords, values: Mapping[str, Any]
) -> HttpResponse:
    """Write the same values into all selected records."""
    if chosen.everything is not None:
        return _in_background(request, spec, chosen, BulkAction.UPDATE, values)
    changes = dict.fromkeys(chosen.ids, values)
    return _write(request, spec, chosen, changes)


def _change_tags(request: SignedInRequest, spec: ObjectSpec, chosen: SelectedRecords, entry: Field) -> HttpResponse:
    add, remove = request.POST.getlist(ADD), request.POST.getlist(REMOVE)
    if chosen.everything is not None:
        values = {"field": entry.name, "add": add, "remove": remove}
        return _in_background(request, spec, chosen, BulkAction.TAG, values)
    changes = {}
    rows = spec.model._default_manager.filter(pk__in=chosen.ids)  # noqa: SLF001 Django's own name for it
    for record in rows.iterator():
        changes[record.pk] = {entry.name: with_tags(door.value_of(record, spec, entry.name), add=add, remove=remove)}
    return _write(request, spec, chosen, changes)


def _in_background(
    request: SignedInRequest,
    spec: ObjectSpec,
    chosen: SelectedRecords,
    action: BulkAction,
    values: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Queue work on everything that the list shows, and lead to the page that shows how far it is."""
    task = begin(request.actor, spec, action, chosen.everything or ListRequest(), values)
    return visit(request, f"/bulk/{task.pk}")


def _write(
    request: SignedInRequest, spec: ObjectSpec, chosen: SelectedRecords, changes: Mapping[uuid.UUID, Any]
) -> HttpResponse:
    context = WriteContext.for_actor(request.actor)
    updated = unchanged = 0
    rejected: dict[Any, Any] = {}
    for ids in chunks(changes, RECORDS_AT_ONCE):
        outcome = door.update_many(request.actor, spec, {pk: changes[pk] for pk in ids}, context=context)
        updated += len(outcome.updated)
        unchanged += len(outcome.unchanged)
        rejected |= outcome.rejected
    text = ngettext("%(count)d record was changed.", "%(count)d records were changed.", updated) % {"count": updated}
    if unchanged:
        text += " " + _("%(count)d had this value already.") % {"count": unchanged}
    text = outcome_text(text, rejected, chosen.left_out)
    return _done(request, spec, text, context.batch_id if updated else None)


def _done(request: SignedInRequest, spec: ObjectSpec, text: str, batch_id: uuid.UUID | None) -> HttpResponse:
    undo_url = f"/undo/{batch_id}" if batch_id else ""
    return done(
        request, text, next_url=f"/{spec.plural}", changed=(spec.plural,), undo_url=undo_url, close_dialog=True,
        clear_selection=True,
    )  # fmt: skip


def _edit_dialog(
    request: SignedInRequest,
    spec: ObjectSpec,
    chosen: SelectedRecords,
    *,
    fields: Sequence[Field],
    error: Invalid | None = None,
) -> HttpResponse:
    choices = [{"value": entry.name, "label": str(entry.label)} for entry in fields]
    title = _counted(spec, chosen, ngettext("Change %(count)d record", "Change %(count)d records", chosen.count))
    context = {
        "title": title,
        "choices": choices,
        "control_url": f"/{spec.plural}/bulk/control",
        "locked": _locked_among(request, spec, chosen),
        "errors": [{"field": "", "label": "", "message": entry.message} for entry in error.errors] if error else [],
    }
    return _dialog(request, chosen, context, template="objects/bulk_edit.html", is_refused=error is not None)


def _locked_among(request: SignedInRequest, spec: ObjectSpec, chosen: SelectedRecords) -> list[str]:
    """Return what is said before anything is chosen: how many of the records have fields that are locked now, and why."""
    if chosen.everything is not None or len(chosen.ids) > RECORDS_AT_ONCE:
        return []
    among = locked_among(request.actor, spec, chosen.ids)
    found = {pk: told for pk, locks in among.items() if (told := reasons(locks))}
    if not found:
        return []
    text = ngettext(
        "%(count)d of them has locked fields, which stay as they are:",
        "%(count)d of them have locked fields, which stay as they are:",
        len(found),
    )
    return [
        text % {"count": len(found)},
        *list(dict.fromkeys(reason for told in found.values() for reason in told))[:MOST_REASONS],
    ]


def _dialog(
    request: SignedInRequest,
    chosen: SelectedRecords,
    context: dict[str, Any],
    *,
    template: str = "layout/form_dialog.html",
    is_refused: bool = False,
) -> HttpResponse:
    form = {"action": request.path, "hidden": chosen.hidden, "errors": [], **context}
    wrong = is_refused or any(entry.get("error") for section in form.get("sections", []) for entry in section["fields"])
    status = 422 if wrong else 200
    if wants_dialog(request):
        answer = part(request, template, {"form": form}, status=status)
    else:
        form.setdefault("sections", [])
        answer = page(request, "layout/form.html", {"form": form}, status=status)
    return refused(answer) if wrong else answer


def _section(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"title": "", "fields": fields}]


def _counted(spec: ObjectSpec, chosen: SelectedRecords, text: str) -> str:
    return f"{spec.label_plural}: {text % {'count': chosen.count}}"
