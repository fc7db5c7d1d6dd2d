"""The service page of a customer: its tickets, and a form to write a new one, at a link without an account."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.errors import Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.languages import written_instant
from banyan.customers.public import Contact, Customer
from banyan.portal.public import PortalPage, Visit, VisitKind, note_visit
from banyan.service.choices import MODULE, TicketState
from banyan.service.models import LIVE, Ticket
from banyan.service.services import asking, talking

MOST_LISTED = 50


def show(visit: Visit) -> HttpResponse:
    """List the tickets of a customer, newest first, above the form."""
    rows = Ticket.objects.filter(LIVE, customer=visit.record_id).order_by("-received_at", "-pk")[:MOST_LISTED]
    context = {
        "customer": visit.row.get("name") or "",
        "tickets": [
            {
                "number": row.number,
                "name": row.name,
                "state": str(TicketState(row.state).label),
                "when": written_instant(localtime(row.received_at), visit.language) if row.received_at else "",
                "url": visit.url("ticket", id=str(row.pk)),
            }
            for row in rows
        ],
        "sent": visit.request.POST if visit.problem else {},
    }
    return visit.answer("service/desk.html", context)


def ask(visit: Visit) -> HttpResponse:
    """Take a new ticket, and lead to its own page."""
    sent = visit.request.POST
    given = asking.Asked(*(sent.get(name, "") for name in ("subject", "description", "name", "email")))
    ticket = asking.ask(visit.actor, visit.record_id, given)
    note_visit(visit.link, VisitKind.ANSWER, visit.network, ticket.name)
    return HttpResponseRedirect(talking.customer_link(visit.actor, ticket).url, status=303)


def open_ticket(visit: Visit) -> HttpResponse:
    """Lead to the page of one of the customer's tickets."""
    wanted = parse_id(visit.request.GET.get("id", ""))
    ticket = Ticket.objects.filter(LIVE, pk=wanted, customer=visit.record_id).first() if wanted else None
    if ticket is None:
        raise Missing("not_found", _("There is no such ticket."))
    return HttpResponseRedirect(talking.customer_link(visit.actor, ticket).url)


def _recipient(_actor: Any, row: Any) -> tuple[str, str, str]:
    contact = Contact.objects.filter(customer=row["id"], deleted_at__isnull=True).exclude(email="").first()
    if contact is not None:
        return contact.name, str(contact.email), ""
    customer = Customer.objects.filter(pk=row["id"]).first()
    return (customer.name, str(customer.email or ""), "") if customer else ("", "", "")


PAGE = PortalPage(
    purpose="service",
    object_name="customer",
    module=MODULE,
    label=gettext_lazy("The customer writes tickets and follows them"),
    render=show,
    actions={"ask": ask},
    downloads={"ticket": open_ticket},
    valid_days=365,
    recipient=_recipient,
)
