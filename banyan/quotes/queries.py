"""What the quotes app looks up."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.privacy.public import Kept
from banyan.products.public import lines_of
from banyan.quotes.choices import QuoteStatus
from banyan.quotes.models import Quote, QuoteDecision, QuoteLine

#: What quotes have on their lines beside what every document has.
FURTHER = ("description", "is_optional", "alternative", "counts")
#: Years after the end of the year in which offers that became business are kept.
KEPT_YEARS = 10


def quote_lines(quote_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the live lines of a quote in their order; the caller has checked that it may be seen."""
    return lines_of("quote", quote_id, *FURTHER)


def quotes_from(actor: Actor, opportunity_id: uuid.UUID) -> Sequence[Any]:
    """Return the quotes of an opportunity that the actor may see, newest first, without those that were replaced."""
    spec = spec_for(actor.organization, "quote")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(opportunity=opportunity_id)
    return list(rows.exclude(status=QuoteStatus.REPLACED).order_by("-created_at")[:20])


def versions_of(actor: Actor, quote: Quote) -> Sequence[Quote]:
    """Return all versions of a quote that the actor may see, the newest first."""
    spec = spec_for(actor.organization, "quote")
    rows: Any = restrict(live_rows(actor, spec), actor, spec)
    first = first_of(quote)
    known: list[Quote] = [quote for quote in rows.filter(pk__in=[*first, *_later(first[-1])])]  # noqa: C416 typed
    return sorted(known, key=lambda version: version.revision, reverse=True)


def first_of(quote: Quote) -> list[uuid.UUID]:
    """Return the ids of a quote and of what it revises, back to the first version."""
    found = [quote.pk]
    previous = quote.previous_id
    while previous is not None and previous not in found:
        found.append(previous)
        previous = Quote.objects.filter(pk=previous).values_list("previous_id", flat=True).first()
    return found


def _later(first: uuid.UUID) -> list[uuid.UUID]:
    """Return the ids of all versions after the first."""
    found: list[uuid.UUID] = []
    wave = [first]
    while wave:
        wave = [pk for pk in Quote.objects.filter(previous__in=wave).values_list("pk", flat=True) if pk not in found]
        found += wave
    return found


def kept_as_evidence(actor: Actor, object_name: str, ids: Collection[uuid.UUID]) -> list[Kept]:
    """Return the accepted quotes of a person: they are what a deal rests on, and kept as long as its papers."""
    if object_name not in {"customer", "contact"}:
        return []
    rows = QuoteDecision.objects.filter(
        **{f"quote__{object_name}__in": ids}, quote__status=QuoteStatus.ACCEPTED
    ).values_list("quote_id", "at")
    until = {pk: localdate(at).replace(month=12, day=31, year=localdate(at).year + KEPT_YEARS) for pk, at in rows}
    kept = frozenset(pk for pk, day in until.items() if day >= localdate())
    if not kept:
        return []
    lines = frozenset(QuoteLine.objects.filter(quote__in=kept).values_list("pk", flat=True))
    last = max(until[pk] for pk in kept)
    reason = _("Accepted quotes are evidence of a deal and kept for ten years after the end of the year.")
    law = _("Measures for accounting archives (会计档案管理办法), tax law")
    return [Kept("quote", kept, reason, law, last), Kept("quote_line", lines, reason, law, last)]
