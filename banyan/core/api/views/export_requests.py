"""Exports that need approval, for programs: list them, decide about them, ask for one of everything."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.bodies import fitting
from banyan.core.api.calls import Call
from banyan.core.api.newest import newest
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import Operation, Parameter, Reply, Route
from banyan.core.kernel.errors import FieldError
from banyan.core.transfer import approving
from banyan.core.transfer.models import ExportRequest, ExportState

Json = dict[str, Any]
DEFAULT_LIMIT, MOST = 100, 500
_ADDRESS = "/api/v1/export-requests"
_ID: Json = {"type": "string", "format": "uuid"}
_TEXT: Json = {"type": "string"}
_MAYBE_ID: Json = {"type": ["string", "null"], "format": "uuid"}
_MAYBE_INSTANT: Json = {"type": ["string", "null"], "format": "date-time"}
_REQUEST: Json = {
    "type": "object",
    "properties": {
        "id": _ID,
        "object": {"type": ["string", "null"]},
        "format": _TEXT,
        "rows": {"type": "integer"},
        "reason": _TEXT,
        "state": {"type": "string", "enum": list(ExportState.values)},
        "asked_by": _ID,
        "asked_at": {"type": "string", "format": "date-time"},
        "decided_by": _MAYBE_ID,
        "decided_at": _MAYBE_INSTANT,
        "answer": _TEXT,
        "expires_at": _MAYBE_INSTANT,
        "problem": _TEXT,
    },
}

_ASKED: Json = {
    "type": "object",
    "properties": {"reason": _TEXT},
    "required": ["reason"],
    "additionalProperties": False,
}
_DECIDED: Json = {
    "type": "object",
    "properties": {"approve": {"type": "boolean"}, "answer": _TEXT},
    "required": ["approve"],
    "additionalProperties": False,
}


def list_requests(call: Call) -> Answer:
    """Answer with one's own requests and those about which one decides, newest first."""
    call.allow_only(("state", "limit", "cursor"))
    rows = approving.requests_of(call.actor)
    state = call.parameter("state")
    if state and state not in ExportState.values:
        message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(ExportState.values)}
        raise BadParameters([FieldError("state", "bad_value", message)])
    if state:
        rows = rows.filter(state=state)
    found, following = newest(call, rows, default=DEFAULT_LIMIT, maximum=MOST)
    return Answer({"items": [_item(row) for row in found], "next": following})


def show_request(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with one request."""
    call.allow_only(())
    return Answer(_item(approving.find(call.actor, id)))


def ask_for_everything(call: Call) -> Answer:
    """Ask for approval of an export of everything."""
    call.allow_only(())
    given = fitting(call.json(), _ASKED)
    row = approving.ask_for_everything(call.actor, reason=given["reason"])
    return Answer(_item(row), status=201, headers={"Location": f"{_ADDRESS}/{row.pk}"})


def decide(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Approve or deny an export; what is approved is made in the background."""
    call.allow_only(())
    given = fitting(call.json(), _DECIDED)
    return Answer(_item(approving.decide(call.actor, id, approve=given["approve"], answer=given.get("answer", ""))))


def _item(row: ExportRequest) -> Json:
    names = (
        "id", "format", "rows", "reason", "state", "asked_at", "decided_at", "answer", "expires_at", "problem",
    )  # fmt: skip
    values = {name: getattr(row, name) for name in names}
    return {
        **values,
        "object": row.object_name or None,
        "asked_by": row.asked_by_id,
        "decided_by": row.decided_by_id,
    }


def _list_operation() -> Operation:
    answer = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": _REQUEST}, "next": {"type": ["string", "null"]}},
    }
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
    return Operation(
        id="list_export_requests",
        summary=_("List the exports that needed approval"),
        tag=_("Exports"),
        parameters=(
            Parameter("state", _("Only those in this state."), {"type": "string", "enum": list(ExportState.values)}),
            Parameter("limit", _("How many."), limit),
            Parameter("cursor", _("`next` of the answer before."), _ID),
        ),
        replies={200: Reply(_("One's own and those about which one decides, newest first."), answer)},
        problems=(400,),
    )


def _show_operation() -> Operation:
    return Operation(
        id="show_export_request",
        summary=_("Show an export that needed approval"),
        tag=_("Exports"),
        replies={200: Reply(_("The request; its object is null when it is about everything."), _REQUEST)},
        problems=(404,),
    )


def _ask_operation() -> Operation:
    return Operation(
        id="ask_for_everything",
        summary=_("Ask for approval of an export of everything"),
        description=_(
            "Needed where more rows would be taken than anybody may take without approval; 409 where it is not."
        ),
        tag=_("Exports"),
        body=_ASKED,
        replies={201: Reply(_("The request."), _REQUEST)},
        problems=(403, 409, 413, 415, 422),
    )


def _decide_operation() -> Operation:
    return Operation(
        id="decide_export_request",
        summary=_("Approve or deny an export"),
        description=_("For whoever manages security, and superiors where they may. Nobody decides about their own."),
        tag=_("Exports"),
        body=_DECIDED,
        replies={200: Reply(_("The request."), _REQUEST)},
        problems=(403, 404, 409, 413, 415, 422),
    )


ROUTES = (
    Route("GET", "/export-requests", list_requests, _list_operation),
    Route("POST", "/export-requests", ask_for_everything, _ask_operation),
    Route("GET", "/export-requests/{id}", show_request, _show_operation),
    Route("POST", "/export-requests/{id}/decide", decide, _decide_operation),
)
