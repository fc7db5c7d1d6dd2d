"""How a mail finds the ticket it answers: our mails carry ids that only this installation can have made.

A number in the subject counts only for people who take part in the ticket already: whoever guesses one gets a ticket of
their own.
"""

from __future__ import annotations

import re
import uuid

from banyan.core.kernel.text.email import normalize_email
from banyan.service.engine.mail_reading import ReadMail
from banyan.service.engine.message_ids import ticket_behind
from banyan.service.models import LIVE, IncomingMail, Ticket
from banyan.service.services.talking import address_of

_NUMBER = re.compile(r"\[(T-\d{4,12})\]")


def answered_ticket(organization_id: uuid.UUID, mail: ReadMail) -> Ticket | None:
    """Return the live ticket that a mail belongs to; None when it begins something new."""
    proven = ticket_behind(organization_id, mail.references)
    if proven is not None:
        found = Ticket.objects.filter(LIVE, pk=proven).first() or _moved(mail.references)
        if found is not None:
            return found
    if mail.references:
        known = IncomingMail.objects.filter(message_id__in=mail.references, ticket__deleted_at=None)
        for row in known.exclude(ticket=None).select_related("ticket")[:20]:
            if row.ticket is not None and takes_part(row.ticket, mail.sender):
                return row.ticket
    number = _NUMBER.search(mail.subject)
    ticket = Ticket.objects.filter(LIVE, number=number[1]).first() if number else None
    return ticket if ticket is not None and takes_part(ticket, mail.sender) else None


def _moved(message_ids: tuple[str, ...]) -> Ticket | None:
    """Return where a ticket went that was merged: what was said moved there, and so did its mails."""
    rows = IncomingMail.objects.filter(message_id__in=message_ids, ticket__deleted_at=None).exclude(ticket=None)
    found = rows.select_related("ticket").first()
    return found.ticket if found else None


def takes_part(ticket: Ticket, sender: str) -> bool:
    """Say whether somebody writes from an address that belongs to a ticket."""
    if normalize_email(address_of(ticket)) == sender:
        return True
    return IncomingMail.objects.filter(ticket=ticket, sender=sender).exists()
