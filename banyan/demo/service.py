"""Tickets and the knowledge base of the medium demo: a hardware seller whose customers ask, complain and rate."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now, today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.customers.public import Customer
from banyan.service.public import Article, MessageKind, Ticket, TicketMessage

#: Subject, kind, priority, what the customer wrote, what was answered, and what came of it.
MATTERS = (
    ("Server does not start after the power failure", "fault", "urgent", "Nothing happens when we press the button.", "Hold the button for ten seconds with the cable out. If it stays dark, we send a power supply today.", "That did it, thank you."),
    ("Which memory fits the GTX Plus Pro?", "question", "normal", "We want to double the memory of four machines.", "Modules of 32 GB, ECC, in pairs. The table in the article shows the order of the slots.", "Ordered, thanks."),
    ("Two of five units arrived scratched", "complaint", "high", "The pallet was wrapped badly.", "I am sorry. Please keep them: two covers are on their way, at no cost.", "Covers have arrived."),
    ("Licence key for the management software", "request", "normal", "Our key has expired and we cannot log in.", "I have renewed it until the end of your maintenance contract.", ""),
    ("Fan of the MG Advanced is loud", "fault", "normal", "Since Monday it howls all day.", "Clean the filter on the left side first. Is it quieter then?", "Yes, much better."),
    ("Delivery address has changed", "request", "low", "We have moved to the building next door.", "Noted. Your next delivery goes there.", ""),
    ("Firmware update fails at 80 percent", "fault", "high", "The update stops each time at the same place.", "Start it from a stick formatted as FAT32; then the update runs through.", "Worked at once."),
    ("Training for two new colleagues", "onboarding", "normal", "They start on the first of the month.", "I can offer two mornings in the second week.", "The first morning suits us."),
    ("Yearly maintenance is due", "maintenance", "normal", "When does the technician come?", "Next Thursday between nine and twelve, if that suits you.", "That suits us."),
    ("Warranty of a repaired unit", "question", "low", "Does the warranty begin anew?", "For the parts that were replaced, yes: twelve months.", ""),
)  # fmt: skip
ARTICLES = (
    ("Machine does not start after a power failure", "customers", "1. Unplug the power cord.\n2. Hold the power button for ten seconds.\n3. Plug in again and press the button once.\n\nIf it stays dark, the power supply has to be replaced: write to us with the serial number."),
    ("Which memory fits which machine", "customers", "GTX series: 32 GB ECC modules, always in pairs, slots A1 and B1 first.\nMG series: 16 GB modules, any slot.\nOther modules run at a lower speed."),
    ("Firmware update stops before the end", "customers", "Format a stick as FAT32, copy the file firmware.bin to it, and start the update from the menu of the machine. The update takes about ten minutes."),
    ("Goods arrived damaged", "customers", "Keep the packaging and send us two photographs within five days. We replace parts on the day your message arrives."),
    ("Cleaning the filter of a loud fan", "customers", "The filter is on the left side. Pull it out, blow it clean from the inside, and put it back with the arrow pointing up."),
    ("What the warranty covers", "customers", "24 months on all machines; 12 months on parts that were replaced. Filters and batteries are wear parts."),
    ("Renewing a licence key", "internal", "Check in the contract until when maintenance is paid. Renew the key until that day, never longer."),
    ("When a unit is replaced at no cost", "internal", "Within 30 days of delivery always. Later: ask the service manager, up to 500 USD without a further question."),
    ("Checklist of a yearly maintenance", "internal", "Filter, fans, firmware, log of errors, battery. Let the customer sign the sheet."),
    ("Onboarding: the first two weeks", "internal", "Day 1: call. Day 3: check that the goods are in place. Second week: training. End: hand over to the first line."),
    ("Moving a machine to another room", "customers", "Shut down, wait five minutes, keep it upright. After the move let it stand for an hour before starting."),
    ("Calling after a bad rating", "internal", "Call within a working day. Listen, note what went wrong in the ticket, and say what changes."),
)  # fmt: skip
REMARKS = ("Quick and friendly.", "", "Took longer than promised.", "Great help!", "", "Solved at the first call.")
SCORES = (5, 4, 2, 5, 4, 5, 3)
NUMBER = 60
#: So many of the newest are still worked on, wait, or have just come in.
FRESH = 12
SPAN_DAYS = 150


def answer_customers(actor: Actor) -> None:
    """Write tickets over five months with what was said, and a dozen articles."""
    people = list(User.objects.filter(title__startswith="Service").order_by("email"))
    customers = list(Customer.objects.filter(deleted_at__isnull=True).order_by("name")[:40])
    if not people or not customers:
        return
    write_articles(actor, people[0])
    at = now()
    values = [_values(place, at, people, customers) for place in range(NUMBER)]
    made = door.create_many(actor, spec_for(actor.organization, "ticket"), values)
    tickets = list(Ticket.objects.filter(pk__in=made.created).order_by("received_at", "pk"))
    said: list[TicketMessage] = []
    for place, ticket in enumerate(tickets):
        _happen(place, ticket, at, said)
    Ticket.objects.bulk_update(
        tickets,
        ["first_replied_at", "reply_breached", "solved_at", "solve_breached", "stopped_at", "due_at", "warn_at", "score",
         "remark", "rated_at", "created_at"],
    )  # fmt: skip
    TicketMessage.objects.bulk_create(said)


def write_articles(actor: Actor, owner: User) -> None:
    """Write the knowledge base."""
    spec = spec_for(actor.organization, "article")
    review = today(actor.time_zone) + timedelta(days=120)
    rows = [
        {"name": name, "text": text, "audience": audience, "state": "published", "review_on": review, "owner": owner.pk}
        for name, audience, text in ARTICLES
    ]
    ids = door.create_many(actor, spec, rows).created
    Article.objects.filter(pk__in=ids[::2]).update(used=7)


def _values(place: int, at: datetime, people: list[User], customers: list[Customer]) -> dict[str, Any]:
    subject, kind, priority, text, _answer, _end = MATTERS[place % len(MATTERS)]
    fresh = place - (NUMBER - FRESH)
    if fresh < 0:
        received = at - timedelta(days=SPAN_DAYS - place * 3, hours=place % 7)
        state = "closed"
    else:
        # One of those that are worked on has been lying for too long.
        received = at - timedelta(days=12 if fresh == FRESH // 2 else 0, hours=6 * (FRESH - fresh) + 2)
        state = ("solved", "waiting", "open", "new")[fresh * 4 // FRESH]
    return {
        "name": subject,
        "description": text,
        "kind": kind,
        "priority": priority,
        "customer": customers[(place * 7) % len(customers)].pk,
        "channel": ("phone", "mail", "portal", "phone", "chat")[place % 5],
        "state": state,
        "owner": None if state == "new" else people[place % len(people)].pk,
        "received_at": received,
    }


def _happen(place: int, ticket: Ticket, at: datetime, said: list[TicketMessage]) -> None:
    """Let a ticket be answered, solved and rated as long ago as it came in."""
    _subject, _kind, _priority, _text, answer, end = MATTERS[place % len(MATTERS)]
    received = ticket.received_at or at
    ticket.created_at = received
    late = place % 9 == 4
    if ticket.state != "new":
        usual = (ticket.reply_by or received) + timedelta(minutes=90 if late else -20)
        if place >= NUMBER - FRESH:
            usual = received + timedelta(minutes=40)
        replied = min(max(usual, received + timedelta(minutes=5)), at)
        ticket.first_replied_at = replied
        ticket.reply_breached = bool(ticket.reply_by and replied > ticket.reply_by)
        said.append(_message(ticket, MessageKind.REPLY, answer, replied))
    if ticket.state in {"solved", "closed"}:
        usual = (ticket.solve_by or received) + timedelta(hours=5 if late else -3)
        solved = min(max(usual, received + timedelta(minutes=45)), at)
        ticket.solve_breached = bool(ticket.solve_by and solved > ticket.solve_by)
        ticket.solved_at = ticket.stopped_at = solved
        if end:
            said.append(_message(ticket, MessageKind.CUSTOMER, end, solved - timedelta(minutes=10)))
        if place % 2 == 0:
            ticket.score, ticket.remark = SCORES[place % len(SCORES)], REMARKS[place % len(REMARKS)]
            ticket.rated_at = min(solved + timedelta(hours=20), at)
    else:
        is_running = ticket.state in {"new", "open"}
        due = (ticket.solve_by if ticket.first_replied_at else ticket.reply_by) if is_running else None
        ticket.due_at, ticket.warn_at = due, due - timedelta(hours=1) if due else None
        ticket.solve_breached = bool(is_running and ticket.solve_by and ticket.solve_by < at)
        if ticket.state == "open":
            said.append(_message(ticket, MessageKind.NOTE, "Spare part is in stock in the west warehouse.", at))


def _message(ticket: Ticket, kind: MessageKind, text: str, when: datetime) -> TicketMessage:
    is_ours = kind is not MessageKind.CUSTOMER
    return TicketMessage(
        organization_id=ticket.organization_id, ticket=ticket, kind=kind.value, text=text, at=when,
        author_id=ticket.owner_id if is_ours else None, name="" if is_ours else "The customer",
    )  # fmt: skip
