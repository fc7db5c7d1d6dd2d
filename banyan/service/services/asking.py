"""Tickets that customers write themselves at their service page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid, Refused
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.records import door
from banyan.customers.public import Contact
from banyan.service.choices import TicketChannel
from banyan.service.models import Ticket
from banyan.service.queries import ticket_spec
from banyan.service.setting import service_setting

LONGEST_TEXT = 20_000
#: More new tickets of one customer within an hour are no questions.
MOST_AN_HOUR = 10
NEW = gettext_noop("A customer has written a ticket: %(number)s %(ticket)s")


@dataclass(frozen=True)
class Asked:
    """What a customer fills in."""

    subject: str
    description: str = ""
    name: str = ""
    email: str = ""


@transaction.atomic
def ask(actor: Actor, customer_id: uuid.UUID, asked: Asked) -> Ticket:
    """Take a ticket of a customer, find who asks among its contacts, and tell the supervisor.

    ``actor`` is the system. Raises ``Invalid`` with what is wrong, ``Refused`` when there come too many.
    """
    subject, text = clean_text(asked.subject).strip(), clean_text(asked.description).strip()
    if not subject:
        raise Invalid([FieldError("subject", "required", _("Say in a few words what it is about."))])
    if len(text) > LONGEST_TEXT:
        message = _("At most %(maximum)d characters fit.") % {"maximum": LONGEST_TEXT}
        raise Invalid([FieldError("description", "too_long", message)])
    recent = Ticket.objects.filter(
        customer=customer_id, channel=TicketChannel.PORTAL, created_at__gt=now() - timedelta(hours=1)
    )
    if recent.count() >= MOST_AN_HOUR:
        raise Refused("too_many", _("That were many messages. Wait a little, or call us."))
    email = clean_text(asked.email).strip()
    known = (
        Contact.objects.filter(customer=customer_id, email__iexact=email, deleted_at__isnull=True).first()
        if email
        else None
    )
    values = {
        "name": subject[:200], "description": text, "customer": customer_id, "channel": TicketChannel.PORTAL.value,
        "requester": clean_text(asked.name).strip()[:120], "email": email, "contact": known.pk if known else None,
    }  # fmt: skip
    made = door.create(actor, ticket_spec(actor), values)
    if not isinstance(made, Ticket):
        raise TypeError
    supervisor = parse_id(service_setting(actor.organization).supervisor)
    if supervisor:
        told = {"number": made.number, "ticket": made.name}
        publish(PeopleToTell(actor.organization_id, (supervisor,), NEW, f"/tickets/{made.pk}", told))
    return made
