"""Where a record stands in its processes, what its next moves need, and where it has stayed."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Reply, Route
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import Governing, has_process, said, stage_key
from banyan.core.processes.gates import COMMENT, REASON, Judge, Move, next_stages
from banyan.core.processes.models import Stay
from banyan.core.processes.staying import stays_of
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


def stages_operation(spec: ObjectSpec) -> Operation:
    """Describe where a record stands."""
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
    )  # fmt: skip
    return Operation(
        id=f"stages_{spec.plural.replace('-', '_')}",
        summary=_("Show the stages of a record: %(object)s") % {"object": spec.label},
        description=_(
            "Its processes with their stages, the moves that are open with what each still needs, and where the "
            "record has stayed. To move it, change the field with PATCH; “%(reason)s” and “%(comment)s” may come along."
        )
        % {"reason": REASON, "comment": COMMENT},
        tag=spec.label_plural,
        replies={200: Reply(_("Its processes."), _object(processes=_list(process)))},
        problems=(400,),
    )


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


ROUTES = (Route("GET", "/{plural}/{id}/stages", show_stages, stages_operation),)
