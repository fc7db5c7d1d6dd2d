"""What the service app shows on other pages: the conversation of a ticket, tickets of customers, the work of the day."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Avg, Count, Q
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.listing.filters import live_rows
from banyan.core.listing.labels import labels_of
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro
from banyan.core.web.day import DayList, FirstStep
from banyan.core.web.mail import reaches_people
from banyan.core.web.menu import may
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import Presenter, short_instant
from banyan.core.web.timeline_records import records_around
from banyan.customers.public import Figure
from banyan.service.choices import MODULE, OVER, TICKET, UNSOLVED, Audience, MessageKind, TicketState
from banyan.service.engine.clock import clock_of
from banyan.service.models import Ticket
from banyan.service.queries import canned_answers, fitting_articles, messages_of
from banyan.service.rules import filled_text, share_used
from banyan.service.services.talking import address_of

PARTS = "service/parts.html"
OPEN_STATES = [state.value for state in UNSOLVED]
Row = Mapping[str, Any]


def conversation(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return where a ticket stands, what was said, and the box to answer in."""
    return conversation_with(actor, spec, row["id"])


def conversation_with(
    actor: Actor, spec: ObjectSpec, ticket_id: uuid.UUID, *, error: str = "", written: Row | None = None
) -> Markup | None:
    """Return the same, with what was refused and had been written."""
    ticket = Ticket.objects.select_related("owner").filter(pk=ticket_id).first()
    if ticket is None:
        return None
    can_edit = may(actor, spec, Action.EDIT) and (
        restrict(live_rows(actor, spec), actor, spec, Action.EDIT).filter(pk=ticket_id).exists()
    )
    url = f"/{spec.plural}/{ticket_id}"
    given = written or {}
    shown = {
        "id": f"conversation-{ticket_id}",
        "object": spec.plural,
        "live_url": f"{url}/conversation",
        "clock": _clock(actor, ticket),
        "steps": _steps(actor, spec, ticket, url) if can_edit else [],
        "description": ticket.description,
        "asked": _asked(actor, ticket),
        "messages": [_message(actor, said) for said in messages_of(ticket_id)],
        "box": _box(actor, ticket, url, given) if can_edit else None,
        "error": error,
    }
    return macro(PARTS, "conversation", shown)


def _asked(actor: Actor, ticket: Ticket) -> str:
    """Say who asked, and when."""
    when = short_instant(ticket.received_at or ticket.created_at, actor)
    return f"{ticket.requester or _('The customer')} · {when}"


def _clock(actor: Actor, ticket: Ticket) -> dict[str, str]:
    """Say how much time is left, in words and a colour."""
    at = now()
    if ticket.state in OVER:
        late = ticket.solve_breached
        text = _("Solved %(when)s") % {"when": short_instant(ticket.solved_at, actor)} if ticket.solved_at else ""
        return {"text": text or str(TicketState(ticket.state).label), "color": "red" if late else "green",
                "hint": _("Later than promised") if late else _("In time") if ticket.solve_by else ""}  # fmt: skip
    if ticket.state == TicketState.WAITING:
        since = timesince(ticket.stopped_at, at) if ticket.stopped_at else ""
        return {"text": _("The clock stands still"), "color": "grey",
                "hint": _("waiting for the customer for %(time)s") % {"time": since} if since else ""}  # fmt: skip
    if ticket.due_at is None:
        return {"text": _("No promised time"), "color": "grey", "hint": ""}
    first = ticket.first_replied_at is None and ticket.reply_by == ticket.due_at
    what = _("First reply") if first else _("Solution")
    if ticket.due_at <= at:
        text = _("%(what)s overdue by %(time)s") % {"what": what, "time": timesince(ticket.due_at, at)}
        return {"text": text, "color": "red", "hint": short_instant(ticket.due_at, actor)}
    used = share_used(
        ticket.received_at or ticket.created_at, ticket.due_at, at, clock_of(actor.organization, at).hours
    )
    text = _("%(what)s due in %(time)s") % {"what": what, "time": timeuntil(ticket.due_at, at)}
    return {"text": text, "color": "orange" if used >= 80 else "green", "hint": short_instant(ticket.due_at, actor)}


