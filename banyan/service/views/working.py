"""The pages of people who answer tickets: the conversation, and the steps of one click."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import DomainError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import done, is_partial, markup, refused
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import signed_in, spec_named
from banyan.service.choices import TICKET, TicketState
from banyan.service.panels import conversation_with
from banyan.service.services import talking

CHANGED = ("tickets", "customers")


@signed_in("GET")
def conversation(request: SignedInRequest, ticket_id: uuid.UUID) -> HttpResponse:
    """Answer with the conversation of a ticket as it is now."""
    spec = _seen(request, ticket_id)
    shown = conversation_with(request.actor, spec, ticket_id)
    return markup(shown) if shown else HttpResponse()


@signed_in("POST")
def say(request: SignedInRequest, ticket_id: uuid.UUID) -> HttpResponse:
    """Write a reply or a note; what is refused comes back with what was written."""
    spec = _seen(request, ticket_id)
    require(request.actor, spec, Action.EDIT)
    sent = request.POST
    articles = tuple(pk for text in sent.getlist("article") if (pk := parse_id(text)) is not None)
    said = talking.Said(
        sent.get("text", ""),
        sent.get("kind", ""),
        sent.get("then", ""),
        mails=bool(sent.get("mails")),
        articles=articles,
    )
    try:
        talking.say(request.actor, ticket_id, said)
    except DomainError as problem:
        message = problem.errors[0].message if isinstance(problem, Invalid) and problem.errors else problem.message
        written = {"text": said.text, "kind": said.kind, "mails": sent.get("mails", "")}
        shown = conversation_with(request.actor, spec, ticket_id, error=str(message), written=written)
        if shown is None or not is_partial(request):
            raise
        return refused(markup(shown, status=422))
    text = _("The note is saved.") if said.kind == "note" else _("The reply is saved.")
    if said.mails and said.kind == "reply":
        text = _("The reply is on its way.")
    return _done(request, text, spec, ticket_id)


@signed_in("POST")
def take(request: SignedInRequest, ticket_id: uuid.UUID) -> HttpResponse:
    """Give a ticket to oneself."""
    spec = _seen(request, ticket_id)
    talking.take(request.actor, ticket_id)
    return _done(request, _("The ticket is yours."), spec, ticket_id)


@signed_in("POST")
def set_state(request: SignedInRequest, ticket_id: uuid.UUID, state: str) -> HttpResponse:
    """Move a ticket to another state."""
    spec = _seen(request, ticket_id)
    talking.set_state(request.actor, ticket_id, state)
    texts = {
        TicketState.SOLVED.value: _("The ticket is solved."),
        TicketState.CLOSED.value: _("The ticket is closed."),
    }
    return _done(request, texts.get(state, _("The ticket is being worked on.")), spec, ticket_id)


def _seen(request: SignedInRequest, ticket_id: uuid.UUID) -> ObjectSpec:
    """Return tickets, once it is sure that the person sees this one."""
    spec = spec_named(request, TICKET)
    fetch_row(request.actor, spec, ticket_id, columns=("number",))
    return spec


def _done(request: SignedInRequest, text: str, spec: ObjectSpec, ticket_id: uuid.UUID) -> HttpResponse:
    return done(request, text, next_url=f"/{spec.plural}/{ticket_id}", changed=CHANGED)
