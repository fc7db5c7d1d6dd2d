"""Moving selected opportunities: what they are given, which cannot take it and why, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banyan.core.access.scopes import Action
from banyan.core.bulk.models import BulkAction
from banyan.core.bulk.services import begin
from banyan.core.kernel.errors import FieldError
from banyan.core.listing.query import matching_rows
from banyan.core.web.answers import done, into_dialog, is_partial, page, part, tell, visit, wants_dialog
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import form_answer
from banyan.core.web.selections import SelectedRecords, selected_records
from banyan.core.web.views.base import signed_in, spec_named
from banyan.sales.forms import MoveForm
from banyan.sales.models import Opportunity
from banyan.sales.services.moving import Moved, move_many, try_move

URL = "/opportunities/bulk/move"
#: How many are tried before a move; of a whole list the first ones.
MOST_TRIED = 2_000
MOST_SHOWN = 200
CHANGED = ("opportunities",)


@signed_in("GET", "POST")
def move(request: SignedInRequest) -> HttpResponse:
    """Ask what selected opportunities are to be given, show which cannot take it, and move the others."""
    spec = spec_named(request, "opportunity")
    chosen = selected_records(request, spec, Action.EDIT)
    is_sent = request.method == "POST" and "step" in request.POST
    form = MoveForm(request.POST if is_sent else None, actor=request.actor)
    title = ngettext("Move %(count)d opportunity", "Move %(count)d opportunities", chosen.count)
    title %= {"count": chosen.count}
    if not is_sent or not form.is_valid():
        hidden = [*chosen.hidden, {"name": "step", "value": "try"}]
        return form_answer(
            request, form, title=title, submit_label=_("Check"), hidden=hidden, cancel_url="/opportunities",
            text=_("What stays empty stays as it is. Before anything is moved you see which cannot be, and why."),
        )  # fmt: skip
    if request.POST["step"] == "move":
        return _moved(request, chosen, form.values)
    return _tried(request, chosen, form, title)


def _tried(request: SignedInRequest, chosen: SelectedRecords, form: MoveForm, title: str) -> HttpResponse:
    ids = list(chosen.ids)
    if chosen.everything is not None:
        spec = spec_named(request, "opportunity")
        rows = matching_rows(request.actor, spec, chosen.everything, action=Action.EDIT)
        ids = list(rows.values_list("pk", flat=True)[:MOST_TRIED])
    outcome = try_move(request.actor, ids[:MOST_TRIED], form.values)
    sent = [
        {"name": name, "value": value}
        for name, values in request.POST.lists()
        if name in form.fields
        for value in values
    ]
    shown = {
        "title": title,
        "action": URL,
        "hidden": [*chosen.hidden, *sent, {"name": "step", "value": "move"}],
        "summary": _summary(outcome, is_done=False),
        "note": _("The first %(count)d were tried.") % {"count": MOST_TRIED}
        if chosen.count > len(ids[:MOST_TRIED])
        else "",
        "rows": _rows(outcome.rejected),
        "can_move": outcome.changed > 0,
        "undo_url": "",
    }
    return _answer(request, shown)


def _moved(request: SignedInRequest, chosen: SelectedRecords, values: Mapping[str, Any]) -> HttpResponse:
    spec = spec_named(request, "opportunity")
    if chosen.everything is not None:
        task = begin(request.actor, spec, BulkAction.UPDATE, chosen.everything, values)
        return visit(request, f"/bulk/{task.pk}")
    outcome = move_many(request.actor, chosen.ids, values)
    undo_url = f"/undo/{outcome.batch_id}" if outcome.changed else ""
    text = " ".join(_summary(outcome, is_done=True))
    if not outcome.rejected:
        return done(
            request, text, next_url="/opportunities", changed=CHANGED, undo_url=undo_url, close_dialog=True,
            clear_selection=True,
        )  # fmt: skip
    shown = {
        "title": _("What was moved"),
        "action": URL,
        "hidden": [],
        "summary": _summary(outcome, is_done=True),
        "note": "",
        "rows": _rows(outcome.rejected),
        "can_move": False,
        "undo_url": undo_url,
    }
    toast = {"text": text, "kind": "success" if outcome.changed else "warning"}
    answer = _answer(request, shown)
    return tell(
        answer, toast={**toast, **({"undo_url": undo_url} if undo_url else {})},
        records_changed={"object": CHANGED[0]}, clear_selection=True,
    ) if is_partial(request) else answer  # fmt: skip


def _answer(request: SignedInRequest, shown: dict[str, Any]) -> HttpResponse:
    if wants_dialog(request):
        return part(request, "sales/move_dialog.html", {"report": shown})
    if is_partial(request):
        return into_dialog(part(request, "sales/move_dialog.html", {"report": shown}))
    return page(request, "sales/move_page.html", {"report": shown})


def _summary(outcome: Moved, *, is_done: bool) -> list[str]:
    if is_done:
        text = ngettext("%(count)d opportunity was moved.", "%(count)d opportunities were moved.", outcome.changed)
    else:
        text = ngettext("%(count)d opportunity can be moved.", "%(count)d opportunities can be moved.", outcome.changed)
    found = [text % {"count": outcome.changed}]
    if outcome.unchanged:
        found.append(_("%(count)d are there already.") % {"count": outcome.unchanged})
    if outcome.rejected:
        number = len(outcome.rejected)
        text = ngettext("%(count)d cannot be moved:", "%(count)d cannot be moved:", number)
        found.append(text % {"count": number})
    return found


def _rows(rejected: Mapping[uuid.UUID, Sequence[FieldError]]) -> list[dict[str, Any]]:
    ids = list(rejected)[:MOST_SHOWN]
    names = dict(Opportunity.objects.filter(pk__in=ids).values_list("pk", "name"))
    return [
        {"title": names.get(pk, ""), "url": f"/opportunities/{pk}", "reasons": _distinct(rejected[pk])} for pk in ids
    ]


def _distinct(errors: Iterable[FieldError]) -> list[str]:
    return list(dict.fromkeys(str(error.message) for error in errors))
