"""What an approval sets in its record once it was agreed to, or refused."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.approvals.definitions import read_definition
from banyan.core.approvals.flows import (
    save_draft,
)
from banyan.core.kernel.errors import Invalid, Missing
from banyan.core.objects.kinds import Unacceptable
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.web.answers import macro, markup
from banyan.core.web.approvals.flow_frame import PAGE, URL, flow_of
from banyan.core.web.approvals.flow_words import outcome_rows
from banyan.core.web.forms import Form, read_values
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import undone_if_wrong
from banyan.core.web.settings.pages import saved, settings_answer
from banyan.core.web.views.base import signed_in


@signed_in("GET", "POST")
def outcome_part(request: SignedInRequest, flow_id: uuid.UUID, outcome: str) -> HttpResponse:
    """Say which values a record gets once it was agreed to, or refused."""
    flow, spec = flow_of(request, flow_id)
    part = _outcome(outcome)
    values = dict(getattr(read_definition(flow.draft), part))
    form = Form(request.actor, spec, {})
    editable = form.editable(spec.writable_fields)
    problem = ""
    if request.method == "POST":
        name = request.POST.get("field", "")
        try:
            if request.POST.get("remove"):
                values.pop(request.POST["remove"], None)
            else:
                values[name] = _read_value(request, spec, name, {entry.name for entry in editable})
            save_draft(request.actor, flow.pk, **{part: values})
        except Invalid as invalid:
            problem = str(invalid.message)
        else:
            return saved(
                request, _("Saved. Put the flow in force for it to hold."), f"{URL}/{flow.pk}/outcome/{outcome}"
            )
    context = {
        "title": _("When it is agreed to") if outcome == "agreed" else _("When it is refused"),
        "url": f"{URL}/{flow.pk}/outcome/{outcome}",
        "back": f"{URL}/{flow.pk}",
        "rows": outcome_rows(request.actor, spec, values),
        "choices": [{"value": entry.name, "label": str(entry.label)} for entry in editable if entry.name not in values],
        "problem": problem,
    }
    answer = settings_answer(request, PAGE, "approvals/outcome.html", context, status=422 if problem else 200)
    return undone_if_wrong(answer)


@signed_in("GET")
def outcome_control(request: SignedInRequest, flow_id: uuid.UUID, outcome: str) -> HttpResponse:
    """Answer with the input of the field that was chosen to be set."""
    _flow_row, spec = flow_of(request, flow_id)
    _outcome(outcome)
    form = Form(request.actor, spec, {})
    entries = form.editable([request.GET.get("field", "")])
    if not entries:
        raise Missing("not_found", _("There is no such field."))
    shown = form.input(entries[0]) | {"required": False, "autofocus": False}
    return markup(macro("components/inputs.html", "field", shown))


def _outcome(outcome: str) -> str:
    if outcome not in {"agreed", "refused"}:
        raise Missing("not_found", _("There is no such page."))
    return f"on_{outcome}"


def _read_value(request: SignedInRequest, spec: ObjectSpec, name: str, possible: set[str]) -> Any:
    """Return what was entered for a field, as the interface writes it; raise ``Invalid``."""
    if name not in possible:
        raise Invalid([], _("Choose the field to set."))
    entry = spec.all_fields[name]
    given = read_values(spec, request.POST, [name], are_present=True).get(name)
    try:
        return entry.kind.to_json(entry.kind.parse(given, reading_for(request.actor)))
    except Unacceptable as problem:
        raise Invalid([], problem.message) from None
