"""Background work on quotes: those that end, and the signed paper of one that was accepted."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.jobs.registration import DEFAULT, defer, job, periodic
from banyan.core.tenancy.models import Organization
from banyan.documents.public import can_draw, keep_paper, kind_for, load_row, pdf_of
from banyan.quotes.events import QuoteAccepted
from banyan.quotes.services.papers import paper_language
from banyan.quotes.services.steps import expire_quotes


@periodic("15 * * * *", name="quotes.expire")
def expire(actor: Actor) -> None:
    """Let quotes end whose last day is over where their company is, and remind of those that end soon."""
    expire_quotes(actor)


@job("quotes.keep_signed", label=gettext_lazy("The paper of an accepted quote is kept"), queue=DEFAULT, attempts=3)
def keep_signed(actor: Actor, *, quote_id: str) -> None:
    """Put the paper of an accepted quote among its files, as it was signed."""
    if can_draw():
        return
    kind, spec = kind_for(actor, "quote")
    record_id = uuid.UUID(quote_id)
    row = load_row(actor, kind, spec, record_id)
    name, content = pdf_of(actor, kind, row, paper_language(actor, row))
    keep_paper(actor, kind, record_id, name, content)


def keep_accepted(event: QuoteAccepted) -> None:
    """Queue the signed paper in the transaction of the acceptance."""
    organization = Organization.objects.get(pk=event.organization_id)
    defer(keep_signed, system_actor(organization), quote_id=str(event.quote_id))
