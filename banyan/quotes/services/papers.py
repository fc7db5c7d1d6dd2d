"""What stands on a quote: the paper, its content as evidence, and the hash that an acceptance is about."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.access.actor import Actor
from banyan.core.files import storage
from banyan.core.kernel.languages import written_instant
from banyan.core.listing.query import Masked
from banyan.core.objects.kinds import Address
from banyan.core.objects.modules import specs_on
from banyan.core.records.drafts import reading_for
from banyan.customers.public import Contact, Customer
from banyan.documents.public import Paper, Party, paper_day, priced_lines
from banyan.quotes.choices import DecisionKind, QuoteStatus
from banyan.quotes.models import Quote, QuoteDecision
from banyan.quotes.queries import quote_lines
from banyan.quotes.rules import hash_of

#: Decimals and days of the evidence are texts, so that they read the same for ever.
EVIDENCE = ("name", "unit", "quantity", "unit_price", "discount_percent", "tax_rate", "amount", "net_amount",
            "tax_amount", "description", "is_optional", "alternative", "counts")  # fmt: skip
AMOUNTS = ("currency", "amount", "net_amount", "tax_amount", "prices_include_tax")


def option_words(line: Mapping[str, Any]) -> str:
    """Return what is said of a line that a customer may choose."""
    if line["is_optional"]:
        return _("Optional, included") if line["counts"] else _("Optional, not included")
    if line["alternative"]:
        words = _("Alternative %(group)s, chosen") if line["counts"] else _("Alternative %(group)s")
        return words % {"group": line["alternative"]}
    return ""


def build_paper(actor: Actor, row: Mapping[str, Any]) -> Paper:
    """Return what stands on the paper of a quote that the actor may see, in the active language."""
    quote = Quote.objects.select_related("owner").get(pk=row["id"])
    language = translation.get_language() or "en"
    lines = quote_lines(quote.pk)
    shown = [
        {**line, "description": "\n".join(filter(None, (line["description"], option_words(line))))} for line in lines
    ]
    muted = {index: "" for index, line in enumerate(lines) if not line["counts"]}
    sees_amounts = "amount" in row and not isinstance(row["amount"], Masked)
    amounts = {name: getattr(quote, name) for name in AMOUNTS}
    priced = priced_lines(shown, amounts, muted=muted) if sees_amounts else None
    customer = _party(actor, quote)
    decision = QuoteDecision.objects.select_related("signature").filter(quote=quote, kind=DecisionKind.ACCEPTED).first()
    pictures, signed = _signature(decision)
    facts = [
        (_("Date"), paper_day(quote.quoted_on, language)),
        (_("Valid until"), paper_day(quote.valid_until, language)),
        (_("Contact person"), quote.owner.name if quote.owner else ""),
    ]
    if decision is not None:
        facts.append(
            (pgettext("quote", "Accepted"), f"{decision.signer}, {written_instant(localtime(decision.at), language)}")
        )
    return Paper(
        title=_("Quotation"),
        number=quote.known_as,
        subject=quote.name if quote.name != customer.name else "",
        facts=facts,
        parties=(customer,),
        tables=(priced.table,) if priced and lines else (),
        sums=priced.sums if priced and quote.amount is not None else (),
        capitals=priced.capitals if priced and quote.amount is not None else "",
        intro=quote.intro,
        terms=quote.terms,
        signatures=(_("Supplier (signature and date)"), _("Customer (signature and date)")),
        signed={_("Customer (signature and date)"): signed} if signed else {},
        pictures=pictures,
        values={"customer": customer.name},
        stamp=_("Draft") if quote.status in {QuoteStatus.DRAFT, QuoteStatus.APPROVAL} else "",
        shows_seal=quote.status in {QuoteStatus.SENT, QuoteStatus.ACCEPTED},
    )


def _party(actor: Actor, quote: Quote) -> Party:
    customer = Customer.objects.filter(pk=quote.customer_id).first()
    contact = Contact.objects.filter(pk=quote.contact_id).first() if quote.contact_id else None
    if customer is None:
        return Party(_("Customer"), "")
    lines = [contact.name] if contact else []
    spec = specs_on(actor.organization).get("customer")
    if spec is not None:
        written = Address().display(customer.address or {}, reading_for(actor))
        lines += [written] if written else []
    return Party(_("Customer"), customer.name, tuple(lines))


def _signature(decision: QuoteDecision | None) -> tuple[dict[str, bytes], str]:
    if decision is None or decision.signature is None:
        return {}, ""
    try:
        return {"signature": b"".join(storage.read(decision.signature.key))}, "signature"
    except FileNotFoundError:
        return {}, ""


def content_of(quote: Quote) -> dict[str, Any]:
    """Return what a quote offers, as plain values: what an acceptance is about."""
    lines = quote_lines(quote.pk)
    customer = Customer.objects.filter(pk=quote.customer_id).values_list("name", flat=True).first()
    return {
        "number": quote.known_as,
        "revision": quote.revision,
        "customer": customer or "",
        "name": quote.name,
        "currency": quote.currency,
        "prices_include_tax": quote.prices_include_tax,
        "amount": _text(quote.amount),
        "net_amount": _text(quote.net_amount),
        "tax_amount": _text(quote.tax_amount),
        "valid_until": _text(quote.valid_until),
        "intro": quote.intro,
        "terms": quote.terms,
        "lines": [{name: _text(line[name]) for name in EVIDENCE} for line in lines],
    }


def offered_hash(quote: Quote) -> str:
    """Return the hash of what is offered, whatever the customer has chosen in it."""
    content = content_of(quote)
    fixed = {name: value for name, value in content.items() if name not in {"amount", "net_amount", "tax_amount"}}
    lines = [{name: value for name, value in line.items() if name != "counts"} for line in content["lines"]]
    return hash_of({**fixed, "lines": lines})


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, str, int)) else str(value)


def paper_language(actor: Actor, row: Mapping[str, Any]) -> str:
    """Return the language of a quote's paper."""
    return str(row.get("language") or actor.organization.language)


def line_count(actor: Actor, row: Mapping[str, Any]) -> int:
    """Return how long the paper of a quote is."""
    return len(quote_lines(uuid.UUID(str(row["id"]))))
