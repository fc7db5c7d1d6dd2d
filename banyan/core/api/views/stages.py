"""Where a record stands in its processes, what its next moves need, and where it has stayed."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Reply, Route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import Governing, has_process, said, stage_key
from banyan.core.processes.gates import COMMENT, REASON, Judge, Move, next_stages
from banyan.core.processes.models import Stay
from banyan.core.processes.staying import stays_of
from banyan.core.processes.ticking import set_tick
from banyan.core.records.drafts import Draft

Json = dict[str, Any]
UUID_SCHEMA: Json = {"type": "string", "format": "uuid"}
INSTANT: Json = {"type": ["string", "null"], "format": "date-time"}


def show_stages(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with a record's processes: stages, moves with what each lacks, and stays; a move itself is a PATCH."""
    call.allow_only(())
    fetch_row(call.actor, spec, id, columns=())
    if not has_process(spec):
        return Answer({"processes": []})
    record = spec.model._default_manager.get(pk=id)  # noqa: SLF001 Django's own name for it
    draft = Draft(spec, existing=record)
    seen = shown_fields(call.actor, spec)
    governing = [process for process in Governing(call.actor, spec, [draft]).of(draft) if process.field_name in seen]
    stays = stays_of(id)
    return Answer({"processes": [_process(call, spec, draft, process, stays) for process in governing]})


def tick(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Tick an item of the checklist of the stage that a record is in, or take the tick away; answer as ``show_stages``."""
    call.allow_only(())
    given = call.json()
    texts = [given.get(name) for name in ("process", "stage", "item")]
    is_done = given.get("done", True)
    if not all(isinstance(text, str) for text in texts) or not isinstance(is_done, bool):
        message = _("Give “process”, “stage” and “item” as texts, and “done” as true or false.")
        raise Invalid([FieldError("item", "bad_tick", message)])
    process, stage, item = map(str, texts)
    set_tick(call.actor, spec, id, (process, stage, item), done=is_done)
    return show_stages(call, spec, id)


def _process(call: Call, spec: ObjectSpec, draft: Draft, process: Any, stays: list[Stay]) -> Json:
    current = stage_key(draft.get(process.field_name))
    definition = process.definition
    targets = next_stages(definition, current) or [
        stage.key for stage in definition.stages if stage.starts and definition.stage(current) is None
    ]
    moves = [Move(draft, process, current, target) for target in targets]
    judge = Judge(call.actor, spec, moves)
    return {
        "id": process.id,
        "key": process.key,
        "name": process.label,
        "field": process.field_name,
        "version": process.version,
        "stage": current or None,
        "stages": [
            {"key": stage.key, "name": judge.label(process, stage.key), "outcome": stage.outcome or None,
             "reasons": [{"key": reason.key, "name": said(reason.labels)} for reason in stage.reasons]}
            for stage in definition.stages
        ],
        "moves": [
            {
                "to": move.target,
                "way": str(move.way),
                "missing": [
                    {"code": str(lack.need), "field": lack.field, "message": lack.message} for lack in judge.lacks(move)
                ],
            }
            for move in moves
        ],
        "checklist": [
            {
                "key": item.key,
                "name": said(item.labels),
                "needed": item.needed,
                "done": judge.is_ticked(process, draft.record_id, current, item.key),
            }
            for stage in definition.stages
            if stage.key == current
            for item in stage.checklist
        ],
        "stays": [_stay(stay) for stay in stays if stay.process_id == process.id],
    }  # fmt: skip


def _stay(stay: Stay) -> Json:
    return {
        "stage": stay.stage,
        "entered_at": stay.entered_at,
        "left_at": stay.left_at,
        "entered_by": _person(stay.entered_by),
        "left_by": _person(stay.left_by),
        "due_at": stay.due_at,
        "reason": stay.reason or None,
        "comment": stay.comment or None,
    }


def _person(user: Any) -> Json | None:
    return {"id": user.pk, "name": user.name} if user is not None else None


def _answer_schema() -> Json:
    text: Json = {"type": "string"}
    person: Json = {"type": ["object", "null"], "properties": {"id": UUID_SCHEMA, "name": text}}
    missing = _object(code=text, field=text, message=text)
    stay = _object(
        stage=text, entered_at=INSTANT, left_at=INSTANT, entered_by=person, left_by=person, due_at=INSTANT,
        reason={"type": ["string", "null"]}, comment={"type": ["string", "null"]},
    )  # fmt: skip
    stage = _object(
        key=text, name=text, outcome={"type": ["string", "null"]}, reasons=_list(_object(key=text, name=text))
    )
    process = _object(
        id=UUID_SCHEMA, key=text, name=text, field=text, version={"type": "integer"},
        stage={"type": ["string", "null"]}, stages=_list(stage),
        moves=_list(_object(to=text, way=text, missing=_list(missing))), stays=_list(stay),
        checklist=_list(_object(key=text, name=text, needed={"type": "boolean"}, done={"type": "boolean"})),
    )  # fmt: skip
    return _object(processes=_list(process))


def stages_operation(spec: ObjectSpec) -> Operation:
    """Describe where a record stands."""
    return Operation(
        id=f"stages_{spec.plural.replace('-', '_')}",
        summary=_("Show the stages of a record: %(object)s") % {"object": spec.label},
        description=_(
            "Its processes with their stages, the moves that are open with what each still needs, and where the "
            "record has stayed. To move it, change the field with PATCH; “%(reason)s” and “%(comment)s” may come along."
        )
        % {"reason": REASON, "comment": COMMENT},
        tag=spec.label_plural,
        replies={200: Reply(_("Its processes."), _answer_schema())},
        problems=(400,),
    )


def tick_operation(spec: ObjectSpec) -> Operation:
    """Describe how an item of a checklist is ticked."""
    text: Json = {"type": "string", "maxLength": 100}
    body: Json = {
        "type": "object",
        "properties": {"process": text, "stage": text, "item": text, "done": {"type": "boolean", "default": True}},
        "required": ["process", "stage", "item"],
        "additionalProperties": False,
    }
    return Operation(
        id=f"tick_{spec.plural.replace('-', '_')}",
        summary=_("Tick the checklist of a record's stage: %(object)s") % {"object": spec.label},
        tag=spec.label_plural,
        body=body,
        replies={200: Reply(_("Its processes."), _answer_schema())},
        problems=(400, 409, 413, 415, 422),
    )


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


ROUTES = (
    Route("GET", "/{plural}/{id}/stages", show_stages, stages_operation),
    Route("POST", "/{plural}/{id}/ticks", tick, tick_operation),
)
