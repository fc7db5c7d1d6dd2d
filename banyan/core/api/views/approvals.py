"""Approvals: one's lists, one of them, asking for one, and everything that is done with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import Operation, Parameter, Reply, Route
from banyan.core.approvals import deciding, services
from banyan.core.approvals.choices import ApprovalState, SeatState, StepState
from banyan.core.approvals.live import LiveFlow, live_flows
from banyan.core.approvals.models import Act, Approval, Seat
from banyan.core.approvals.queries import BOXES, TO_DECIDE, Course, box, course_of, find_approval, turns_of
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec

Json = dict[str, Any]
UUID: Json = {"type": "string", "format": "uuid"}
TEXT: Json = {"type": "string"}
INSTANT: Json = {"type": "string", "format": "date-time"}
SUMMARY: Json = {
    "type": "object",
    "properties": {
        "id": UUID, "number": TEXT, "flow": TEXT, "flow_name": TEXT, "object": TEXT, "record": UUID, "title": TEXT,
        "state": {"type": "string", "enum": list(ApprovalState.values)}, "round": {"type": "integer"},
        "is_locking": {"type": "boolean"}, "started_by": {"type": ["string", "null"], "format": "uuid"},
        "started_at": INSTANT, "ended_at": {"type": ["string", "null"], "format": "date-time"},
        "my_seat": {"type": ["string", "null"], "format": "uuid"},
    },
}  # fmt: skip
SHOWN: Json = {
    "type": "object",
    "properties": {
        **SUMMARY["properties"],
        "reason": TEXT,
        "steps": {"type": "array", "items": {"type": "object"}},
        "history": {"type": "array", "items": {"type": "object"}},
    },
}
MOST = 200
#: What each act takes besides ``act`` itself.
MEMBERS: dict[str, tuple[str, ...]] = {
    "agree": ("comment", "seat", "signature"),
    "refuse": ("comment", "seat"),
    "return": ("comment", "seat", "to"),
    "hand_on": ("comment", "seat", "user"),
    "add_before": ("comment", "seat", "user"),
    "add_after": ("comment", "seat", "user"),
    "withdraw": ("comment",),
    "comment": ("comment",),
    "remind": (),
    "resubmit": ("comment", "chosen"),
    "release": ("comment",),
}


def list_approvals(call: Call) -> Answer:
    """Answer with one of the caller's lists, that of what they have to decide unless another is named."""
    call.allow_only(("box", "limit"))
    name = call.parameter("box") or TO_DECIDE
    if name not in BOXES:
        message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(BOXES)}
        raise BadParameters([FieldError("box", "unknown_choice", message)])
    rows = list(box(call.actor, name)[: call.whole_number("limit", default=50, maximum=MOST)])
    turns = turns_of(call.actor, rows)
    return Answer({"items": [_summary(row, turns.get(row.pk)) for row in rows]})


def show_approval(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with an approval, its steps and all that was done."""
    call.allow_only(())
    return Answer(_shown(call.actor, find_approval(call.actor, id)))


def list_flows(call: Call) -> Answer:
    """Answer with the flows in force, all or those of one object."""
    call.allow_only(("object",))
    wanted = call.parameter("object")
    specs = specs_on(call.actor.organization).values()
    items = [_flow(spec, flow) for spec in specs if wanted in {"", spec.name} for flow in live_flows(spec)]
    return Answer({"items": items})


def start(call: Call) -> Answer:
    """Ask for approval of a record."""
    call.allow_only(())
    body = _body(call, ("flow", "object", "record", "reason", "chosen"))
    spec = specs_on(call.actor.organization).get(str(body.get("object", "")))
    record_id, reason = parse_id(body.get("record")), body.get("reason", "")
    flow = next((flow for flow in live_flows(spec) if flow.key == body.get("flow")), None) if spec else None
    errors = [
        FieldError(name, "bad_value", _("“%(member)s” is missing or not of the right kind.") % {"member": name})
        for name, is_right in (
            ("object", spec is not None),
            ("record", record_id is not None),
            ("flow", flow is not None or spec is None),
            ("reason", isinstance(reason, str)),
        )
        if not is_right
    ]
    if errors or spec is None or flow is None or record_id is None:
        raise Invalid(errors)
    approval = services.start_approval(
        call.actor, flow.id, spec, record_id, reason=reason, chosen=_chosen(body.get("chosen"))
    )
    return Answer(_shown(call.actor, find_approval(call.actor, approval.pk)), status=201)


def act(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Do something with an approval; the same decision about the same ``seat`` twice counts once."""
    call.allow_only(())
    body = call.json()
    name = body.get("act")
    if not isinstance(name, str) or name not in MEMBERS:
        message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(MEMBERS)}
        raise Invalid([FieldError("act", "unknown_choice", message)])
    body = _body(call, ("act", *MEMBERS[name]))
    find_approval(call.actor, id)
    _do(call.actor, id, name, _details(name, body))
    return Answer(_shown(call.actor, find_approval(call.actor, id)))


