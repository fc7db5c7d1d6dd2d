"""What happens to tickets by itself: warnings, broken promises, closing what is solved, articles to be reviewed."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.access.posts import superiors_of
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import User, UserRole
from banyan.core.jobs.registration import BULK, periodic
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.service.choices import ARTICLE, MODULE, RUNNING, TICKET, ArticleState, TicketState
from banyan.service.models import LIVE, Article, Ticket
from banyan.service.permissions import SERVICE
from banyan.service.queries import ticket_spec
from banyan.service.references import step
from banyan.service.services.mailboxes import ask_all
from banyan.service.setting import service_setting
from banyan.teamwork.public import able_to_see

AT_ONCE, MOST_TOLD = 500, 50
SOON = gettext_noop("Time is running out: %(number)s %(ticket)s")
LATE = gettext_noop("Promised time has passed: %(number)s %(ticket)s")
HANDED_OVER = gettext_noop("Promised time has passed, and the ticket is yours now: %(number)s %(ticket)s")
TO_REVIEW = gettext_noop("Please review this article: %(article)s")


@periodic("*/5 * * * *", name="service.watch")
def watch(actor: Actor) -> None:
    """Warn of promises that will break soon, and tell of those that are broken."""
    if module_is_on(actor.organization, MODULE):
        at = now()
        tell_broken(actor, at)
        warn(actor, at)


@periodic("*/2 * * * *", name="service.mail")
def look_for_mail(actor: Actor) -> None:
    """Look into the mailboxes of the organization."""
    if module_is_on(actor.organization, MODULE):
        ask_all(actor)


@periodic("50 17 * * *", name="service.at_night", queue=BULK)
def at_night(actor: Actor) -> None:
    """Close what has been solved for long, and let old articles be reviewed, in the night of China."""
    if module_is_on(actor.organization, MODULE):
        close_solved(actor, now())
        ask_for_reviews(actor)


def warn(actor: Actor, at: datetime) -> int:
    """Tell owners once of tickets most of whose time has passed; return of how many."""
    rows = Ticket.objects.filter(LIVE, state__in=RUNNING, warned_at=None, warn_at__lte=at, due_at__gt=at)
    found = list(rows.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("pk")[:AT_ONCE])
    Ticket.objects.filter(pk__in=[row.pk for row in found]).update(warned_at=at)
    supervisor = _supervisor(actor)
    for row in found:
        first = row.owner_id or supervisor
        _tell(actor, row, SOON, [first] if first else service_people())
    return len(found)


def tell_broken(actor: Actor, at: datetime) -> int:
    """Note which promises are broken, tell owner and superior once, and hand over where that is wished."""
    rows = Ticket.objects.filter(LIVE, state__in=RUNNING, told_at=None, due_at__lte=at)
    found = list(rows.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("pk")[:AT_ONCE])
    if not found:
        return 0
    supervisor, hands_over = _supervisor(actor), service_setting(actor.organization).reassigns
    spec = ticket_spec(actor)
    for row in found:
        moves = hands_over and supervisor is not None and row.owner_id != supervisor
        door.update(actor, spec, row.pk, {"owner": supervisor} if moves else {}, context=step(actor, at=at))
        people = [row.owner_id, *(superiors_of(row.owner_id)[:1] if row.owner_id else ()), supervisor]
        if not any(people):
            people = service_people()
        _tell(actor, row, LATE, [person for person in people if person and not (moves and person == supervisor)])
        if moves and supervisor:
            _tell(actor, row, HANDED_OVER, [supervisor])
    # After the door, which forgets who was told whenever another promise counts.
    Ticket.objects.filter(pk__in=[row.pk for row in found]).update(told_at=at)
    return len(found)


def close_solved(actor: Actor, at: datetime) -> int:
    """Close tickets that have been solved for so many days without another word; return how many."""
    days = service_setting(actor.organization).close_days
    if not days:
        return 0
    rows = Ticket.objects.filter(LIVE, state=TicketState.SOLVED, solved_at__lt=at - timedelta(days=days))
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:10_000])
    if ids:
        changes = {pk: {"state": TicketState.CLOSED.value} for pk in ids}
        door.update_many(actor, ticket_spec(actor), changes, context=step(actor, at=at))
    return len(ids)


def ask_for_reviews(actor: Actor) -> int:
    """Mark published articles whose day of review has come, and tell their owners; return how many."""
    rows = Article.objects.filter(LIVE, state=ArticleState.PUBLISHED, review_on__lte=today(actor.time_zone))
    found = list(rows.order_by("pk")[:AT_ONCE])
    if found:
        changes = {row.pk: {"state": ArticleState.REVIEW.value} for row in found}
        door.update_many(actor, spec_for(actor.organization, ARTICLE), changes)
    for row in found:
        if row.owner_id is not None:
            place, values = f"/articles/{row.pk}", {"article": row.name}
            publish(PeopleToTell(actor.organization_id, (row.owner_id,), TO_REVIEW, place, values))
    return len(found)


def _supervisor(actor: Actor) -> uuid.UUID | None:
    """Return who looks after the whole of service, as long as that person works here."""
    wanted = parse_id(service_setting(actor.organization).supervisor)
    return wanted if wanted and User.objects.filter(pk=wanted, is_active=True).exists() else None


def service_people() -> list[uuid.UUID]:
    """Return who has the role Service, for tickets that nobody else looks after."""
    rows = UserRole.objects.filter(role__key=SERVICE.key, user__is_active=True)
    return list(rows.order_by("user_id").values_list("user_id", flat=True)[:MOST_TOLD])


def _tell(actor: Actor, row: Ticket, text: str, people: list[uuid.UUID]) -> None:
    users = User.objects.filter(pk__in=people).select_related("organization")
    told = tuple(user.pk for user in able_to_see(users, reference_to(TICKET, row.pk)))
    if told:
        values = {"number": row.number, "ticket": row.name}
        publish(PeopleToTell(actor.organization_id, told, text, f"/tickets/{row.pk}", values))
