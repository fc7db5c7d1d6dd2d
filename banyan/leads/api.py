"""What the REST interface can do with leads beside reading and changing them."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.api.answers import Answer
from banyan.core.api.bodies import fitting
from banyan.core.api.calls import Call
from banyan.core.api.routes import NO_BODY, Operation, Reply, Route, item_reference, register_route
from banyan.core.api.views.records import record_answer
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import objects
from banyan.core.records import door
from banyan.leads.choices import MODULE
from banyan.leads.models import Lead
from banyan.leads.services.converting import NEW, NONE, Choice, convert, proposal, reverse
from banyan.leads.services.mail import MOST_BYTES, receive_mail
from banyan.leads.services.pool import claim, release

#: A new record, or the id of one that is there; for the contact also none.
PART = {"type": "string", "maxLength": 40}
VALUES = {"type": "object", "additionalProperties": True}
CONVERT_BODY: dict[str, Any] = {
    "type": "object",
    "properties": {"customer": PART, "contact": PART, "opportunity": {"type": "string", "enum": [NEW, NONE]}, "values": {
        "type": "object", "properties": {"customer": VALUES, "contact": VALUES, "opportunity": VALUES}, "additionalProperties": False,
    }},
    "additionalProperties": False,
}  # fmt: skip
REASON_BODY: dict[str, Any] = {
    "type": "object", "required": ["reason"], "properties": {"reason": {"type": "string", "maxLength": 255}},
    "additionalProperties": False,
}  # fmt: skip
MAIL_TYPE = "message/rfc822"
PROBLEMS = (400, 403, 404, 409, 413, 415, 422)


def convert_lead(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Make a customer, and perhaps a contact and an opportunity, of a lead, and answer with it."""
    call.allow_only(())
    spec = call.spec("leads")
    require(call.actor, spec, Action.EDIT)
    fetch_row(call.actor, spec, id, columns=("version",))
    given = call.json() if call.body else {}
    proposed = proposal(call.actor, Lead.objects.get(pk=id))
    convert(call.actor, id, _choice(given, proposed))
    return record_answer(call, spec, id)


def _choice(given: dict[str, Any], proposed: Choice) -> Choice:
    """Return what was asked for; what is left out is as the dialog proposes it."""
    body = fitting(given, CONVERT_BODY)
    parts = {name: body.get(name) or getattr(proposed, name) for name in ("customer", "contact", "opportunity")}
    return Choice(**parts, values=body.get("values") or {})


def reverse_lead(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Take a conversion back, and answer with the lead; with ``removes`` what it made goes into the recycle bin."""
    call.allow_only(("removes",))
    spec = call.spec("leads")
    fetch_row(call.actor, spec, id, columns=("version",))
    reverse(call.actor, id, removes=call.switch("removes"))
    return record_answer(call, spec, id)


def claim_lead(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Claim a lead of the pool, and answer with it."""
    call.allow_only(())
    spec = call.spec("leads")
    claim(call.actor, [id]).only()
    return record_answer(call, spec, id)


def release_lead(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Put a lead into the pool, for a reason."""
    call.allow_only(())
    given = fitting(call.json() if call.body else {}, REASON_BODY)
    spec = call.spec("leads")
    door.lock(call.actor, spec, [id], Action.EDIT)
    release(call.actor, [id], reason=given["reason"]).only()
    return Answer(None, status=204)


def take_mail(call: Call) -> Answer:
    """Take a raw e-mail: its sender becomes a lead, or the message joins the sender's lead."""
    call.allow_only(())
    spec = call.spec("leads")
    require(call.actor, spec, Action.CREATE)
    captured = receive_mail(call.actor, call.request.read(MOST_BYTES + 1))
    answer = record_answer(call, spec, captured.lead.pk)
    answer.status = 201 if captured.is_new else 200
    return answer


def _operation(name: str, summary: Any, *, body: Any = None, needs_body: bool = False, reply: Any = None) -> Operation:
    return Operation(
        id=name,
        summary=summary,
        tag=objects["lead"].label_plural,
        body=body,
        body_required=needs_body,
        replies=reply or {200: Reply(_("The lead as it is now."), item_reference("lead"))},
        problems=PROBLEMS,
    )


def _mail_operation() -> Operation:
    replies = {
        200: Reply(_("The lead that the message joined."), item_reference("lead")),
        201: Reply(_("The new lead."), item_reference("lead")),
    }
    body = {"type": "string", "format": "binary", "description": str(_("A message of RFC 5322, at most 2 MB."))}
    return _operation("take_mail_as_lead", _("Make a lead of an e-mail"), body=body, needs_body=True, reply=replies)


def register() -> None:
    """Add the paths to the interface."""
    routes = (
        Route(
            "POST", "/leads/{id}/convert", convert_lead,
            lambda: _operation("convert_lead", _("Convert a lead"), body=CONVERT_BODY), module=MODULE,
        ),
        Route(
            "POST", "/leads/{id}/reverse", reverse_lead,
            lambda: _operation("reverse_lead", _("Take a conversion back")), module=MODULE, consumes=NO_BODY,
        ),
        Route("POST", "/leads/{id}/claim", claim_lead, lambda: _operation("claim_lead", _("Claim a lead")), module=MODULE, consumes=NO_BODY),
        Route(
            "POST", "/leads/{id}/release", release_lead,
            lambda: _operation(
                "release_lead", _("Put a lead into the pool"), body=REASON_BODY, needs_body=True,
                reply={204: Reply(_("The lead is in the pool."))},
            ),
            module=MODULE,
        ),
        Route("POST", "/leads/mail", take_mail, _mail_operation, module=MODULE, consumes=MAIL_TYPE),
    )  # fmt: skip
    for route in routes:
        register_route(route)