def _steps(actor: Actor, spec: ObjectSpec, ticket: Ticket, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if ticket.state in OVER:
        found.append(_post(_("Reopen"), "arrow-back-up", f"{url}/state/open"))
    elif ticket.owner_id is None and actor.user_id is not None:
        found.append({**_post(_("Take"), "user-check", f"{url}/take"), "primary": True})
    if ticket.state == TicketState.WAITING:
        found.append(_post(_("Continue"), "player-play", f"{url}/state/open"))
    if ticket.state in OPEN_STATES:
        found.append(_post(_("Solved"), "check", f"{url}/state/solved"))
        if may(actor, spec, Action.DELETE):
            found.append(
                {"label": _("Merge"), "icon": "git-merge", "url": f"/{spec.plural}/merge/choose?ids={ticket.pk}"}
            )
    if ticket.state == TicketState.SOLVED:
        found.append(_post(_("Close"), "circle-check", f"{url}/state/closed"))
    return found


def _post(label: str, icon: str, url: str) -> dict[str, Any]:
    return {"label": label, "icon": icon, "post": url}


def _message(actor: Actor, said: Any) -> dict[str, Any]:
    kind = MessageKind(said.kind)
    sent = ""
    if said.mailed_to:
        sent = _("sent to %(address)s") if said.mailed_at else _("being sent to %(address)s")
    return {
        "kind": kind.value,
        "label": str(kind.label) if kind is MessageKind.NOTE else "",
        "name": said.author.name if said.author else said.name,
        "when": short_instant(said.at, actor),
        "text": said.text,
        "sent": sent % {"address": said.mailed_to} if sent else "",
    }


def _box(actor: Actor, ticket: Ticket, url: str, given: Row) -> dict[str, Any]:
    address = address_of(ticket)
    values = _variables(actor, ticket)
    articles = fitting_articles(actor, ticket.name)
    is_closed = ticket.state == TicketState.CLOSED
    hint = ""
    if is_closed:
        hint = _("The ticket is closed: only notes can be written. Reopen it to answer.")
    elif not reaches_people():
        hint = _("No mail server is set up: pass on the customer's link, or let an administrator set one up.")
    elif not address:
        hint = _("No e-mail address is known: the reply stands on the customer's page only.")
    return {
        "url": f"{url}/say",
        "kind": given.get("kind") or (MessageKind.NOTE.value if is_closed else MessageKind.REPLY.value),
        "can_reply": not is_closed,
        "text": given.get("text") or "",
        "can_mail": bool(address) and reaches_people() and not is_closed,
        "mails": given.get("mails", "on"),
        "address": address,
        "hint": hint,
        "is_unsolved": ticket.state in OPEN_STATES,
        "answers": [{"name": row.name, "text": filled_text(row.text, values)} for row in canned_answers()],
        "articles": [
            {
                "id": str(row.pk),
                "name": row.name,
                "url": f"/articles/{row.pk}",
                "text": row.text if row.audience == Audience.CUSTOMERS else "",
            }
            for row in articles
        ],
    }


def _variables(actor: Actor, ticket: Ticket) -> dict[str, str]:
    """Return what stands for ``{customer}`` and others in texts to answer with."""
    customer = (
        labels_of({"customer": [ticket.customer_id]}, actor=actor).get(ticket.customer_id, "")
        if ticket.customer_id
        else ""
    )
    return {
        "customer": customer,
        "contact": ticket.requester or customer,
        "number": ticket.number,
        "subject": ticket.name,
        "agent": actor.user.name if actor.user else "",
        "company": actor.organization.name,
    }


def _visible(actor: Actor) -> Any:
    """Return the live tickets that somebody sees; None where there are none to see."""
    spec = specs_on(actor.organization).get(TICKET)
    if spec is None or not may(actor, spec, Action.VIEW):
        return None
    return restrict(live_rows(actor, spec), actor, spec)


def _url(**query: str) -> str:
    return f"/tickets?{urlencode({**query, 'display': 'table'})}"


def customer_figures(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    """Return how many tickets of a customer are open; nothing when there is none."""
    rows = _visible(actor)
    if rows is None:
        return []
    found = rows.filter(customer=customer_id, state__in=OPEN_STATES).aggregate(
        open=Count("pk"), late=Count("pk", filter=Q(solve_breached=True))
    )
    if not found["open"]:
        return []
    hint = (
        ngettext("%(count)d overdue", "%(count)d overdue", found["late"]) % {"count": found["late"]}
        if found["late"]
        else ""
    )
    url = _url(customer=str(customer_id), state=",".join(OPEN_STATES))
    return [Figure(_("Open tickets"), str(found["open"]), url, hint)]


def lifetime_figures(actor: Actor, customer_id: uuid.UUID) -> list[Figure]:
    """Return how many tickets a customer had in all, and how satisfied it was."""
    rows = _visible(actor)
    if rows is None:
        return []
    found = rows.filter(customer=customer_id).aggregate(
        number=Count("pk"), open=Count("pk", filter=Q(state__in=OPEN_STATES)), rated=Count("score"), mean=Avg("score")
    )
    if not found["number"]:
        return []
    url = _url(customer=str(customer_id))
    hint = ngettext("%(count)d open", "%(count)d open", found["open"]) % {"count": found["open"]}
    figures = [Figure(_("Tickets"), str(found["number"]), url, hint)]
    if found["rated"]:
        text = ngettext("of 5, %(count)d rating", "of 5, %(count)d ratings", found["rated"]) % {"count": found["rated"]}
        figures.append(Figure(_("Satisfaction with service"), f"{found['mean']:.1f}", url, text))
    return figures


def load_tickets(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return the tickets of a customer or contact by when they came in, newest first."""
    names = ("number", "name", "state", "requester")
    return records_around(question, TICKET, _opened_ticket, names=names, recorded="received_at")


def _opened_ticket(shown: Presenter, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "icon": "ticket",
        "color": "blue",
        "who": row["requester"] or _("The customer"),
        "title": _("opened a ticket: %(state)s") % {"state": TicketState(row["state"]).label},
        "links": [{"text": f"{row['number']} {row['name']}", "href": shown.url(row["pk"])}],
    }


def may_create(actor: Actor) -> bool:
    """Say whether somebody may write tickets."""
    spec = specs_on(actor.organization).get(TICKET)
    return spec is not None and may(actor, spec, Action.CREATE)


def any_ticket(actor: Actor) -> bool:
    """Say whether there is any ticket."""
    return module_is_on(actor.organization, MODULE) and Ticket.objects.filter(deleted_at__isnull=True).exists()


MINE = DayList(
    "tickets-mine",
    gettext_lazy("My open tickets"),
    TICKET,
    {"all": [
        {"field": "owner", "op": "eq", "value": "me"},
        {"field": "state", "op": "in", "value": ["new", "open"]},
    ]},
    sort="due_at",
    shows=("customer", "priority"),
    meta="due_at",
    icon="ticket",
    live=("tickets",),
    limit=8,
)  # fmt: skip

FREE = DayList(
    "tickets-unassigned",
    gettext_lazy("Tickets that nobody has taken"),
    TICKET,
    {"all": [
        {"field": "owner", "op": "isnull", "value": True},
        {"field": "state", "op": "in", "value": ["new", "open"]},
    ]},
    sort="due_at",
    shows=("customer", "priority"),
    meta="due_at",
    icon="ticket",
    live=("tickets",),
    limit=5,
)  # fmt: skip

FIRST_STEP = FirstStep(
    "ticket",
    gettext_lazy("Write the first ticket"),
    gettext_lazy("Note what a customer wants solved; the promised times count by themselves."),
    "/tickets/new",
    "ticket",
    is_done=any_ticket,
    may=may_create,
    position=60,
    module=MODULE,
)
