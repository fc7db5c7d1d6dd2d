"""What people do with orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.objects.models import Record
from banyan.core.records.drafts import WriteContext
from banyan.products.public import write_document
from banyan.sales.public import Opportunity, lines_to_take_over

#: What an order takes over from the opportunity that led to it.
FROM_OPPORTUNITY = ("name", "customer", "contact", "amount", "currency", "source", "owner")


def place_order(
    actor: Actor,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]] = (),
    *,
    context: WriteContext | None = None,
) -> Record:
    """Create an order with its lines and return it; see ``write_document`` for what is refused."""
    return write_document(actor, "order", values, lines, context=context)


def order_from_opportunity(actor: Actor, opportunity: Mapping[str, Any], *, context: WriteContext) -> Record:
    """Create an order with what is known from an opportunity that the actor may see, its lines too, and return it."""
    values = {name: opportunity[name] for name in FROM_OPPORTUNITY if opportunity.get(name)}
    lines = lines_to_take_over(opportunity["id"])
    if lines:
        values.pop("amount", None)
        values["prices_include_tax"] = Opportunity.objects.get(pk=opportunity["id"]).prices_include_tax
    return place_order(actor, {**values, "opportunity": opportunity["id"]}, lines, context=context)
