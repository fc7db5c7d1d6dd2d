"""Moving a record that a process governs: a dialog asks for exactly what is missing, or says why it cannot be."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.files.services import attach
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.listing.filters import conditions_of, parse_tree
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import processes_of, said
from banyan.core.processes.gates import COMMENT, FORBIDDING, REASON, Judge, Lack, Need
from banyan.core.processes.rules import Gate, Stage, Way
from banyan.core.processes.staying import hours_between, stays_of
from banyan.core.processes.ticking import require_editable, set_tick
from banyan.core.processes.values import labels_of_values
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.web.answers import done, into_dialog, is_partial, page, part, refused
from banyan.core.web.forms import Form, read_values
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import short_instant
from banyan.core.web.processes.guide import Guide, guide_for, hours_in_words
from banyan.core.web.views.base import object_page

DIALOG, PAGE = "processes/move_dialog.html", "processes/move_page.html"
STAYS = "processes/stays.html"


def moved_field(request: SignedInRequest, spec: ObjectSpec) -> str:
    """Return the field whose stages a request is about; raise ``Missing`` when it has none."""
    own = spec.board.field if spec.board is not None else ""
    name = request.GET.get("field", "") or own
    if name != own and name not in {process.field_name for process in processes_of(spec)}:
        raise Missing("not_found", _("There is no such page."))
    if not name:
        raise Missing("not_found", _("There is no such page."))
    return name


def guide_of_move(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> Guide | None:
    """Return the process that a move is judged by; None when none governs the record. Raises ``Missing``."""
    name = moved_field(request, spec)
    if not processes_of(spec):
        return None
    require_editable(request.actor, spec, record_id)
    return guide_for(request.actor, spec, record_id, name)


def ask_instead(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID, name: str) -> HttpResponse | None:
    """Answer an edit in place that its process refuses with the dialog of the move; None for any other field."""
    if not any(process.field_name == name for process in processes_of(spec)):
        return None
    guide = guide_for(request.actor, spec, record_id, name)
    sent = request.POST.copy()
    sent["to"] = request.POST.get(name, "")
    if guide is None or not is_partial(request) or sent["to"] in {"", guide.current}:
        return None
    request.POST = sent  # type: ignore[assignment]  # a copy with the stage where the dialog looks for it
    return move_dialog(request, guide)


def is_governed(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> bool:
    """Say whether a process governs the field that makes the board's columns, for a record that may be changed."""
    return spec.board is not None and guide_of_move(request, spec, record_id) is not None


def move_governed(request: SignedInRequest, guide: Guide) -> HttpResponse:
    """Move the record; on the way, take ticks, a file, missing values and words that the dialog sent."""
    spec, record_id, target = guide.spec, guide.draft.record_id, request.POST.get("to", "")
    name = guide.process.field_name
    names = [entry for entry in request.POST.get("fields", "").split(",") if entry in spec.writable_fields]
    values: dict[str, Any] = {
        **read_values(spec, request.POST, [entry for entry in names if entry != name]),
        name: target,
    }
    values |= {word: request.POST[word] for word in (REASON, COMMENT) if word in request.POST}
    context = WriteContext.for_actor(request.actor)
    try:
        _take_along(request, guide)
        version = request.POST.get("version", "")
        expected = int(version) if version.isdecimal() and not _is_from_dialog(request) else None
        door.update(request.actor, spec, record_id, values, expected_version=expected, context=context)
    except Invalid as error:
        return move_dialog(request, guide, error=error)
    text = _("Moved to “%(stage)s”.") % {"stage": guide.label(target)}
    return done(
        request, text, next_url=_next_url(request, spec, record_id), changed=(spec.plural,),
        undo_url=f"/undo/{context.batch_id}", close_dialog=True,
    )  # fmt: skip


def move_dialog(request: SignedInRequest, guide: Guide, *, error: Invalid | None = None) -> HttpResponse:
    """Answer with the dialog of a move: inputs for what is missing, or the ways that are open instead."""
    sent = request.GET if request.method == "GET" else request.POST
    target = sent.get("to", "")
    stage = guide.process.definition.stage(target)
    move = guide.move(target)
    lacks = Judge(guide.actor, guide.spec, [move]).lacks(move)
    blocking = [lack for lack in lacks if lack.need in FORBIDDING]
    was_asked = _is_from_dialog(request)
    errors = error.errors if error is not None else []
    context = {
        "title": _("Move to “%(stage)s”") % {"stage": guide.label(target)},
        "action": guide.url,
        "target": target,
        "version": sent.get("version", ""),
        "blocking": [lack.message for lack in blocking],
        "ways": [{"key": key, "label": guide.label(key), "is_back": guide.way(key) is Way.BACK} for key in guide.ahead],
        **(_questions(request, guide, stage, lacks, errors) if stage is not None and not blocking else {}),
        "errors": _summary(guide, lacks, errors) if was_asked or not lacks else [],
        "was_asked": was_asked,
    }
    status = 422 if error is not None else 200
    if not is_partial(request):
        return refused(page(request, PAGE, {"move": context}, status=status))
    return refused(into_dialog(part(request, DIALOG, {"move": context}, status=status)))