def _do(actor: Actor, pk: uuid.UUID, name: str, details: Json) -> None:
    doing: dict[str, Callable[..., Any]] = {
        "agree": lambda **given: deciding.decide(actor, pk, agree=True, **given),
        "refuse": lambda **given: deciding.decide(actor, pk, agree=False, **given),
        "return": lambda **given: deciding.return_approval(actor, pk, **given),
        "hand_on": lambda **given: deciding.hand_on(actor, pk, **given),
        "add_before": lambda **given: deciding.add_approver(actor, pk, before=True, **given),
        "add_after": lambda **given: deciding.add_approver(actor, pk, before=False, **given),
        "withdraw": lambda **given: services.withdraw(actor, pk, **given),
        "comment": lambda **given: services.comment(actor, pk, **given),
        "remind": lambda **_given: services.remind(actor, pk),
        "resubmit": lambda **given: services.resubmit(actor, pk, **given),
        "release": lambda **given: services.release(actor, pk, **given),
    }
    doing[name](**details)


def _details(name: str, body: Mapping[str, Any]) -> Json:
    errors = []
    found: Json = {}
    for member in MEMBERS[name]:
        given = body.get(member)
        if member == "chosen":
            found["chosen"] = _chosen(given)
        elif member in {"seat", "user"}:
            found[f"{member}_id"] = parse_id(given)
            if (given is not None or member == "user") and found[f"{member}_id"] is None:
                errors.append(_bad(member))
        elif given is None or isinstance(given, str):
            found[member] = given or ""
        else:
            errors.append(_bad(member))
    if errors:
        raise Invalid(errors)
    return found


def _chosen(given: Any) -> dict[str, list[str]]:
    if given is None:
        return {}
    is_right = isinstance(given, dict) and all(
        isinstance(people, list) and all(isinstance(person, str) for person in people) for people in given.values()
    )
    if not is_right:
        raise Invalid([_bad("chosen")])
    found: dict[str, list[str]] = given
    return found


def _bad(member: str) -> FieldError:
    return FieldError(member, "bad_value", _("“%(member)s” is missing or not of the right kind.") % {"member": member})


def _body(call: Call, members: tuple[str, ...]) -> Json:
    body = call.json()
    errors = [
        FieldError(name[:60], "unknown_field", _("There is no field “%(name)s”.") % {"name": name[:60]})
        for name in body
        if name not in members
    ]
    if errors:
        raise Invalid(errors)
    return body


def _summary(approval: Approval, seat: Seat | None) -> Json:
    return {
        "id": approval.pk,
        "number": approval.number,
        "flow": approval.flow.key,
        "flow_name": approval.flow.name,
        "object": approval.object_name,
        "record": approval.record_id,
        "title": approval.title,
        "state": approval.state,
        "round": approval.round,
        "is_locking": approval.is_locking,
        "started_by": approval.started_by_id,
        "started_at": approval.started_at,
        "ended_at": approval.ended_at,
        "my_seat": seat.pk if seat else None,
    }


def _shown(actor: Actor, approval: Approval) -> Json:
    course = course_of(actor, approval)
    return {
        **_summary(approval, turns_of(actor, [approval]).get(approval.pk)),
        "reason": approval.reason,
        "steps": _steps(course),
        "history": [_act(entry) for entry in course.acts],
    }


def _steps(course: Course) -> list[Json]:
    return [
        {
            "key": shown.step.key,
            "name": shown.step.name,
            "mode": shown.step.mode,
            "state": shown.state or "ahead",
            "due_at": shown.due_at if shown.state == StepState.OPEN else None,
            "approvers": [_seat(seat) for voice in shown.voices for seat in voice]
            or [{"user": user.pk, "name": user.name, "state": SeatState.WAITING.value} for user in shown.people],
        }
        for shown in course.steps
    ]


