"""Quotes that another system had: they arrive as drafts with their lines, and then get the state that they had there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from banyan.core.access.actor import Actor, Channel
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.quotes.choices import QuoteStatus
from banyan.quotes.models import Quote, QuoteDecision
from banyan.quotes.preparation import taking_step

#: Which instant tells of a state when the other system knows it; what is not known stays empty.
_TOLD_BY = {
    QuoteStatus.SENT.value: "sent_at",
    QuoteStatus.ACCEPTED.value: "decided_at",
    QuoteStatus.DECLINED.value: "decided_at",
    QuoteStatus.EXPIRED.value: "",
}


class PastState(NamedTuple):
    """What a quote was in another system, and since when, if that is known there."""

    record_id: uuid.UUID
    status: str
    at: datetime | None = None


@transaction.atomic
def take_over_states(actor: Actor, states: Sequence[PastState]) -> int:
    """Let drafts be what they were in another system; return how many became it.

    Nobody is told anything, no approval is asked for and no answer of a customer is made up: the history says that the
    state was imported. Quotes that are no drafts any more are left alone.
    """
    known = {entry.record_id: entry for entry in states if entry.status in _TOLD_BY}
    drafts = Quote.objects.filter(pk__in=known, status=QuoteStatus.DRAFT, deleted_at=None).values_list("pk", flat=True)
    groups: dict[tuple[str, datetime | None], list[uuid.UUID]] = {}
    for pk in drafts:
        groups.setdefault((known[pk].status, known[pk].at), []).append(pk)
    for (status, at), ids in groups.items():
        told_by = _TOLD_BY[status]
        _step(actor, ids, {"status": status, **({told_by: at} if told_by and at else {})})
    return sum(map(len, groups.values()))


@transaction.atomic
def give_states_back(actor: Actor, states: Sequence[PastState]) -> int:
    """Let quotes be drafts again that still are what ``take_over_states`` made of them; return how many."""
    known = {entry.record_id: entry.status for entry in states if entry.status in _TOLD_BY}
    answered = set(QuoteDecision.objects.filter(quote__in=known).values_list("quote_id", flat=True))
    rows = Quote.objects.filter(pk__in=known, deleted_at=None).values_list("pk", "status")
    ids = [pk for pk, status in rows if status == known[pk] and pk not in answered]
    if ids:
        _step(actor, ids, {"status": QuoteStatus.DRAFT.value, "sent_at": None, "decided_at": None})
    return len(ids)


def _step(actor: Actor, ids: Sequence[uuid.UUID], values: Mapping[str, Any]) -> None:
    through = actor.through(Channel.IMPORT)
    context = WriteContext.for_actor(through, exempt=True)
    with taking_step(**values):
        door.update_many(through, spec_for(actor.organization, "quote"), {pk: {} for pk in ids}, context=context)
