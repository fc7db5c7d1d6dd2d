"""When two people change one record at once: both sides, field by field, and the choice between them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.listing.query import fetch_row
from banyan.core.objects.kinds import Unacceptable
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.records.models import Change, ChangeAction
from banyan.core.web.answers import into_dialog, is_partial, page, part, refused
from banyan.core.web.forms import FIELDS
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import presenter_for, short_instant

MINE, THEIRS = "mine", "theirs"
CHOICE = "choice."
NOT_KEPT = {"csrfmiddlewaretoken", "version", FIELDS}


def changed_since(record_id: uuid.UUID, version: int, current: int) -> list[Change]:
    """Return the changes that made a record's version grow, newest first."""
    rows = Change.objects.filter(record_id=record_id, action=ChangeAction.UPDATE).select_related("actor")
    return list(rows.order_by("-id")[: max(1, current - version)])


def conflict_answer(
    request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, values: Mapping[str, Any], *, version: int
) -> HttpResponse:
    """Answer 412 with both sides of every field that differs.

    What only this person has changed is theirs to keep at first; where both have changed a field, the
    record's value is chosen at first. Everything that was entered travels along in the form.
    """
    actor = request.actor
    row = fetch_row(actor, spec, record_id)
    changes = changed_since(record_id, version, row["version"])
    touched = {name for change in changes for name in change.values}
    mine = parsed(actor, spec, values)
    presenter = presenter_for(actor, spec, [{**row, **mine}, row])
    fields = []
    for name, value in mine.items():
        entry = spec.all_fields[name]
        if value == row.get(name) or (entry.kind.is_empty(value) and entry.kind.is_empty(row.get(name))):
            continue
        fields.append(
            {
                "name": f"{CHOICE}{name}",
                "label": str(entry.label),
                "mine": {"value": MINE, "text": _text(presenter, name, {**row, name: value})},
                "theirs": {"value": THEIRS, "text": _text(presenter, name, row)},
                "is_mine": name not in touched,
            }
        )
    latest = changes[0] if changes else None
    conflict = {
        "fields": fields,
        "who": latest.actor.name if latest and latest.actor else _("Somebody"),
        "when": short_instant(latest.at, actor) if latest else "",
        "version": row["version"],
        "hidden": _kept(request.POST, values),
    }
    context = {"conflict": conflict, "action": f"/{spec.plural}/{record_id}/edit"}
    if not is_partial(request):
        response = page(request, "errors/412.html", context, status=412)
    else:
        response = into_dialog(part(request, "errors/conflict_dialog.html", context, status=412))
    return refused(response)


def chosen_values(sent: QueryDict, values: dict[str, Any]) -> dict[str, Any]:
    """Return what a conflict's form wants to be written: without the fields where the record's value was chosen."""
    if not any(name.startswith(CHOICE) for name in sent):
        return values
    return {name: value for name, value in values.items() if sent.get(f"{CHOICE}{name}") == MINE}


def parsed(actor: Actor, spec: ObjectSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return entered values as the kinds read them; what cannot be read is left out."""
    reading = reading_for(actor)
    found = {}
    for name, value in values.items():
        try:
            found[name] = spec.all_fields[name].kind.parse(value, reading)
        except Unacceptable:
            continue
    return found


def _text(presenter: Any, name: str, row: Mapping[str, Any]) -> str:
    cell = presenter.cell(presenter.spec.all_fields[name], row, in_list=False)
    return str(cell.get("text") or "")


def _kept(sent: QueryDict, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what was entered as hidden inputs, together with the names of the fields that were in the form."""
    entered = [
        {"name": name, "value": value}
        for name, texts in sent.lists()
        for value in texts
        if name not in NOT_KEPT and not name.startswith(CHOICE)
    ]
    return [*entered, {"name": FIELDS, "value": ",".join(values)}]
