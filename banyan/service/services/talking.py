"""What is said about a ticket: replies, notes, answers of the customer, and the steps that go with them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import User
from banyan.core.jobs.registration import IMMEDIATE, defer, job
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Refused
from banyan.core.kernel.events import publish
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.kinds import reference_to
from banyan.core.records import door
from banyan.core.web.mail import reaches_people, send_message
from banyan.customers.public import Contact
from banyan.documents.public import head_of
from banyan.portal.public import PortalLink, Recipient, create_link
from banyan.service.choices import OVER, TICKET, MessageKind, TicketState
from banyan.service.engine.mail_reading import BREAK
from banyan.service.engine.message_ids import new_message_id
from banyan.service.events import CustomerAnswered
from banyan.service.models import BEST_SCORE, Article, IncomingMail, Mailbox, Ticket, TicketMessage
from banyan.service.queries import ticket_spec
from banyan.service.references import step
from banyan.teamwork.public import mentioned, tell_mentioned

PURPOSE = "ticket"
HOUR = timedelta(hours=1)
LONGEST_TEXT = 20_000
LONGEST_REMARK = 1_000
ANSWERED = gettext_noop("%(who)s answered “%(ticket)s”: %(text)s")
RATED = gettext_noop("“%(ticket)s” was rated %(score)s of 5.")
#: What a reply may do with the ticket besides.
THEN = {"wait": TicketState.WAITING, "solve": TicketState.SOLVED, "work": TicketState.OPEN}


@dataclass(frozen=True)
class Said:
    """What somebody writes: ``then`` is what becomes of the ticket (``wait``, ``solve`` or empty), ``at`` when it was said."""

    text: str
    kind: str = MessageKind.REPLY.value
    then: str = ""
    mails: bool = False
    channel: str = ""
    articles: tuple[uuid.UUID, ...] = ()
    at: datetime | None = None


def locked_ticket(actor: Actor, ticket_id: uuid.UUID) -> Ticket:
    """Lock a ticket that the actor may change and return it; raise ``Missing`` or ``NotAllowed``."""
    spec = ticket_spec(actor)
    require(actor, spec, Action.EDIT)
    (found,) = door.lock(actor, spec, [ticket_id], Action.EDIT)
    if not isinstance(found, Ticket):
        raise TypeError
    return found


@transaction.atomic
def say(actor: Actor, ticket_id: uuid.UUID, said: Said) -> TicketMessage:
    """Write a reply or a note, and take the ticket a step further in the same save.

    Raises ``Invalid`` for an empty text, ``Refused`` when a closed ticket is answered or there is no address to send to.
    """
    ticket = locked_ticket(actor, ticket_id)
    text = _checked(said.text)
    if said.kind not in {MessageKind.REPLY.value, MessageKind.NOTE.value} or said.then not in {"", *THEN}:
        raise Invalid([FieldError("kind", "unknown", _("Choose a reply or a note."))])
    is_reply = said.kind == MessageKind.REPLY
    if is_reply and ticket.state == TicketState.CLOSED:
        raise Refused("closed", _("This ticket is closed. Reopen it to answer, or write a note."))
    address = address_of(ticket) if is_reply and said.mails else ""
    if is_reply and said.mails:
        _require_mail(address)
    message = TicketMessage.objects.create(
        organization_id=actor.organization_id, ticket=ticket, kind=said.kind, channel=said.channel,
        author_id=actor.user_id, name=_name_of(actor), text=text, mailed_to=address, at=said.at or now(),
    )  # fmt: skip
    _follow_reply(actor, ticket, said, is_reply=is_reply)
    if is_reply and said.articles:
        Article.objects.filter(pk__in=said.articles).update(used=F("used") + 1)
    if address:
        defer(send_reply, actor, message_id=str(message.pk))
    _tell_mentioned(actor, ticket, text)
    return message


def _follow_reply(actor: Actor, ticket: Ticket, said: Said, *, is_reply: bool) -> None:
    """Let a reply count as the first one, give the ticket to whoever answers, and set the state that was asked for."""
    values: dict[str, Any] = {}
    derived: dict[str, Any] = {}
    if is_reply and ticket.first_replied_at is None:
        derived["first_replied_at"] = said.at or now()
    if is_reply and ticket.owner_id is None and actor.user_id is not None:
        values["owner"] = actor.user_id
    if said.then:
        values["state"] = THEN[said.then].value
    elif is_reply and ticket.state == TicketState.NEW:
        values["state"] = TicketState.OPEN.value
    if values or derived:
        door.update(actor, ticket_spec(actor), ticket.pk, values, context=step(actor, at=said.at, **derived))


@transaction.atomic
def take(actor: Actor, ticket_id: uuid.UUID, *, at: datetime | None = None) -> None:
    """Give a ticket to oneself and begin with it. Raises ``Conflict`` when somebody else has taken it meanwhile."""
    ticket = locked_ticket(actor, ticket_id)
    if ticket.owner_id == actor.user_id:
        return
    if ticket.owner_id is not None:
        name = ticket.owner.name if ticket.owner else ""
        raise Conflict(
            "taken", _("%(name)s has this ticket already. Change the owner to take it over.") % {"name": name}
        )
    values: dict[str, Any] = {"owner": actor.user_id}
    if ticket.state == TicketState.NEW:
        values["state"] = TicketState.OPEN.value
    door.update(actor, ticket_spec(actor), ticket_id, values, context=step(actor, at=at))


@transaction.atomic
def set_state(actor: Actor, ticket_id: uuid.UUID, state: str, *, at: datetime | None = None) -> None:
    """Move a ticket to another state; raises ``Invalid`` for none that there is."""
    locked_ticket(actor, ticket_id)
    if state not in TicketState.values:
        raise Invalid([FieldError("state", "unknown", _("There is no such state."))])
    door.update(actor, ticket_spec(actor), ticket_id, {"state": state}, context=step(actor, at=at))


@transaction.atomic
def hear(
    actor: Actor, ticket: Ticket, *, name: str, text: str, channel: str, at: datetime | None = None
) -> TicketMessage:
    """Take what a customer wrote: the ticket goes on where it waited or was solved, and its owner is told.

    ``actor`` is the system. Raises ``Invalid`` for an empty text, ``Refused`` for a closed ticket.
    """
    written, state = _checked(text), str(ticket.state)
    if ticket.state == TicketState.CLOSED:
        raise Refused("closed", _("This matter is closed. Please write to us anew, or call us."))
    said = TicketMessage.objects.create(
        organization_id=actor.organization_id, ticket=ticket, kind=MessageKind.CUSTOMER, channel=channel,
        name=(clean_text(name).strip() or ticket.requester or _("The customer"))[:120], text=written, at=at or now(),
    )  # fmt: skip
    if ticket.state in {TicketState.WAITING, TicketState.SOLVED}:
        door.update(actor, ticket_spec(actor), ticket.pk, {"state": TicketState.OPEN.value}, context=step(actor, at=at))
    if at is None:
        publish(CustomerAnswered(actor.organization_id, ticket.pk, said.pk, channel, state))
    if ticket.owner_id is not None and at is None:
        values = {"who": said.name, "ticket": ticket.name, "text": written[:120]}
        publish(PeopleToTell(actor.organization_id, (ticket.owner_id,), ANSWERED, f"/tickets/{ticket.pk}", values))
    return said


@transaction.atomic
def rate(actor: Actor, ticket: Ticket, *, score: str, remark: str, at: datetime | None = None) -> None:
    """Keep how satisfied a customer is, from 1 to 5. Raises ``Invalid``, or ``Refused`` before the ticket is solved."""
    if ticket.state not in OVER:
        raise Refused("not_solved", _("You can rate our service once this is solved."))
    if not score.isdecimal() or not 1 <= int(score) <= BEST_SCORE:
        raise Invalid([FieldError("score", "out_of_range", _("Choose from one to five stars."))])
    said = clean_text(remark).strip()
    if len(said) > LONGEST_REMARK:
        message = _("At most %(maximum)d characters fit.") % {"maximum": LONGEST_REMARK}
        raise Invalid([FieldError("remark", "too_long", message)])
    context = step(actor, at=at, score=int(score), remark=said, rated_at=at or now())
    door.update(actor, ticket_spec(actor), ticket.pk, {}, context=context)
    if ticket.owner_id is not None and at is None:
        values = {"ticket": ticket.name, "score": score}
        publish(PeopleToTell(actor.organization_id, (ticket.owner_id,), RATED, f"/tickets/{ticket.pk}", values))


def address_of(ticket: Ticket) -> str:
    """Return the e-mail address of whoever asks; empty when none is known."""
    if ticket.email:
        return str(ticket.email)
    contact = Contact.objects.filter(pk=ticket.contact_id).first() if ticket.contact_id else None
    return str(contact.email or "") if contact else ""


def _require_mail(address: str) -> None:
    if not reaches_people():
        message = _("No mail server is set up yet, so nothing can be sent. Save the reply without sending, and pass on"
                    " the customer's link.")  # fmt: skip
        raise Refused("no_mail", message)
    if not address:
        message = _(
            "There is no e-mail address to send to. Add one to the ticket or its contact, or save without sending."
        )
        raise Refused("no_address", message)


def _name_of(actor: Actor) -> str:
    return (actor.user.name if actor.user else actor.organization.name)[:120]


def _checked(text: str) -> str:
    written = clean_text(text).strip()
    if not written:
        raise Invalid([FieldError("text", "required", _("Write something first."))])
    if len(written) > LONGEST_TEXT:
        message = _("At most %(maximum)d characters fit.") % {"maximum": LONGEST_TEXT}
        raise Invalid([FieldError("text", "too_long", message)])
    return written


def _tell_mentioned(actor: Actor, ticket: Ticket, text: str) -> None:
    people = User.objects.filter(pk__in=mentioned(text)).select_related("organization")
    about = reference_to(TICKET, ticket.pk)
    tell_mentioned(people, about, by=_name_of(actor), text=text, actor_id=actor.user_id)


def customer_link(actor: Actor, ticket: Ticket) -> PortalLink:
    """Return an open link to a ticket for whoever asks; a new one when there is none."""
    present = PortalLink.objects.filter(object_name=TICKET, record_id=ticket.pk, purpose=PURPOSE, withdrawn_at=None)
    link = present.filter(expires_at__gt=now()).order_by("-expires_at").first()
    if link is not None:
        return link
    recipient = Recipient(ticket.requester, address_of(ticket), actor.organization.language)
    return create_link(actor, TICKET, ticket.pk, purpose=PURPOSE, recipient=recipient)


@job("service.send_reply", label=gettext_lazy("A reply is sent to the customer"), queue=IMMEDIATE, attempts=5)
def send_reply(actor: Actor, *, message_id: str) -> None:
    """Send a reply to the customer."""
    deliver(actor, uuid.UUID(message_id))


def deliver(actor: Actor, message_id: uuid.UUID) -> None:
    """Send a reply once, with the link at which it is answered."""
    message = TicketMessage.objects.select_related("ticket", "author").filter(pk=message_id).first()
    if message is None or not message.mailed_to or message.mailed_at is not None:
        return
    ticket, language = message.ticket, actor.organization.language
    link = customer_link(actor, ticket)
    context = {
        "link": link.url,
        "company": head_of(actor.organization, language).name,
        "number": ticket.number,
        "subject": ticket.name,
        "recipient": ticket.requester,
        "text": message.text,
        "who": message.name,
        "mark": BREAK,
    }
    last = IncomingMail.objects.filter(ticket=ticket).select_related("mailbox").order_by("-at").first()
    mailbox = last.mailbox if last else Mailbox.objects.filter(is_on=True).order_by("pk").first()
    reply_to = mailbox.address if mailbox else message.author.email if message.author else ""
    headers = {"Message-ID": new_message_id(actor.organization_id, ticket.pk)}
    if last is not None and last.message_id:
        headers |= {"In-Reply-To": last.message_id, "References": last.message_id}
    send_message(
        message.mailed_to, "ticket_reply", language=language, context=context, reply_to=reply_to, headers=headers
    )
    TicketMessage.objects.filter(pk=message.pk).update(mailed_at=now())
