"""What the service app derives and refuses while tickets and articles pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from banyan.core.access.actor import Channel
from banyan.core.kernel.clock import now, today
from banyan.core.records.drafts import Draft, WriteContext
from banyan.customers.public import Contact, Customer
from banyan.service.choices import OVER, RUNNING, ArticleState, Priority, TicketState
from banyan.service.engine.clock import ServiceClock, clock_of
from banyan.service.models import Ticket
from banyan.service.references import StepContext

#: Clocks of other computers may be a little fast.
TOLERANCE = timedelta(minutes=5)
DEEPEST = 20
#: What decides how long may be taken.
DECIDING = ("priority", "customer", "received_at")


def prepare_tickets(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Complete who asks, judge what cannot be, and follow the promised times through all states."""
    derived = context.derived if isinstance(context, StepContext) else {}
    at = (context.at if isinstance(context, StepContext) else None) or now()
    contacts = Contact.objects.in_bulk([pk for pk in {draft.get("contact") for draft in drafts} if pk])
    for draft in drafts:
        for name, value in derived.items():
            draft.set(name, value)
        _complete(draft, contacts)
        if not draft.get("received_at"):
            draft.set("received_at", at)
        if not context.exempt:
            _judge(draft, contacts, at)
    levels = _levels(drafts)
    clock = clock_of(context.actor.organization, at)
    for draft in drafts:
        if not draft.errors:
            _follow(draft, context, clock, levels.get(draft.get("customer"), ""))


def _levels(drafts: Sequence[Draft]) -> Mapping[uuid.UUID, str]:
    ids = {draft.get("customer") for draft in drafts} - {None}
    return dict(Customer.objects.filter(pk__in=ids).values_list("pk", "level")) if ids else {}


def _complete(draft: Draft, contacts: Mapping[uuid.UUID, Contact]) -> None:
    """Take over from the contact what nobody said."""
    contact = contacts.get(draft.get("contact"))
    if contact is None or not (draft.is_new or draft.changes("contact")):
        return
    if not draft.get("customer"):
        draft.set("customer", contact.customer_id)
    if not draft.get("requester"):
        draft.set("requester", contact.name[:120])
    for name in ("email", "phone"):
        value = getattr(contact, name, "")
        if not draft.get(name) and value:
            draft.set(name, value)


def _judge(draft: Draft, contacts: Mapping[uuid.UUID, Contact], at: datetime) -> None:
    contact = contacts.get(draft.get("contact"))
    changed = draft.is_new or draft.changes("contact", "customer")
    if changed and contact is not None and draft.get("customer") and contact.customer_id != draft.get("customer"):
        draft.refuse(
            "contact", "other_customer", _("This contact belongs to another customer. Choose one of this one.")
        )
    if draft.changes("received_at") and draft.get("received_at") > at + TOLERANCE:
        draft.refuse("received_at", "in_the_future", _("A ticket cannot have come in later than now."))
    if draft.changes("parent"):
        _judge_parent(draft)


def _judge_parent(draft: Draft) -> None:
    """Refuse a ticket that would be part of itself."""
    parent_id, seen = draft.get("parent"), 0
    while parent_id and seen < DEEPEST:
        if parent_id == draft.record_id:
            draft.refuse("parent", "circle", _("A ticket cannot be part of itself. Choose another one."))
            return
        parent_id = Ticket.objects.filter(pk=parent_id).values_list("parent_id", flat=True).first()
        seen += 1
    if seen >= DEEPEST:
        draft.refuse("parent", "too_deep", _("There are too many tickets inside each other."))


def _follow(draft: Draft, context: WriteContext, clock: ServiceClock, level: str) -> None:
    """Let the clock stop and go on with the state, and work out what is due when."""
    # A list that is imported came in long ago: nobody waits for an answer within the hour.
    is_history = draft.is_new and context.channel == Channel.IMPORT
    moved = _move(draft, clock, is_undo=context.exempt, is_history=is_history)
    if not is_history and (draft.is_new or moved or draft.changes(*DECIDING)):
        reply, solve = clock.promised(draft.get("priority") or Priority.NORMAL, level)
        begin, paused = draft.get("received_at"), draft.get("paused_seconds") or 0
        if not (draft.get("first_replied_at") and draft.before("first_replied_at")):
            draft.set("reply_by", clock.due(begin, reply, paused))
        draft.set("solve_by", clock.due(begin, solve, paused))
    _judge_times(draft, clock)


def _move(draft: Draft, clock: ServiceClock, *, is_undo: bool, is_history: bool) -> bool:
    """Follow a change of state; return whether the clock went on again."""
    state, before = draft.get("state") or TicketState.NEW, draft.before("state")
    if not draft.is_new and not draft.changes("state"):
        return False
    ran = draft.is_new or before in RUNNING
    stopped, went_on = draft.before("stopped_at"), False
    if ran and state not in RUNNING:
        draft.set("stopped_at", clock.at)
    elif not ran and state in RUNNING:
        went_on = True
        if stopped is not None:
            draft.set("paused_seconds", (draft.get("paused_seconds") or 0) + clock.seconds(stopped, clock.at))
        draft.set("stopped_at", None)
    if state in OVER:
        if before not in OVER and not is_history:
            _solve(draft, clock.at)
    elif before in OVER:
        draft.set("solved_at", None)
        if not is_undo:
            draft.set("reopened", (draft.get("reopened") or 0) + 1)
    return went_on


def _solve(draft: Draft, at: datetime) -> None:
    """Note when a ticket was solved; what was solved without a word, such as on the phone, was answered by that."""
    for name in ("solved_at", "first_replied_at"):
        if not draft.get(name):
            draft.set(name, at)


def _judge_times(draft: Draft, clock: ServiceClock) -> None:
    """Say what is due next, and whether a promise was broken; a clock that stands still breaks none."""
    effective = draft.get("stopped_at") or clock.at
    reply_by, replied, solve_by = draft.get("reply_by"), draft.get("first_replied_at"), draft.get("solve_by")
    draft.set("reply_breached", bool(reply_by and (replied or effective) > reply_by))
    draft.set("solve_breached", bool(solve_by and effective > solve_by))
    running = (draft.get("state") or TicketState.NEW) in RUNNING
    waits_for_reply = reply_by if not replied else None
    due = min(filter(None, (waits_for_reply, solve_by)), default=None) if running else None
    if due != draft.before("due_at"):
        # Another promise: of this one nobody has been told.
        for name, value in (("due_at", due), ("warn_at", clock.warn_at(draft.get("received_at"), due))):
            draft.set(name, value)
        draft.set("warned_at", None)
        draft.set("told_at", None)


def prepare_articles(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse to publish what is to be reviewed on a day that has passed."""
    day = today(context.actor.time_zone)
    for draft in drafts:
        review = draft.get("review_on")
        publishes = draft.get("state") == ArticleState.PUBLISHED and (
            draft.is_new or draft.changes("state", "review_on")
        )
        if publishes and review and review < day and not context.exempt and context.channel != Channel.IMPORT:
            message = _("The day of review has passed. Read the article again, and choose a later day.")
            draft.refuse("review_on", "in_the_past", message)
