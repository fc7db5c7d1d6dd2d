"""What becomes of a mail: a ticket, a word in the ticket that it answers, or nothing, with the reason."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.standing import actor_for
from banyan.core.files.services import attach
from banyan.core.identity.events import PeopleToTell
from banyan.core.jobs.registration import IMMEDIATE, defer, job
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Refused
from banyan.core.kernel.events import publish
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import specs_on
from banyan.core.records import door
from banyan.core.web.mail import reaches_people, send_message
from banyan.customers.public import Contact, keys_to_look_up, records_by_key
from banyan.documents.public import head_of
from banyan.service.choices import MailState, MessageKind, TicketChannel, TicketState
from banyan.service.engine.mail_reading import BREAK, ReadMail
from banyan.service.engine.message_ids import new_message_id, ticket_behind
from banyan.service.models import IncomingMail, Mailbox, Ticket, TicketMessage
from banyan.service.queries import ticket_spec
from banyan.service.services import talking
from banyan.service.services.threads import answered_ticket

HOUR = timedelta(hours=1)
#: More of one sender within an hour are a loop or a flood: they are listed, and neither answered nor made to tickets.
MOST_TICKETS, MOST_WORDS, MOST_CONFIRMATIONS = 10, 30, 3
NEW = gettext_noop("A mail has become a ticket: %(number)s %(ticket)s")
REASONS = {
    "own": gettext_noop("It comes from one of your own mailboxes."),
    "answer": gettext_noop("It is an automatic answer."),
    "machine": gettext_noop("A program has written it."),
    "list": gettext_noop("It was sent to a mailing list or to many."),
    "bounce": gettext_noop("It reports that a mail could not be delivered."),
    "flood": gettext_noop("This sender has sent too many within an hour."),
}


@dataclass(frozen=True)
class Outcome:
    """What became of a mail, why, and the ticket."""

    state: MailState
    reason: str = ""
    ticket: Ticket | None = None


def take_mail(actor: Actor, mailbox: Mailbox, mail: ReadMail, *, insists: bool = False) -> Outcome:
    """Make of a mail what it is; ``insists`` when a person has asked for a ticket of one that was left out.

    ``actor`` is the system. The caller's transaction holds everything that is written.
    """
    if mail.is_bounce and not insists:
        return _bounced(actor, mail)
    reason = "" if insists else _why_left(mail)
    if reason:
        return Outcome(MailState.LEFT, reason)
    ticket = answered_ticket(actor.organization_id, mail)
    if ticket is not None and ticket.state != TicketState.CLOSED:
        _add(actor, ticket, mail)
        return Outcome(MailState.ADDED, ticket=ticket)
    made = _make(actor, mailbox, mail, follows=ticket)
    return Outcome(MailState.MADE, ticket=made)


def _why_left(mail: ReadMail) -> str:
    if Mailbox.objects.filter(address__iexact=mail.sender).exists():
        return "own"
    if mail.automatic:
        return mail.automatic
    recent = IncomingMail.objects.filter(sender=mail.sender, at__gt=now() - HOUR)
    if recent.filter(state=MailState.MADE).count() >= MOST_TICKETS or recent.count() >= MOST_WORDS:
        return "flood"
    return ""


def _bounced(actor: Actor, mail: ReadMail) -> Outcome:
    """Note at the ticket that what we wrote did not arrive."""
    ticket_id = ticket_behind(actor.organization_id, (*mail.references, *mail.quoted_ids))
    ticket = Ticket.objects.filter(pk=ticket_id, deleted_at=None).first() if ticket_id else None
    if ticket is not None:
        text = _("A mail to the customer could not be delivered. Check the address, or call.")
        TicketMessage.objects.create(
            organization_id=actor.organization_id, ticket=ticket, kind=MessageKind.NOTE, channel=TicketChannel.MAIL,
            name=mail.sender[:120] or _("Mail server"), text=text,
        )  # fmt: skip
    return Outcome(MailState.LEFT, "bounce", ticket)


def _add(actor: Actor, ticket: Ticket, mail: ReadMail) -> None:
    locked = talking.locked_ticket(actor, ticket.pk)
    left_out = _keep_files(actor, locked, mail)
    text = "\n\n".join(filter(None, (mail.text or mail.subject or _("(empty mail)"), left_out)))
    name = mail.name or mail.sender
    talking.hear(actor, locked, name=name, text=text[: talking.LONGEST_TEXT], channel=TicketChannel.MAIL.value)


def _make(actor: Actor, mailbox: Mailbox, mail: ReadMail, *, follows: Ticket | None) -> Ticket:
    contact = known_contact(actor, mailbox, mail.sender)
    values = {
        "name": mail.subject or (mail.whole_text.split("\n")[0][:200]) or _("(no subject)"),
        "description": mail.whole_text,
        "channel": TicketChannel.MAIL.value,
        "requester": mail.name or mail.sender[:120],
        "email": mail.sender,
        "priority": mailbox.priority,
        "kind": mailbox.kind,
        "team": mailbox.team,
        "contact": contact.pk if contact else None,
        "owner": mailbox.owner_id if mailbox.owner and mailbox.owner.is_active else None,
    }
    made = door.create(actor, ticket_spec(actor), values)
    if not isinstance(made, Ticket):
        raise TypeError
    notes = [_keep_files(actor, made, mail)]
    if follows is not None:
        notes.append(_("This goes on from %(number)s, which is closed.") % {"number": follows.number})
    for text in filter(None, notes):
        TicketMessage.objects.create(
            organization_id=actor.organization_id, ticket=made, kind=MessageKind.NOTE, channel=TicketChannel.MAIL,
            name=actor.organization.name[:120], text=text,
        )  # fmt: skip
    if made.owner_id is not None:
        told = {"number": made.number, "ticket": made.name}
        publish(PeopleToTell(actor.organization_id, (made.owner_id,), NEW, f"/tickets/{made.pk}", told))
    return made


def _keep_files(actor: Actor, ticket: Ticket, mail: ReadMail) -> str:
    """Attach the files of a mail, and say which were refused and why; raise ``NotScanned`` while the scanner is silent."""
    refused = []
    for file in mail.files:
        try:
            attach(actor, object_name="ticket", record_id=ticket.pk, upload=SimpleUploadedFile(file.name, file.content))
        except Refused as problem:
            refused.append(f"{file.name}: {problem.message}")
    return _("Left out: %(files)s") % {"files": "; ".join(refused)} if refused else ""


def known_contact(actor: Actor, mailbox: Mailbox, address: str) -> Contact | None:
    """Return the one contact with an address that the mailbox may know: what its owner sees, or everything without one."""
    seer = actor_for(mailbox.owner) if mailbox.owner and mailbox.owner.is_active else actor
    spec = specs_on(actor.organization).get("contact")
    if spec is None:
        return None
    keys = keys_to_look_up(spec, [f"e:{address}"])
    ids = {pk for found in records_by_key("contact", keys, most_each=20).values() for pk in found}
    found = list(restrict(live_rows(seer, spec), seer, spec).filter(pk__in=ids)[:2]) if ids else []
    return found[0] if len(found) == 1 and isinstance(found[0], Contact) else None


def want_confirmation(actor: Actor, row: IncomingMail) -> None:
    """Queue the confirmation of a new ticket, unless this sender has had enough of them."""
    recent = IncomingMail.objects.filter(sender=row.sender, confirmed_at__gt=now() - HOUR)
    if row.mailbox.confirms and reaches_people() and recent.count() < MOST_CONFIRMATIONS:
        defer(confirm, actor, mail_id=str(row.pk))


@job(
    "service.confirm_mail",
    label=gettext_lazy("The number of a ticket is told to its sender"),
    queue=IMMEDIATE,
    attempts=5,
)
def confirm(actor: Actor, *, mail_id: str) -> None:
    """Tell the sender the number of the ticket, once."""
    row = IncomingMail.objects.select_related("mailbox", "ticket").filter(pk=uuid.UUID(mail_id)).first()
    if row is None or row.ticket is None or row.confirmed_at is not None:
        return
    language = actor.organization.language
    context = {
        "number": row.ticket.number, "subject": row.ticket.name, "recipient": row.name, "mark": BREAK,
        "company": head_of(actor.organization, language).name, "text": row.mailbox.confirmation,
        "link": talking.customer_link(actor, row.ticket).url,
    }  # fmt: skip
    headers = {
        "Message-ID": new_message_id(actor.organization_id, row.ticket.pk), "Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All",
        **({"In-Reply-To": row.message_id, "References": row.message_id} if row.message_id else {}),
    }  # fmt: skip
    send_message(
        row.sender, "ticket_received", language=language, context=context, reply_to=row.mailbox.address, headers=headers
    )
    IncomingMail.objects.filter(pk=row.pk).update(confirmed_at=now())
