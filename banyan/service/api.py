"""The conversation of a ticket in the REST interface."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.bodies import body_of
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Reply, Route, register_route
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import objects
from banyan.service.choices import MODULE, TICKET, MessageKind, TicketChannel
from banyan.service.models import TicketMessage
from banyan.service.queries import messages_of
from banyan.service.services import talking

Json = dict[str, Any]
TICKETS = "tickets"
PATH = f"/{TICKETS}/{{id}}/messages"
MESSAGE: Json = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "kind": {"type": "string", "enum": MessageKind.values},
        "name": {"type": "string"},
        "text": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
    },
}
BODY: Json = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "kind": {"type": "string", "enum": MessageKind.values},
        "then": {"type": ["string", "null"], "enum": [*talking.THEN, "", None]},
        "name": {"type": ["string", "null"]},
        "mails": {"type": ["boolean", "null"]},
    },
    "required": ["text"],
}


def list_messages(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with what was said about a ticket, oldest first."""
    call.allow_only(())
    fetch_row(call.actor, call.spec(TICKETS), id, columns=("number",))
    return Answer({"items": [_shown(row) for row in messages_of(id)]})


def post_message(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Write a reply or a note, or take in what a customer wrote elsewhere."""
    body = body_of(call, {"text", "kind", "then", "name", "mails"})
    text, kind = str(body.get("text") or ""), str(body.get("kind") or MessageKind.REPLY.value)
    if kind == MessageKind.CUSTOMER:
        ticket = talking.locked_ticket(call.actor, id)
        name = str(body.get("name") or "")
        row = talking.hear(call.actor, ticket, name=name, text=text, channel=TicketChannel.API.value)
    else:
        said = talking.Said(
            text, kind, str(body.get("then") or ""), mails=body.get("mails") is True, channel=TicketChannel.API.value
        )
        row = talking.say(call.actor, id, said)
    return Answer(_shown(row), status=201)


def _shown(row: TicketMessage) -> Json:
    name = row.author.name if row.author else row.name
    return {"id": row.pk, "kind": row.kind, "name": name, "text": row.text, "at": row.at}


def _operation(
    name: str, summary: Callable[[], str], body: Json | None, reply: Reply, status: int
) -> Callable[[], Operation]:
    def describe() -> Operation:
        return Operation(
            id=name, summary=summary(), tag=objects[TICKET].label_plural, body=body, body_required=body is not None,
            replies={status: reply}, problems=(400, 404, 409, 413, 415, 422),
        )  # fmt: skip

    return describe


def register() -> None:
    """Add the paths to the interface."""
    items = {"type": "object", "properties": {"items": {"type": "array", "items": MESSAGE}}, "required": ["items"]}
    for method, view, operation in (
        ("GET", list_messages, _operation("list_ticket_messages", lambda: _("List what was said about a ticket"), None, Reply("OK", items), 200)),
        ("POST", post_message, _operation("add_ticket_message", lambda: _("Write a reply or a note"), BODY, Reply("Created", MESSAGE), 201)),
    ):  # fmt: skip
        register_route(Route(method, PATH, view, operation, module=MODULE))
