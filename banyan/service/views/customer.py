"""What a customer sees of a ticket at their link: how far it is, what was said; they answer and rate there."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Refused
from banyan.core.kernel.languages import written_instant
from banyan.portal.public import PortalPage, Visit, VisitKind, note_visit
from banyan.service.choices import MODULE, OVER, TICKET, MessageKind, TicketChannel, TicketState
from banyan.service.models import Ticket, TicketMessage
from banyan.service.queries import fitting_articles, messages_of
from banyan.service.services import talking

#: More answers of one customer within an hour are no conversation.
MOST_AN_HOUR = 30


def show(visit: Visit) -> HttpResponse:
    """Show a ticket, and what its customer can do now."""
    ticket = Ticket.objects.select_related("owner").get(pk=visit.record_id)
    is_over = ticket.state in OVER
    sent = visit.request.POST if visit.problem else {}
    context = {
        "ticket": {
            "number": ticket.number,
            "name": ticket.name,
            "description": ticket.description,
            "state": str(TicketState(ticket.state).label),
            "received": _when(ticket.received_at, visit.language),
            "due": "" if is_over or ticket.state == TicketState.WAITING else _when(_expected(ticket), visit.language),
            "solved": _when(ticket.solved_at, visit.language) if is_over else "",
            "owner": ticket.owner.name if ticket.owner else "",
        },
        "messages": [
            {
                "name": said.author.name if said.author else said.name,
                "is_ours": said.kind == MessageKind.REPLY,
                "text": said.text,
                "when": _when(said.at, visit.language),
            }
            for said in messages_of(ticket.pk, for_customer=True)
        ],
        "can_answer": ticket.state != TicketState.CLOSED,
        "is_solved": ticket.state == TicketState.SOLVED,
        "can_rate": is_over,
        "score": ticket.score or 0,
        "remark": ticket.remark,
        "stars": [{"value": value, "label": str(label)} for value, label in STARS],
        "articles": [] if is_over else fitting_articles(visit.actor, ticket.name, for_customers=True),
        "sent": sent,
    }
    return visit.answer("service/customer.html", context)


STARS = (
    (5, gettext_lazy("★★★★★ Very satisfied")),
    (4, gettext_lazy("★★★★ Satisfied")),
    (3, gettext_lazy("★★★ It was all right")),
    (2, gettext_lazy("★★ Not satisfied")),
    (1, gettext_lazy("★ Not at all")),
)


def _expected(ticket: Ticket) -> Any:
    """Return by when a customer may expect the solution; nothing that has passed already."""
    return ticket.solve_by if ticket.solve_by and ticket.solve_by > now() else None


def _when(at: Any, language: str) -> str:
    return written_instant(localtime(at), language) if at else ""


def answer(visit: Visit) -> HttpResponse:
    """Take what the customer writes; the ticket goes on."""
    recent = TicketMessage.objects.filter(
        ticket=visit.record_id, kind=MessageKind.CUSTOMER, at__gt=now() - talking.HOUR
    )
    if recent.count() >= MOST_AN_HOUR:
        raise Refused("too_many", _("That were many messages. Wait a little, or call us."))
    ticket = talking.locked_ticket(visit.actor, visit.record_id)
    sent = visit.request.POST
    said = talking.hear(
        visit.actor, ticket, name=sent.get("name", ""), text=sent.get("text", ""), channel=TicketChannel.PORTAL.value
    )
    note_visit(visit.link, VisitKind.ANSWER, visit.network, said.text)
    return visit.done("answered")


def rate(visit: Visit) -> HttpResponse:
    """Keep how satisfied the customer is."""
    ticket = talking.locked_ticket(visit.actor, visit.record_id)
    sent = visit.request.POST
    talking.rate(visit.actor, ticket, score=sent.get("score", ""), remark=sent.get("remark", ""))
    note_visit(
        visit.link, VisitKind.ANSWER, visit.network, _("Rated %(score)s of 5") % {"score": sent.get("score", "")}
    )
    return visit.done("rated")


def _recipient(_actor: Any, row: Any) -> tuple[str, str, str]:
    ticket = Ticket.objects.filter(pk=row["id"]).first()
    return (ticket.requester, talking.address_of(ticket), "") if ticket else ("", "", "")


PAGE = PortalPage(
    purpose=talking.PURPOSE,
    object_name=TICKET,
    module=MODULE,
    label=gettext_lazy("The customer follows the ticket, answers and rates"),
    render=show,
    actions={"answer": answer, "rate": rate},
    notices={
        "answered": gettext_lazy("Thank you. We have your answer."),
        "rated": gettext_lazy("Thank you for your rating."),
    },
    valid_days=180,
    recipient=_recipient,
)
