"""What a customer sees of a quote at their link: read, take as PDF, ask, choose, sign or decline."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.files import storage
from banyan.core.identity.visitors import client_address, user_agent
from banyan.core.kernel.clock import today
from banyan.core.kernel.languages import written_day
from banyan.core.web.presenting import short_instant
from banyan.customers.public import Customer
from banyan.documents.public import (
    can_draw,
    filled,
    kind_for,
    money_text,
    number_text,
    pdf_answer,
    pdf_of,
    percent_text,
    picture_address,
    price_text,
    sums_of,
    texts_of,
)
from banyan.money.public import places_of
from banyan.portal.public import PortalPage, Visit, VisitKind, comments_of, note_visit
from banyan.quotes.choices import DecisionKind, QuoteStatus
from banyan.quotes.models import Quote, QuoteDecision
from banyan.quotes.queries import quote_lines
from banyan.quotes.services import steps
from banyan.quotes.services.papers import offered_hash, option_words

#: What customers may see: a draft is nobody's business.
SHOWN = (QuoteStatus.SENT, QuoteStatus.ACCEPTED, QuoteStatus.DECLINED, QuoteStatus.EXPIRED, QuoteStatus.REPLACED)


def show(visit: Visit) -> HttpResponse:
    """Show the quote, and what its customer can do with it now."""
    quote = Quote.objects.select_related("owner").get(pk=visit.record_id)
    lines = quote_lines(quote.pk)
    is_over = quote.valid_until is not None and quote.valid_until < today(visit.actor.organization.time_zone)
    is_open = quote.status == QuoteStatus.SENT and not is_over
    kind, _spec = kind_for(visit.actor, "quote")
    texts = texts_of(kind, visit.language)
    customer = Customer.objects.filter(pk=quote.customer_id).values_list("name", flat=True).first()
    values = {"customer": customer or "", "number": quote.known_as, "organization": visit.head.name,
              "date": written_day(quote.quoted_on, visit.language) if quote.quoted_on else ""}  # fmt: skip
    counted = [line for line in lines if line["counts"]]
    context = {
        "title": _("Quotation %(number)s") % {"number": quote.known_as},
        "quote": {
            "number": quote.known_as,
            "name": quote.name if quote.name != customer else "",
            "customer": customer or "",
            "day": written_day(quote.quoted_on, visit.language) if quote.quoted_on else "",
            "until": written_day(quote.valid_until, visit.language) if quote.valid_until else "",
            "owner": quote.owner.name if quote.owner else "",
            "owner_email": quote.owner.email if quote.owner else "",
            "terms": filled(quote.terms or texts["terms"], values),
            "intro": filled(quote.intro or texts["intro"], values),
        },
        "state": _state(quote, is_open=is_open),
        "is_open": is_open,
        "lines": [_line(line, quote.currency, is_open=is_open, sent=visit.request.POST) for line in lines],
        "has_options": any(line["is_optional"] or line["alternative"] for line in lines),
        "sums": sums_of(counted, {name: getattr(quote, name) for name in ("currency", "amount", "net_amount", "tax_amount")}),
        "total": _total(quote, lines),
        "pdf_url": "" if can_draw() else visit.url("pdf"),
        "seen": offered_hash(quote),
        "sent": visit.request.POST if visit.problem else {},
        "decision": _decision(visit, quote),
        "comments": [
            {"name": row.name, "is_ours": row.author_id is not None, "text": row.text, "when": short_instant(row.at, visit.actor)}
            for row in comments_of("quote", quote.pk)
        ],
    }  # fmt: skip
    return visit.answer("quotes/customer.html", context)


def _state(quote: Quote, *, is_open: bool) -> str:
    if is_open:
        return ""
    return (
        _("This quote has expired. Ask for a new one.")
        if quote.status == QuoteStatus.SENT
        else steps.told_answer(quote)
    )


def _line(line: dict[str, Any], currency: str, *, is_open: bool, sent: Any) -> dict[str, Any]:
    line_id = str(line["id"])
    chosen = line["counts"]
    if sent and "signature" in sent:
        chosen = line_id in {*sent.getlist("chosen"), sent.get(f"group_{line['alternative']}", "")}
    return {
        "id": line_id,
        "name": line["name"],
        "description": line["description"],
        "quantity": number_text(line["quantity"], unit=line["unit"]),
        "unit_price": price_text(line["unit_price"], currency),
        "discount": percent_text(line["discount_percent"]),
        "tax_rate": percent_text(line["tax_rate"]),
        "amount": price_text(line["amount"], currency),
        "minor": _minor(line["net_amount"] + line["tax_amount"], currency),
        "is_optional": line["is_optional"],
        "alternative": line["alternative"],
        "chosen": chosen if line["is_optional"] or line["alternative"] else True,
        "words": "" if is_open else option_words(line),
        "counts": line["counts"],
    }


def _minor(amount: Decimal, currency: str) -> int:
    """Return an amount in the smallest unit of its currency, so that the page can add without rounding."""
    return int(amount.scaleb(places_of(currency)))


def _total(quote: Quote, lines: list[dict[str, Any]]) -> dict[str, Any]:
    fixed = [line for line in lines if not line["is_optional"] and not line["alternative"]]
    base = sum((line["net_amount"] + line["tax_amount"] for line in fixed), Decimal(0))
    return {
        "base": _minor(base, quote.currency),
        "places": places_of(quote.currency),
        "currency": quote.currency,
        "text": money_text(quote.amount, quote.currency),
    }


def _decision(visit: Visit, quote: Quote) -> dict[str, Any] | None:
    decision = QuoteDecision.objects.select_related("signature").filter(quote=quote).first()
    if decision is None:
        return None
    picture = ""
    if decision.signature is not None:
        try:
            picture = picture_address(b"".join(storage.read(decision.signature.key)))
        except FileNotFoundError:
            picture = ""
    return {
        "accepted": decision.kind == DecisionKind.ACCEPTED,
        "signer": decision.signer,
        "when": short_instant(decision.at, visit.actor),
        "hash": decision.content_hash,
        "picture": picture,
    }


def _answer(visit: Visit, **more: Any) -> steps.Answer:
    sent = visit.request.POST
    return steps.Answer(
        signer=sent.get("signer", ""),
        seen=sent.get("seen", "") or "-",
        address=client_address(visit.request),
        user_agent=user_agent(visit.request),
        link_id=visit.link.pk,
        **more,
    )


def accept(visit: Visit) -> HttpResponse:
    """Accept the quote with what was chosen and the signature under it."""
    sent = visit.request.POST
    groups = {line["alternative"] for line in quote_lines(visit.record_id)} - {""}
    chosen = [*sent.getlist("chosen"), *(sent[f"group_{group}"] for group in groups if sent.get(f"group_{group}"))]
    answer = _answer(visit, signature=sent.get("signature", ""), chosen=chosen)
    decision = steps.accept_quote(visit.actor, visit.record_id, answer)
    note_visit(visit.link, VisitKind.ANSWER, visit.network, _("Accepted by %(who)s") % {"who": decision.signer})
    return visit.done("accepted")


def decline(visit: Visit) -> HttpResponse:
    """Decline the quote with a reason."""
    sent = visit.request.POST
    decision = steps.decline_quote(visit.actor, visit.record_id, _answer(visit, reason=sent.get("reason", "")))
    words = _("Declined by %(who)s: %(reason)s") % {"who": decision.signer, "reason": decision.reason or "–"}
    note_visit(visit.link, VisitKind.ANSWER, visit.network, words)
    return visit.done("declined")


def download(visit: Visit) -> HttpResponse:
    """Send the quote as PDF in the reader's language."""
    kind, _spec = kind_for(visit.actor, "quote")
    name, content = pdf_of(visit.actor, kind, visit.row, visit.language)
    return pdf_answer(name, content)


def _may_be_given(actor: Any, row: Any) -> bool:
    return row.get("status") in SHOWN


PAGE = PortalPage(
    purpose=steps.PURPOSE,
    object_name="quote",
    module="quotes",
    label=gettext_lazy("Quote"),
    render=show,
    actions={"accept": accept, "decline": decline},
    downloads={"pdf": download},
    notices={
        "accepted": gettext_lazy("Thank you. The quote is accepted; we will be in touch."),
        "declined": gettext_lazy("Thank you for telling us."),
    },
    has_comments=True,
    may_be_made=_may_be_given,
)
