"""What accepted quotes become: orders, contracts and whatever registers, each once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.database.lookup import the_row
from banyan.core.kernel.errors import Conflict, Missing
from banyan.core.kernel.registry import Registry
from banyan.core.listing.query import fetch_row
from banyan.core.objects.models import Record
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.records.drafts import WriteContext
from banyan.quotes.choices import QuoteStatus
from banyan.quotes.models import Quote, QuoteOutcome
from banyan.quotes.queries import quote_lines
from banyan.quotes.services.writing import copied, locked_quote

#: What goes from a quote into what it becomes.
HANDED_ON = ("name", "customer", "contact", "opportunity", "currency", "prices_include_tax", "amount", "owner")


@dataclass(frozen=True)
class Outcome:
    """Something that an accepted quote can become.

    ``create`` gets the actor, the quote's values (``HANDED_ON`` and ``quote``), the lines that were accepted, and the
    context; it returns the new record. ``object_name`` is what that is; ``module`` must be on.
    """

    name: str
    label: Any
    icon: str
    object_name: str
    module: str
    create: Callable[[Actor, Mapping[str, Any], Sequence[Mapping[str, Any]], WriteContext], Record]


quote_outcomes: Registry[Outcome] = Registry("quote outcomes")


@transaction.atomic
def make_outcome(
    actor: Actor, quote_id: uuid.UUID, name: str, *, context: WriteContext | None = None
) -> tuple[str, Any]:
    """Make an accepted quote into an order or whatever ``name`` is; return object and id.

    Two clicks at once make one record: the second gets what the first made. Raises ``Missing``, ``NotAllowed``, or
    ``Conflict`` for a quote that was not accepted.
    """
    outcome = quote_outcomes.get(name)
    if outcome is None or not module_is_on(actor.organization, outcome.module):
        raise Missing("not_found", _("There is no such page."))
    spec = spec_for(actor.organization, "quote")
    row = fetch_row(actor, spec, quote_id)
    target = specs_on(actor.organization)[outcome.object_name]
    require(actor, target, Action.CREATE)
    quote = locked_quote(quote_id)
    if quote.status != QuoteStatus.ACCEPTED:
        raise Conflict("not_accepted", _("Only an accepted quote becomes an order or a contract."))
    made = QuoteOutcome.objects.filter(quote=quote, kind=name).first()
    if made is not None and _is_live(actor, made):
        return made.object_name, made.record_id
    values = {field: row[field] for field in HANDED_ON if row.get(field) not in (None, "", [])}
    lines = [copied(line) for line in quote_lines(quote_id) if line["counts"]]
    if lines:
        values.pop("amount", None)
    context = context or WriteContext.for_actor(actor)
    record = outcome.create(actor, {**values, "quote": quote_id}, lines, context)
    QuoteOutcome.objects.update_or_create(
        organization_id=actor.organization_id, quote=quote, kind=name,
        defaults={"object_name": outcome.object_name, "record_id": record.pk, "made_by_id": actor.user_id},
    )  # fmt: skip
    return outcome.object_name, record.pk


def _is_live(actor: Actor, made: QuoteOutcome) -> bool:
    spec = spec_for(actor.organization, made.object_name)
    rows = spec.model._default_manager.filter(pk=made.record_id, deleted_at__isnull=True)  # noqa: SLF001
    return bool(rows.exists())


def outcomes_of(quote_id: uuid.UUID) -> dict[str, QuoteOutcome]:
    """Return what a quote has become, by the name of the outcome."""
    return {made.kind: made for made in QuoteOutcome.objects.filter(quote=quote_id)}


def origin_of(object_name: str, record_id: uuid.UUID) -> Quote | None:
    """Return the quote that a record was made from."""
    made = the_row(QuoteOutcome.objects.filter(object_name=object_name, record_id=record_id))
    return made.quote if made else None
