"""Approvals that wait for somebody who leaves: to a colleague, and back again if that was a mistake."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability, require_own_eyes
from banyan.core.access.scopes import Ability
from banyan.core.approvals.access import take_back_sight
from banyan.core.approvals.choices import OPEN_STATES, ActKind, SeatState, StepState
from banyan.core.approvals.engine import Work, lock_approval, settle, tell_changed
from banyan.core.approvals.models import Approval, Seat
from banyan.core.identity.models import User
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import new_id

UNDECIDED = (SeatState.OPEN, SeatState.WAITING)


@dataclass(frozen=True)
class HandedOver:
    """What a hand-over of approvals did: how many went over, and how many could not, because of who started them."""

    batch_id: uuid.UUID
    done: int
    left: int


def waiting_approvals(user_id: uuid.UUID) -> list[Approval]:
    """Return the approvals in which somebody still has a part, the oldest first."""
    ids = _seats(user_id).values("run__approval_id")
    rows = Approval.objects.select_related("flow", "started_by").filter(pk__in=ids)
    return list(rows.order_by("started_at", "id"))


@transaction.atomic
def hand_over_approvals(actor: Actor, user: User, successor_ids: Sequence[uuid.UUID]) -> HandedOver:
    """Give what waits for somebody to colleagues, in turn; who started an approval does not get it.

    Raises ``NotAllowed`` for those who do not manage people, ``Invalid`` for the person themselves or somebody who is
    not active.
    """
    require_ability(actor, Ability.MANAGE_PEOPLE)
    require_own_eyes(actor)
    people = {row.pk: row for row in User.objects.filter(pk__in=successor_ids, is_active=True)}
    if not successor_ids or set(successor_ids) - people.keys():
        message = _("Somebody chosen here is deactivated or does not exist any more.")
        raise Invalid([FieldError("approvals", "unknown_record", message)])
    if user.pk in people:
        message = _("Choose somebody else than %(name)s.") % {"name": user.name}
        raise Invalid([FieldError("approvals", "same_person", message)])
    batch, done, left = new_id(), 0, 0
    for position, approval in enumerate(waiting_approvals(user.pk)):
        order = [successor_ids[(position + step) % len(successor_ids)] for step in range(len(successor_ids))]
        if _move(actor, approval, user, [people[pk] for pk in order], batch):
            done += 1
        else:
            left += 1
    return HandedOver(batch, done, left)


@transaction.atomic
def take_back_approvals(actor: Actor, batch_id: uuid.UUID) -> int:
    """Give what a hand-over moved, and nobody has decided since, back to whom it was taken from; return how many."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    require_own_eyes(actor)
    seats = Seat.objects.filter(batch_id=batch_id, state__in=UNDECIDED, taken_from__isnull=False)
    done = 0
    for approval_id in list(dict.fromkeys(seats.values_list("run__approval_id", flat=True))):
        work = lock_approval(actor.organization, approval_id)
        moved = list(seats.filter(run__approval_id=approval_id).select_related("taken_from", "user"))
        for seat in moved:
            before, seat.taken_from = seat.taken_from, None
            _sit(work, seat, before)
            seat.batch_id = None
            seat.save(update_fields=["batch_id", "taken_from"])
            work.note(ActKind.PUT_BACK, actor.user, people=[before.name if before else ""])
            done += 1
        settle(work)
    return done


def _move(actor: Actor, approval: Approval, user: User, successors: Sequence[User], batch: uuid.UUID) -> bool:
    work = lock_approval(actor.organization, approval.pk)
    moved = False
    for seat in _seats(user.pk).filter(run__approval=approval).select_related("run", "user"):
        present = set(seat.run.seats.filter(state__in=UNDECIDED).values_list("user_id", flat=True))
        chosen = next((one for one in successors if one.pk not in present | {work.starter_id}), None)
        if chosen is None:
            continue
        _sit(work, seat, chosen)
        seat.taken_from, seat.batch_id = user, batch
        seat.save(update_fields=["taken_from", "batch_id"])
        work.note(ActKind.REPLACE, actor.user, people=[user.name, chosen.name])
        moved = True
    if moved:
        settle(work)
        tell_changed(work, ActKind.REPLACE)
    return moved


def _sit(work: Work, seat: Seat, user: User | None) -> None:
    """Let somebody else have a part; if it was their turn already, it is theirs now."""
    if user is None:
        return
    was_open = seat.state == SeatState.OPEN
    if was_open:
        seat.state = SeatState.WAITING
        seat.save(update_fields=["state"])
        take_back_sight(work.approval, [seat])
    seat.user = user
    seat.save(update_fields=["user"])


def _seats(user_id: uuid.UUID) -> QuerySet[Seat]:
    return Seat.objects.filter(
        user_id=user_id, state__in=UNDECIDED, run__state=StepState.OPEN, run__approval__state__in=OPEN_STATES
    )
