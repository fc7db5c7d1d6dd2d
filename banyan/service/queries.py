"""Questions to the tables of service."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Q, QuerySet

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.text.tokens import search_query
from banyan.core.listing.filters import live_rows
from banyan.core.listing.text_search import readable_query
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.service.choices import ARTICLE, TICKET, ArticleState, Audience, MessageKind
from banyan.service.models import Article, CannedAnswer, IncomingMail, Ticket, TicketMessage
from banyan.service.rules import likeness, words_of

MOST_MESSAGES = 500
MOST_SUGGESTED = 3
#: Articles that share a word with a ticket are compared with it; a library has few of one subject.
MOST_COMPARED = 200
#: One pair of characters in common somewhere in a text is chance.
LEAST_LIKE = 2


def ticket_spec(actor: Actor) -> ObjectSpec:
    """Return tickets as the organization uses them."""
    return spec_for(actor.organization, TICKET)


def messages_of(ticket_id: uuid.UUID, *, for_customer: bool = False) -> Sequence[TicketMessage]:
    """Return what was said about a ticket, oldest first; without notes for customers."""
    rows = TicketMessage.objects.filter(ticket=ticket_id).select_related("author")
    if for_customer:
        rows = rows.exclude(kind=MessageKind.NOTE)
    return list(rows.order_by("-at", "-pk")[:MOST_MESSAGES])[::-1]


def messages_about(records: Mapping[str, Collection[uuid.UUID]]) -> QuerySet[TicketMessage]:
    """Return what was said in tickets of records, given by object: the tickets themselves, or those of a customer or contact."""
    about = Q(pk__in=())
    for name, ids in records.items():
        if name in {TICKET, "contact", "customer"}:
            about |= Q(**{"ticket__in" if name == TICKET else f"ticket__{name}__in": list(ids)})
    return TicketMessage.objects.filter(about)


def mails_about(records: Mapping[str, Collection[uuid.UUID]]) -> QuerySet[IncomingMail]:
    """Return what is kept of mails in tickets of records, given by object, as ``messages_about`` does."""
    return IncomingMail.objects.filter(ticket__in=tickets_of(records))


def tickets_of(records: Mapping[str, Collection[uuid.UUID]]) -> QuerySet[Ticket]:
    """Return the tickets of records: themselves, or those of a customer or contact."""
    about = Q(pk__in=())
    for name, ids in records.items():
        if name in {TICKET, "contact", "customer"}:
            about |= Q(**{"pk__in" if name == TICKET else f"{name}__in": list(ids)})
    return Ticket.objects.filter(about)


def canned_answers() -> Sequence[CannedAnswer]:
    """Return the texts to answer with, in order."""
    return list(CannedAnswer.objects.order_by("position", "name"))


def fitting_articles(actor: Actor, text: str, *, for_customers: bool = False) -> list[Article]:
    """Return published articles that the actor may see and that share the most words with a text."""
    spec = specs_on(actor.organization).get(ARTICLE)
    if spec is None:
        return []
    rows = restrict(live_rows(actor, spec), actor, spec).filter(state=ArticleState.PUBLISHED)
    if for_customers:
        rows = rows.filter(audience=Audience.CUSTOMERS)
    words = words_of(text)
    query = " | ".join(f"({term})" for term in map(search_query, words) if term)
    if not query:
        return []
    readable = readable_query(actor, spec, query)
    if not readable:
        return []
    found = list(rows.extra(where=[f'"{spec.table}"."search" @@ %s::tsquery'], params=[readable])[:MOST_COMPARED])  # noqa: S610 the table's own name
    scored = [(likeness(words, row.name, row.text), row) for row in found]
    fitting = sorted((pair for pair in scored if pair[0] >= LEAST_LIKE), key=lambda pair: (-pair[0], pair[1].name))
    return [row for _score, row in fitting[:MOST_SUGGESTED]]
