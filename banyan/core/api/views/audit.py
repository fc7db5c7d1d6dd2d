"""The audit log for programs."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.problems import BadParameters
from banyan.core.api.routes import Operation, Parameter, Reply, Route
from banyan.core.audit.searching import GROUPS, MOST_ROWS, LogRow, Question, search
from banyan.core.kernel.errors import FieldError
from banyan.core.kernel.ids import parse_id

DEFAULT_LIMIT = 100
_NAMES = ("group", "kind", "user", "object", "record", "since", "until", "text", "limit", "cursor")


def list_audit(call: Call) -> Answer:
    """Answer with rows of the audit log, newest first."""
    call.allow_only(_NAMES)
    group = call.parameter("group")
    if group and group not in GROUPS:
        raise _bad("group", _("Choose one of: %(choices)s.") % {"choices": ", ".join(GROUPS)})
    question = Question(
        group=group,
        kind=call.parameter("kind"),
        user_id=_id(call, "user"),
        object_name=call.parameter("object"),
        record_id=_id(call, "record"),
        since=_instant(call, "since"),
        until=_instant(call, "until"),
        text=call.parameter("text"),
        before=_id(call, "cursor"),
    )
    limit = call.whole_number("limit", default=DEFAULT_LIMIT, maximum=MOST_ROWS)
    rows, following = search(call.actor, question, limit=limit)
    return Answer({"items": [_item(row) for row in rows], "next": str(following) if following else None})


def _item(row: LogRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": row.at,
        "user": {"id": row.user_id, "name": row.person} if row.user_id or row.person else None,
        "channel": row.channel,
        "address": row.address or None,
        "kind": row.kind,
        "object": row.object_name or None,
        "record": row.record_id,
        "result": row.result,
        "fields": list(row.fields),
        "details": row.values or row.details,
    }


def _id(call: Call, name: str) -> uuid.UUID | None:
    text = call.parameter(name)
    found = parse_id(text) if text else None
    if text and found is None:
        raise _bad(name, _("This is no id."))
    return found


def _instant(call: Call, name: str) -> datetime | None:
    text = call.parameter(name)
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 <= found.year <= 9000:
        raise _bad(name, _("Write an instant as 2026-01-31T08:00:00Z."))
    return found


def _bad(name: str, message: str) -> BadParameters:
    return BadParameters([FieldError(name, "bad_value", message)])


def list_operation() -> Operation:
    """Describe the list."""
    text, identifier = {"type": "string"}, {"type": "string", "format": "uuid"}
    instant = {"type": "string", "format": "date-time"}
    row = {
        "type": "object",
        "properties": {
            "id": identifier,
            "at": instant,
            "user": {
                "type": ["object", "null"],
                "properties": {"id": {"type": ["string", "null"], "format": "uuid"}, "name": text},
            },
            "channel": text,
            "address": {"type": ["string", "null"]},
            "kind": text,
            "object": {"type": ["string", "null"]},
            "record": {"type": ["string", "null"], "format": "uuid"},
            "result": {"type": "string", "enum": ["done", "refused", "failed"]},
            "fields": {"type": "array", "items": text},
            "details": {"type": "object"},
        },
    }
    answer = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": row}, "next": {"type": ["string", "null"]}},
    }
    parameters = (
        Parameter("group", _("What it is about."), {"type": "string", "enum": list(GROUPS)}),
        Parameter("kind", _("Exactly this kind."), text),
        Parameter("user", _("Who did it."), identifier),
        Parameter("object", _("The name of the object."), text),
        Parameter("record", _("The record."), identifier),
        Parameter("since", _("Not before this instant."), instant),
        Parameter("until", _("Before this instant."), instant),
        Parameter("text", _("A part of the person's name, the kind or the details."), text),
        Parameter(
            "limit", _("How many."), {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": DEFAULT_LIMIT}
        ),
        Parameter("cursor", _("`next` of the answer before."), identifier),
    )
    return Operation(
        id="list_audit",
        summary=_("Read the audit log"),
        description=_("Old and new values are those of the set-up; of records only the names of changed fields."),
        tag=_("Audit log"),
        parameters=parameters,
        replies={200: Reply(_("Rows of the log, newest first."), answer)},
        problems=(400, 403),
    )


ROUTES = (Route("GET", "/audit", list_audit, list_operation),)