def _questions(
    request: SignedInRequest,
    guide: Guide,
    stage: Stage,
    lacks: Sequence[Lack],
    errors: Sequence[FieldError],
) -> dict[str, Any]:
    """Return the inputs of the dialog: fields, ticks, a file, the reason and a comment, as far as they are missing."""
    sent, spec = request.POST, guide.spec
    asked = [lack.about for lack in lacks if lack.need is Need.FIELD]
    checks = [lack for lack in lacks if lack.need is Need.CHECK]
    names = [*asked, *(_fields_of_checks(guide, stage) if checks else ())]
    names += [error.field for error in errors if error.field != guide.process.field_name]
    names = [name for name in dict.fromkeys(names) if name in spec.writable_fields]
    row = {**fetch_row(guide.actor, spec, guide.draft.record_id), **read_values(spec, sent, names)}
    shown = errors if _is_from_dialog(request) else ()
    form = Form(guide.actor, spec, {**row, "id": guide.draft.record_id}, shown)
    form.load_labels(names)
    ticked = set(sent.getlist("ticks"))
    items = {item.key: item for item in guide.stage.checklist} if guide.stage is not None else {}
    return {
        "fields_sent": ",".join(names),
        "inputs": form.inputs(names, focus=names[0] if names else ""),
        "checks": [lack.message for lack in checks],
        "checklist": [
            {"key": lack.about, "label": said(items[lack.about].labels), "done": lack.about in ticked}
            for lack in lacks
            if lack.need is Need.ITEM and lack.about in items
        ],
        "wants_file": next((lack.message for lack in lacks if lack.need is Need.FILE), ""),
        "reasons": [{"key": reason.key, "label": said(reason.labels)} for reason in stage.reasons],
        "reason": sent.get(REASON, ""),
        "wants_comment": any(lack.need is Need.COMMENT for lack in lacks) or bool(stage.reasons),
        "needs_comment": any(lack.need is Need.COMMENT for lack in lacks),
        "comment": sent.get(COMMENT, ""),
    }


def _fields_of_checks(guide: Guide, stage: Stage) -> Iterable[str]:
    """Return the record's own fields that the conditions of a move look at, so that they can be put right at once."""
    gates: list[Gate] = [stage.entry]
    if guide.stage is not None and guide.way(stage.key) is Way.ON:
        gates.append(guide.stage.exit)
    for gate in gates:
        for check in gate.checks:
            for condition in conditions_of(parse_tree(dict(check.filter))):
                if "." not in condition.field and condition.field != guide.process.field_name:
                    yield condition.field


def _summary(guide: Guide, lacks: Sequence[Lack], errors: Sequence[FieldError]) -> list[dict[str, str]]:
    """Return what is wrong that no input and no list of the dialog says."""
    told = {lack.message for lack in lacks if lack.need in FORBIDDING or lack.need is Need.CHECK}
    fields = guide.spec.writable_fields
    return [
        {"field": "", "label": "", "message": str(error.message)}
        for error in errors
        if str(error.message) not in told and (error.field not in fields or error.field == guide.process.field_name)
    ]


def _is_from_dialog(request: SignedInRequest) -> bool:
    return "dialog" in request.POST


def _take_along(request: SignedInRequest, guide: Guide) -> None:
    """Tick what was ticked in the dialog, and attach the file that was chosen there."""
    items = {item.key for item in guide.stage.checklist} if guide.stage is not None else set()
    for key in request.POST.getlist("ticks"):
        if key in items:
            item = (guide.process.key, guide.current, key)
            set_tick(request.actor, guide.spec, guide.draft.record_id, item, done=True)
    upload = request.FILES.get("file")
    if upload is not None:
        attach(request.actor, object_name=guide.spec.name, record_id=guide.draft.record_id, upload=upload)


def _next_url(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> str:
    """Return the record, or the list when the stage has given it to somebody whose records one does not see."""
    rows = spec.model._default_manager.filter(pk=record_id)  # noqa: SLF001
    is_seen = spec.has_page and restrict(rows, request.actor, spec).exists()
    return f"/{spec.plural}/{record_id}" if is_seen else f"/{spec.plural}"


@object_page("POST", action=Action.EDIT)
def tick(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Tick an item of the checklist of the stage that a record is in, or take the tick away."""
    sent, done_now = request.POST, request.POST.get("done") == "true"
    item = (sent.get("process", ""), sent.get("stage", ""), sent.get("item", ""))
    set_tick(request.actor, spec, record_id, item, done=done_now)
    text = _("Ticked.") if done_now else _("The tick is taken away.")
    return done(request, text, next_url=f"/{spec.plural}/{record_id}", changed=(spec.plural,))


@object_page("GET")
def stays(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Show where a record has stayed, for how long, who moved it on and why."""
    rows = spec.model._default_manager.filter(pk=record_id)  # noqa: SLF001
    if not restrict(rows, request.actor, spec).exists():
        raise Missing("not_found", _("This record does not exist, or you may not see it."))
    found = stays_of(record_id)
    labels = {
        name: labels_of_values(request.actor, spec, spec.all_fields[name])
        for name in {stay.process.field_name for stay in found}
        if name in spec.all_fields
    }
    names = {process.id: process for process in processes_of(spec)}
    entries = []
    for stay in found:
        process = names.get(stay.process_id)
        stage = process.definition.stage(stay.stage) if process is not None else None
        reasons = {reason.key: said(reason.labels) for reason in stage.reasons} if stage is not None else {}
        entries.append(
            {
                "stage": labels.get(stay.process.field_name, {}).get(stay.stage, stay.stage),
                "process": said(stay.process.labels),
                "since": short_instant(stay.entered_at, request.actor),
                "time": hours_in_words(hours_between(stay.entered_at, stay.left_at or now())),
                "is_now": stay.left_at is None,
                "who": stay.entered_by.name if stay.entered_by is not None else _("The system"),
                "reason": " · ".join(part for part in (reasons.get(stay.reason, stay.reason), stay.comment) if part),
                "was_late": stay.due_at is not None and (stay.left_at or now()) > stay.due_at,
            }
        )
    context = {"title": _("Stages so far"), "stays": entries, "back_url": f"/{spec.plural}/{record_id}"}
    if is_partial(request):
        return into_dialog(part(request, STAYS, {"dialog": True, **context}))
    return page(request, "processes/stays_page.html", context)
