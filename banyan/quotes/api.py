"""What the REST interface can do with quotes beside reading and writing them: send, revise, answer for the customer, order."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Reply, Route, item_reference, register_route
from banyan.core.api.views.records import record_answer
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import objects
from banyan.portal.public import Recipient
from banyan.quotes.choices import DecisionKind
from banyan.quotes.services import steps
from banyan.quotes.services.outcomes import make_outcome, quote_outcomes
from banyan.quotes.services.steps import send_quote
from banyan.quotes.services.writing import revise

PLURAL = "quotes"
ANSWER = {"kind": 10, "signer": 100, "reason": 400}
TEXTS = {"recipient": 200, "email": 254, "language": 10, "message": 2_000}
Json = dict[str, Any]


def send(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Send a quote to its customer, and answer with it and the link where the customer answers."""
    call.allow_only(())
    spec = call.spec(PLURAL)
    values = call.json() if call.body else {}
    for name, value in values.items():
        if name == "mails" and isinstance(value, bool):
            continue
        if name not in TEXTS or not isinstance(value, str) or len(value) > TEXTS[name]:
            raise Invalid([FieldError(str(name)[:60], "bad_value", _("This value is unknown, too long, or no text."))])
    if values.get("language") and values["language"] not in dict(LANGUAGES):
        raise Invalid([FieldError("language", "unknown_choice", _("There is no such language."))])
    fetch_row(call.actor, spec, id, columns=("version",))
    recipient = Recipient(values.get("recipient", ""), values.get("email", ""), values.get("language", ""))
    mails = bool(values.get("mails"))
    link = send_quote(call.actor, id, recipient, message=values.get("message", ""), mails=mails)
    answer = record_answer(call, spec, id)
    answer.body = {**answer.body, "link": link.url}
    return answer


def revise_quote(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Make the next version of a quote and answer with it."""
    call.allow_only(())
    spec = call.spec(PLURAL)
    require(call.actor, spec, Action.CREATE)
    return record_answer(call, spec, revise(call.actor, id).pk, status=201)


def answer_quote(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Write down what the customer answered elsewhere, and answer with the quote."""
    call.allow_only(())
    spec = call.spec(PLURAL)
    values = call.json()
    for name, value in values.items():
        if name not in ANSWER or not isinstance(value, str) or len(value) > ANSWER[name]:
            raise Invalid([FieldError(str(name)[:60], "bad_value", _("This value is unknown, too long, or no text."))])
    if values.get("kind") not in DecisionKind.values:
        raise Invalid([FieldError("kind", "unknown_choice", _("Choose “accepted” or “declined”."))])
    fetch_row(call.actor, spec, id, columns=("version",))
    require(call.actor, spec, Action.EDIT)
    given = steps.Answer(values.get("signer", ""), reason=values.get("reason", ""))
    is_accepted = values["kind"] == DecisionKind.ACCEPTED
    (steps.accept_quote if is_accepted else steps.decline_quote)(call.actor, id, given)
    return record_answer(call, spec, id)


def become_record(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Make an accepted quote into an order or a contract, once, and answer with which record it is."""
    call.allow_only(())
    call.spec(PLURAL)
    values = call.json()
    kind = values.get("kind")
    if set(values) != {"kind"} or not isinstance(kind, str) or kind not in quote_outcomes:
        known = ", ".join(sorted(quote_outcomes.keys()))
        message = _("Send “kind” with one of these: %(known)s.") % {"known": known}
        raise Invalid([FieldError("kind", "unknown_choice", message)])
    object_name, record_id = make_outcome(call.actor, id, kind)
    return Answer({"object": object_name, "id": str(record_id)})


def send_operation() -> Operation:
    """Describe how a quote is sent."""
    texts: Json = {name: {"type": "string", "maxLength": longest} for name, longest in TEXTS.items()}
    texts["language"] = {"type": "string", "enum": [code for code, _name in LANGUAGES]}
    body = {"type": "object", "properties": {**texts, "mails": {"type": "boolean"}}, "additionalProperties": False}
    link = {"type": "object", "properties": {"link": {"type": "string", "format": "uri"}}}
    return Operation(
        id="send_quote",
        summary=_("Send a quote to its customer"),
        description=_("From then on it is read-only. With “mails” the link goes to the address by e-mail."),
        tag=objects["quote"].label_plural,
        body=body,
        body_required=False,
        replies={
            200: Reply(_("The quote, and the link for its customer."), {"allOf": [dict(item_reference("quote")), link]})
        },
        problems=(400, 409, 413, 415, 422),
    )


def revise_operation() -> Operation:
    """Describe how a quote is revised."""
    return Operation(
        id="revise_quote",
        summary=_("Make the next version of a quote"),
        description=_("The older one is replaced and can no longer be accepted."),
        tag=objects["quote"].label_plural,
        replies={201: Reply(_("The new version, a draft."), item_reference("quote"))},
        problems=(409,),
    )


def answer_operation() -> Operation:
    """Describe how an answer that came by telephone or on paper is written down."""
    texts: Json = {name: {"type": "string", "maxLength": longest} for name, longest in ANSWER.items()}
    texts["kind"] = {"type": "string", "enum": list(DecisionKind.values)}
    return Operation(
        id="answer_quote",
        summary=_("Write down what the customer answered"),
        description=_("For what the customer said by telephone, e-mail or on paper. Attach the paper to the files."),
        tag=objects["quote"].label_plural,
        body={"type": "object", "properties": texts, "required": ["kind"], "additionalProperties": False},
        replies={200: Reply(_("The quote."), item_reference("quote"))},
        problems=(400, 409, 413, 415, 422),
    )


def become_operation() -> Operation:
    """Describe how an accepted quote becomes an order or a contract."""
    kinds = {"type": "string", "enum": sorted(quote_outcomes.keys())}
    made = {"type": "object", "properties": {"object": {"type": "string"}, "id": {"type": "string", "format": "uuid"}}}
    return Operation(
        id="make_of_quote",
        summary=_("Make an order or a contract of an accepted quote"),
        description=_("It has exactly the lines that were accepted. Asked for twice, it is still one record."),
        tag=objects["quote"].label_plural,
        body={"type": "object", "properties": {"kind": kinds}, "required": ["kind"], "additionalProperties": False},
        replies={200: Reply(_("Which record it became."), made)},
        problems=(400, 409, 413, 415, 422),
    )


def register() -> None:
    """Add the paths to the interface."""
    register_route(Route("POST", f"/{PLURAL}/{{id}}/send", send, send_operation, module="quotes"))
    register_route(Route("POST", f"/{PLURAL}/{{id}}/revise", revise_quote, revise_operation, module="quotes"))
    register_route(Route("POST", f"/{PLURAL}/{{id}}/answer", answer_quote, answer_operation, module="quotes"))
    register_route(Route("POST", f"/{PLURAL}/{{id}}/become", become_record, become_operation, module="quotes"))
