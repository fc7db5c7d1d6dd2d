"""Contracts from accepted quotes: nothing is typed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.contracts.models import Contract
from banyan.contracts.queries import terms_of
from banyan.contracts.services.steps import contract_spec
from banyan.contracts.services.terms import store_terms
from banyan.core.access.actor import Actor
from banyan.core.objects.models import Record
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.documents.public import number_text, percent_text, price_text
from banyan.quotes.public import Quote

#: What a contract takes over from a quote; the amount is that of the lines that were accepted.
TAKEN = ("name", "customer", "contact", "opportunity", "currency", "owner")


def contract_from_quote(
    actor: Actor, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], context: WriteContext
) -> Record:
    """Create the draft of a contract with what a customer has accepted, its goods and prices as the first term."""
    quote = Quote.objects.get(pk=values["quote"])
    given = {name: values[name] for name in TAKEN if values.get(name)}
    made = door.create(actor, contract_spec(actor), {**given, "amount": quote.amount}, context=context)
    if not isinstance(made, Contract):
        raise TypeError
    texts = [_line(line, made.currency) for line in lines]
    goods = [{"title": _("Goods and prices"), "text": "\n".join(texts)}] if texts else []
    agreed = [{"title": _("Terms of the quote"), "text": quote.terms}] if quote.terms.strip() else []
    if goods or agreed:
        standard = [{"title": term.title, "text": term.text} for term in terms_of(made.pk)]
        store_terms(made, [*goods, *agreed, *standard])
    return made


def _line(line: Mapping[str, Any], currency: str) -> str:
    quantity = number_text(line.get("quantity"), unit=str(line.get("unit") or ""))
    price = f"{price_text(line.get('unit_price'), currency)} {currency}"
    discount = line.get("discount_percent")
    parts = [str(line.get("name") or ""), quantity, price, f"−{percent_text(discount)}" if discount else ""]
    return "- " + ", ".join(part for part in parts if part)
