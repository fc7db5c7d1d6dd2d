"""The way of a quote: sent, accepted or declined, expired. Each step locks the quote, judges, and then writes."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.files.services import store_file
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Conflict, DomainError, FieldError, Invalid
from banyan.core.kernel.events import publish
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.documents.public import as_png
from banyan.portal.public import PortalLink, Recipient, create_link, send_by_mail
from banyan.products.public import require_discount
from banyan.quotes.choices import DecisionKind, QuoteStatus
from banyan.quotes.events import QuoteAccepted, QuoteDeclined, QuoteSent
from banyan.quotes.models import Quote, QuoteDecision
from banyan.quotes.preparation import taking_step, told_closed
from banyan.quotes.queries import quote_lines
from banyan.quotes.rules import WrongChoice, choose, hash_of
from banyan.quotes.services.papers import content_of, offered_hash
from banyan.quotes.services.writing import lines_count, locked_quote
from banyan.quotes.setting import settings_of
from banyan.sales.public import Opportunity, win_opportunity

PURPOSE = "quote"
#: A drawn signature is a few kilobytes; more is something else.
LARGEST_SIGNATURE = 300_000
PNG = "data:image/png;base64,"
#: For how long after its last day a customer can still read a quote.
READABLE_DAYS = 60
ACCEPTED = gettext_noop("%(who)s accepted the quote “%(name)s”.")
DECLINED = gettext_noop("%(who)s declined the quote “%(name)s”: %(reason)s")
ENDING = gettext_noop("The quote “%(name)s” ends on %(day)s without an answer.")
EXPIRED = gettext_noop("The quote “%(name)s” has expired without an answer.")
NOT_WON = gettext_noop("The quote “%(name)s” was accepted, but its opportunity could not be won: %(reason)s")


@dataclass(frozen=True)
class Answer:
    """What a customer answers: who, with which signature (a PNG as data address), what is chosen, from where.

    ``seen`` is the hash of what was on the page; ``chosen`` are the ids of optional lines and alternatives, None when the
    quote is taken as it stands.
    """

    signer: str
    signature: str = ""
    chosen: Collection[str] | None = None
    seen: str = ""
    reason: str = ""
    address: str = ""
    user_agent: str = ""
    link_id: uuid.UUID | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def send_quote(
    actor: Actor,
    quote_id: uuid.UUID,
    recipient: Recipient,
    *,
    valid_until: date | None = None,
    message: str = "",
    mails: bool = False,
) -> PortalLink:
    """Send a draft to its customer: from now on it is read-only; return the link where the customer answers.

    With ``mails`` the link goes by e-mail. Raises ``Missing``, ``NotAllowed``, ``Conflict`` for what is no draft or whose
    discount is not approved, ``Invalid`` for a quote without content or with a last day that has passed.
    """
    quote = _begun(actor, quote_id)
    if quote.status != QuoteStatus.DRAFT:
        raise Conflict("not_a_draft", told_closed(quote.status))
    last = valid_until or quote.valid_until
    day = today(actor.time_zone)
    if last is None or last < day:
        raise Invalid([FieldError("valid_until", "past", _("Say until when the quote holds: today or later."))])
    if not lines_count(quote_id) and not quote.amount:
        raise Invalid([FieldError("", "empty", _("There is nothing in this quote yet. Add lines or an amount."))])
    if mails and not recipient.email:
        raise Invalid([FieldError("email", "required", _("Whom should it be sent to?"))])
    require_discount("quote", quote_id)
    spec = spec_for(actor.organization, "quote")
    with taking_step(status=QuoteStatus.SENT, sent_at=now(), valid_until=last):
        door.update(actor, spec, quote_id, {})
    link = _link(actor, quote_id, recipient, last)
    if mails:
        send_by_mail(actor, link, message=message)
    publish(QuoteSent(actor.organization_id, quote_id))
    return link


@transaction.atomic
def send_again(
    actor: Actor, quote_id: uuid.UUID, recipient: Recipient, *, message: str = "", mails: bool = False
) -> PortalLink:
    """Give a quote that was sent already to somebody more; raises as ``send_quote``."""
    quote = _begun(actor, quote_id)
    if quote.status != QuoteStatus.SENT or quote.valid_until is None:
        raise Conflict("not_sent", told_closed(quote.status) or _("Send the quote first."))
    link = _link(actor, quote_id, recipient, quote.valid_until)
    if mails:
        send_by_mail(actor, link, message=message)
    return link


def _link(actor: Actor, quote_id: uuid.UUID, recipient: Recipient, last: date) -> PortalLink:
    latest = today(actor.time_zone) + timedelta(days=365)
    until = min(last + timedelta(days=READABLE_DAYS), latest)
    return create_link(actor, "quote", quote_id, purpose=PURPOSE, recipient=recipient, expires_on=until)


@transaction.atomic
def accept_quote(actor: Actor, quote_id: uuid.UUID, answer: Answer) -> QuoteDecision:
    """Accept a quote for its customer; nobody changes it from then on.

    Raises ``Conflict`` when it was answered, replaced or changed meanwhile or has expired, ``Invalid`` for a missing name,
    a choice that does not fit, or a signature that is none. Of two at once one is first, and the other is told so.
    """
    quote = _answerable(actor, quote_id, answer)
    signature = read_signature(answer.signature)
    context = WriteContext.for_actor(actor)
    if answer.chosen is not None:
        _write_choice(actor, quote_id, answer.chosen, context)
    quote.refresh_from_db()
    content = {**content_of(quote), **answer.extra}
    file = store_file(actor, SimpleUploadedFile("signature.png", signature)) if signature else None
    decision = _decide(actor, quote, answer, DecisionKind.ACCEPTED, content=content, signature=file)
    with taking_step(status=QuoteStatus.ACCEPTED, decided_at=decision.at):
        door.update(actor, spec_for(actor.organization, "quote"), quote_id, {}, context=context)
    publish(QuoteAccepted(actor.organization_id, quote_id))
    _tell(quote, ACCEPTED, actor, who=decision.signer)
    _win(actor, quote)
    return decision


@transaction.atomic
def decline_quote(actor: Actor, quote_id: uuid.UUID, answer: Answer) -> QuoteDecision:
    """Decline a quote for its customer; raises as ``accept_quote``."""
    quote = _answerable(actor, quote_id, answer)
    reason = clean_text(answer.reason).strip()[:400]
    decision = _decide(actor, quote, answer, DecisionKind.DECLINED, content=content_of(quote), signature=None)
    with taking_step(status=QuoteStatus.DECLINED, decided_at=decision.at, decline_reason=reason):
        door.update(actor, spec_for(actor.organization, "quote"), quote_id, {})
    publish(QuoteDeclined(actor.organization_id, quote_id, reason))
    _tell(quote, DECLINED, actor, who=decision.signer, reason=reason or "–")
    return decision


def _begun(actor: Actor, quote_id: uuid.UUID) -> Quote:
    """Ask the door for the right to change a quote, and return it locked."""
    with taking_step():
        door.update(actor, spec_for(actor.organization, "quote"), quote_id, {})
    return locked_quote(quote_id)


def _answerable(actor: Actor, quote_id: uuid.UUID, answer: Answer) -> Quote:
    quote = _begun(actor, quote_id)
    if quote.status != QuoteStatus.SENT:
        raise Conflict("not_open", told_answer(quote))
    if quote.valid_until is not None and quote.valid_until < today(actor.organization.time_zone):
        raise Conflict("expired", _("This quote has expired. Ask for a new one."))
    if answer.seen and answer.seen != offered_hash(quote):
        raise Conflict("changed", _("The quote has changed since you opened this page. Please read it again."))
    if not clean_text(answer.signer).strip():
        raise Invalid([FieldError("signer", "required", _("Please give your full name."))])
    return quote


def told_answer(quote: Quote) -> str:
    """Return why a quote can no longer be answered, in words for its customer."""
    told = {
        QuoteStatus.ACCEPTED: _("This quote was accepted already."),
        QuoteStatus.DECLINED: _("This quote was declined already."),
        QuoteStatus.EXPIRED: _("This quote has expired. Ask for a new one."),
        QuoteStatus.REPLACED: _("A newer version has replaced this quote. Please use the link that was sent with it."),
    }
    return told.get(QuoteStatus(quote.status), _("This quote cannot be answered now."))


def read_signature(given: str) -> bytes:
    """Return a drawn signature as PNG; nothing where none was drawn. Raises ``Invalid`` for what is too large or none."""
    if not given:
        return b""
    if len(given) > LARGEST_SIGNATURE:
        raise Invalid([FieldError("signature", "too_large", _("The signature is too large. Clear it and sign again."))])
    unreadable = Invalid(
        [FieldError("signature", "unreadable", _("The signature cannot be read. Clear it and sign again."))]
    )
    if not given.startswith(PNG):
        raise unreadable
    try:
        content = base64.b64decode(given.removeprefix(PNG), validate=True)
    except (binascii.Error, ValueError):
        raise unreadable from None
    if not content.startswith(b"\x89PNG"):
        raise unreadable
    return as_png(SimpleUploadedFile("signature.png", content), "signature")


def _write_choice(actor: Actor, quote_id: uuid.UUID, chosen: Collection[str], context: WriteContext) -> None:
    lines = quote_lines(quote_id)
    try:
        counts = choose(lines, chosen)
    except WrongChoice as wrong:
        message = _("Choose exactly one of the alternatives %(group)s.") % {"group": wrong.group}
        unknown = _("What you chose is not part of this quote any more. Please read it again.")
        raise Invalid([FieldError("chosen", "wrong_choice", message if wrong.group else unknown)]) from None
    present = {str(line["id"]): line["counts"] for line in lines}
    changes = {uuid.UUID(pk): {"counts": value} for pk, value in counts.items() if present[pk] != value}
    if changes:
        with taking_step():
            outcome = door.update_many(actor, spec_for(actor.organization, "quote_line"), changes, context=context)
        if outcome.rejected:
            raise Invalid([error for errors in outcome.rejected.values() for error in errors])


def _decide(
    actor: Actor, quote: Quote, answer: Answer, kind: DecisionKind, *, content: dict[str, Any], signature: Any
) -> QuoteDecision:
    return QuoteDecision.objects.create(
        organization_id=quote.organization_id,
        quote=quote,
        kind=kind,
        signer=clean_text(answer.signer).strip()[:120],
        signature=signature,
        reason=clean_text(answer.reason).strip()[:400],
        address=answer.address[:45],
        user_agent=answer.user_agent[:300],
        link_id=answer.link_id,
        content=content,
        content_hash=hash_of(content),
        entered_by_id=actor.user_id,
    )


def _tell(quote: Quote, text: str, actor: Actor | None = None, **values: str) -> None:
    if quote.owner_id is None:
        return
    place = f"/quotes/{quote.pk}"
    filled = {"name": f"{quote.name} ({quote.known_as})", **values}
    by = actor.user_id if actor else None
    publish(PeopleToTell(quote.organization_id, (quote.owner_id,), text, place, filled, by))


def _win(actor: Actor, quote: Quote) -> None:
    """Win the opportunity of an accepted quote where the organization wants that; what hinders it is told."""
    if quote.opportunity_id is None or not settings_of(actor.organization).wins_opportunity:
        return
    still_open = Opportunity.objects.filter(pk=quote.opportunity_id, outcome="open", deleted_at__isnull=True)
    amounts = list(still_open.values_list("amount", flat=True))
    if not amounts:
        return
    try:
        with transaction.atomic():
            if amounts == [None]:
                # Nobody had said what it is worth: the customer just has.
                worth = {"amount": quote.amount, "currency": quote.currency}
                door.update(actor, spec_for(actor.organization, "opportunity"), quote.opportunity_id, worth)
            win_opportunity(actor, quote.opportunity_id)
    except DomainError as problem:
        _tell(quote, NOT_WON, reason=str(problem.message))


def expire_quotes(actor: Actor) -> int:
    """Let quotes end whose last day has passed, and remind of those that end soon; return how many ended."""
    day = today(actor.organization.time_zone)
    spec = spec_for(actor.organization, "quote")
    rows = Quote.objects.filter(status=QuoteStatus.SENT, deleted_at__isnull=True)
    ended = 0
    for quote_id in list(rows.filter(valid_until__lt=day).order_by("pk").values_list("pk", flat=True)):
        quote = locked_quote(quote_id)
        if quote.status != QuoteStatus.SENT or quote.valid_until is None or quote.valid_until >= day:
            continue
        with taking_step(status=QuoteStatus.EXPIRED):
            door.update(actor, spec, quote_id, {})
        _tell(quote, EXPIRED)
        ended += 1
    soon = day + timedelta(days=settings_of(actor.organization).remind_days)
    for quote in rows.filter(valid_until__range=(day, soon), reminded_on=None).order_by("pk"):
        _tell(quote, ENDING, day=str(quote.valid_until))
        Quote.objects.filter(pk=quote.pk).update(reminded_on=day)
    return ended