def _seat(seat: Seat) -> Json:
    return {
        "seat": seat.pk,
        "user": seat.user_id,
        "name": seat.user.name,
        "state": seat.state,
        "decided_by": seat.decided_by_id,
        "decided_at": seat.decided_at,
        "comment": seat.comment,
        "signed_as": seat.signed_as,
    }


def _act(entry: Act) -> Json:
    return {
        "act": entry.kind,
        "by": entry.by_id,
        "on_behalf_of": entry.on_behalf_of_id,
        "step": entry.step,
        "round": entry.round,
        "comment": entry.comment,
        "people": entry.people,
        "at": entry.at,
    }


def _flow(spec: ObjectSpec, flow: LiveFlow) -> Json:
    return {
        "key": flow.key,
        "name": flow.name,
        "object": spec.name,
        "version": flow.number,
        "steps": [
            {"key": step.key, "name": step.name, "mode": step.mode, "chosen_by_starter": step.is_chosen}
            for step in flow.definition.steps
        ],
    }


def _items(schema: Json) -> Json:
    return {"type": "object", "properties": {"items": {"type": "array", "items": schema}}, "required": ["items"]}


def _tag() -> str:
    return _("Approvals")


def list_operation() -> Operation:
    """Describe the lists."""
    return Operation(
        id="list_approvals",
        summary=_("List the approvals that concern you"),
        description=_("What waits for your decision (or for a colleague's for whom you stand in), what you asked for, decided, or got a copy of."),
        tag=_tag(),
        parameters=(
            Parameter("box", _("Which list; “to_decide” unless given."), {"type": "string", "enum": list(BOXES)}),
            Parameter("limit", _("How many at most."), {"type": "integer", "minimum": 1, "maximum": MOST}),
        ),
        replies={200: Reply(_("The approvals."), _items(SUMMARY))},
        problems=(400,),
    )  # fmt: skip


def show_operation() -> Operation:
    """Describe one approval."""
    return Operation(
        id="show_approval", summary=_("Show an approval with its steps and history"), tag=_tag(),
        replies={200: Reply(_("The approval."), SHOWN)}, problems=(404,),
    )  # fmt: skip


def flows_operation() -> Operation:
    """Describe the list of flows."""
    return Operation(
        id="list_approval_flows",
        summary=_("List the approval flows in force"),
        tag=_tag(),
        parameters=(Parameter("object", _("Only those of this object."), TEXT),),
        replies={200: Reply(_("The flows."), _items({"type": "object"}))},
    )


def start_operation() -> Operation:
    """Describe asking for approval."""
    body: Json = {
        "type": "object",
        "properties": {
            "flow": {**TEXT, "description": _("The key of the flow.")},
            "object": TEXT,
            "record": UUID,
            "reason": TEXT,
            "chosen": {"type": "object", "additionalProperties": {"type": "array", "items": UUID}},
        },
        "required": ["flow", "object", "record"],
        "additionalProperties": False,
    }
    return Operation(
        id="start_approval", summary=_("Ask for approval of a record"), tag=_tag(), body=body,
        replies={201: Reply(_("The approval."), SHOWN)}, problems=(403, 404, 409, 413, 415, 422),
    )  # fmt: skip


def act_operation() -> Operation:
    """Describe what can be done with an approval."""
    body: Json = {
        "type": "object",
        "properties": {
            "act": {"type": "string", "enum": list(MEMBERS)},
            "comment": TEXT,
            "seat": {**UUID, "description": _("Your part, as “my_seat” names it; a repeated decision about it counts once.")},
            "signature": TEXT,
            "to": {**TEXT, "description": _("The key of an earlier step; empty for who started it.")},
            "user": UUID,
            "chosen": {"type": "object", "additionalProperties": {"type": "array", "items": UUID}},
        },
        "required": ["act"],
        "additionalProperties": False,
    }  # fmt: skip
    return Operation(
        id="act_on_approval", summary=_("Decide about an approval, or do something else with it"), tag=_tag(),
        body=body, replies={200: Reply(_("The approval as it is now."), SHOWN)},
        problems=(403, 404, 409, 413, 415, 422),
    )  # fmt: skip


ROUTES = (
    Route("GET", "/approvals", list_approvals, list_operation),
    Route("POST", "/approvals", start, start_operation),
    Route("GET", "/approvals/{id}", show_approval, show_operation),
    Route("POST", "/approvals/{id}/acts", act, act_operation),
    Route("GET", "/approval-flows", list_flows, flows_operation),
)
