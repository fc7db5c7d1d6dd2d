"""What people do whose turn it is: decide, return, hand on, add somebody."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.access.deputies import deputising
from banyan.core.approvals.approvers import may_decide_own
from banyan.core.approvals.choices import (
    OPEN_STATES,
    ActKind,
    ApprovalState,
    CommentRule,
    SeatState,
    StepState,
)
from banyan.core.approvals.definitions import Definition, Step
from banyan.core.approvals.engine import (
    Work,
    announce,
    close_seat,
    end_open,
    locked_by,
    name_of,
    open_stage,
    settle,
    shortened,
    tell_changed,
)
from banyan.core.approvals.models import Approval, Seat, StepRun
from banyan.core.identity.models import User
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, NotAllowed

RETURNED = gettext_noop("%(flow)s: %(record)s was returned to you by %(person)s.")


@transaction.atomic
def decide(
    actor: Actor, approval_id: uuid.UUID, *, agree: bool, comment: str = "", seat_id: uuid.UUID | None = None,
    signature: str = "",
) -> Approval:  # fmt: skip
    """Agree or refuse, for oneself or for somebody whose deputy one is; the same decision twice counts once.

    Raises ``Missing``, ``NotAllowed`` when it is not the actor's turn or the approval is their own, ``Conflict`` when
    it was decided otherwise meanwhile, ``Invalid`` without a comment or signature that the step needs.
    """
    work = locked_by(actor, approval_id)
    if seat_id is not None and _is_done(work, actor, seat_id, SeatState.AGREED if agree else SeatState.REFUSED):
        return work.approval
    seat, step = _my_seat(work, actor, seat_id)
    _check_comment(step, comment, refusing=not agree)
    if step.signature and agree:
        _check_signature(actor, signature)
    _decided(seat, actor, comment)
    seat.signed_as = signature.strip() if step.signature and agree else ""
    close_seat(work, seat, SeatState.AGREED if agree else SeatState.REFUSED)
    _note(work, ActKind.AGREE if agree else ActKind.REFUSE, actor, seat, step, comment)
    settle(work)
    tell_changed(work, ActKind.AGREE if agree else ActKind.REFUSE)
    return work.approval


@transaction.atomic
def return_approval(
    actor: Actor, approval_id: uuid.UUID, *, to: str = "", comment: str = "", seat_id: uuid.UUID | None = None
) -> Approval:
    """Send an approval back to an earlier step, or with an empty ``to`` to who started it, who may change the record.

    Raises as ``decide``; ``Invalid`` for a step that was not taken before.
    """
    work = locked_by(actor, approval_id)
    seat, step = _my_seat(work, actor, seat_id)
    _check_comment(step, comment, refusing=True)
    stage = _stage_before(work, to) if to else 0
    _decided(seat, actor, comment)
    close_seat(work, seat, SeatState.ENDED)
    target = work.definition.step(to)
    _note(work, ActKind.RETURN, actor, seat, step, comment, people=[target.name] if target else [])
    end_open(work, StepState.RETURNED)
    if not to:
        work.approval.state, work.approval.is_locking = ApprovalState.RETURNED, False
        work.approval.save()
        work.tell([work.starter_id], RETURNED, actor.user_id, person=name_of(actor))
    else:
        StepRun.objects.filter(approval=work.approval, round=work.approval.round, stage__gte=stage).update(
            state=StepState.RETURNED
        )
        open_stage(work, stage)
        announce(work)
    tell_changed(work, ActKind.RETURN)
    return work.approval


@transaction.atomic
def hand_on(
    actor: Actor, approval_id: uuid.UUID, user_id: uuid.UUID, *, comment: str = "", seat_id: uuid.UUID | None = None
) -> Approval:
    """Let a colleague decide in one's place; raises as ``decide``, ``Invalid`` for somebody who cannot."""
    work = locked_by(actor, approval_id)
    seat, step = _my_seat(work, actor, seat_id)
    other = _colleague(work, step, seat, user_id)
    _decided(seat, actor, comment)
    close_seat(work, seat, SeatState.HANDED_ON)
    _add_seat(work, seat, other, voice=seat.voice, place=seat.place, actor=actor, taken_from=seat.user)
    _note(work, ActKind.HAND_ON, actor, seat, step, comment, people=[other.name])
    settle(work)
    tell_changed(work, ActKind.HAND_ON)
    return work.approval


@transaction.atomic
def add_approver(
    actor: Actor,
    approval_id: uuid.UUID,
    user_id: uuid.UUID,
    *,
    before: bool,
    comment: str = "",
    seat_id: uuid.UUID | None = None,
) -> Approval:
    """Let a colleague decide as well, before oneself or right after; raises as ``hand_on``."""
    work = locked_by(actor, approval_id)
    seat, step = _my_seat(work, actor, seat_id)
    other = _colleague(work, step, seat, user_id)
    place = seat.place if before else seat.place + 1
    for later in Seat.objects.filter(run=seat.run, voice=seat.voice, place__gte=place).order_by("-place"):
        later.place += 1
        later.save(update_fields=["place"])
    seat.refresh_from_db(fields=["place"])
    _add_seat(work, seat, other, voice=seat.voice, place=place, actor=actor)
    if before:
        seat.state = SeatState.WAITING
        seat.save(update_fields=["state"])
    kind = ActKind.ADD_BEFORE if before else ActKind.ADD_AFTER
    _note(work, kind, actor, seat, step, comment, people=[other.name])
    settle(work)
    tell_changed(work, kind)
    return work.approval


def seat_of(work_or_approval: Approval, actor: Actor, seat_id: uuid.UUID | None = None) -> Seat | None:
    """Return the part that is the actor's turn now, one's own before those of people one stands in for."""
    wanted = [actor.user_id, *people_stood_in_for(actor)]
    rows = Seat.objects.filter(
        run__approval=work_or_approval, run__state=StepState.OPEN, state=SeatState.OPEN, user_id__in=wanted
    ).select_related("run", "user")
    if seat_id is not None:
        rows = rows.filter(pk=seat_id)
    found = sorted(rows, key=lambda seat: (wanted.index(seat.user_id), seat.pk))
    return found[0] if found else None


def people_stood_in_for(actor: Actor) -> list[uuid.UUID]:
    """Return for whom somebody stands in today."""
    if actor.user_id is None:
        return []
    return [row.user_id for row in deputising(actor.user_id, today(actor.organization.time_zone))]


def earlier_steps(work_definition: Definition, approval: Approval) -> list[Step]:
    """Return the steps to which an approval may be returned."""
    return [step for stage in work_definition.stages(approval.path)[: approval.stage] for step in stage]


def _is_done(work: Work, actor: Actor, seat_id: uuid.UUID, state: str) -> bool:
    """Say whether just this was decided by the actor before, as by a second click."""
    return Seat.objects.filter(
        pk=seat_id, run__approval=work.approval, state=state, decided_by_id=actor.user_id
    ).exists()


def _my_seat(work: Work, actor: Actor, seat_id: uuid.UUID | None) -> tuple[Seat, Step]:
    approval = work.approval
    seat = seat_of(approval, actor, seat_id) if approval.state == ApprovalState.RUNNING else None
    if seat is None:
        if approval.state not in OPEN_STATES:
            state = approval.get_state_display()
            raise Conflict("ended", _("This approval has ended already: %(state)s.") % {"state": state})
        seats = Seat.objects.filter(run__approval=approval).exclude(state=SeatState.OPEN)
        if seat_id is not None and seats.filter(pk=seat_id).exists():
            raise Conflict("decided_already", _("This was decided meanwhile. Look at the approval again."))
        raise NotAllowed("not_your_turn", _("It is not your turn to decide about this."))
    step = work.definition.step(seat.run.key)
    if step is None:
        raise TypeError(f"The version has no step {seat.run.key}.")
    if actor.user_id == work.starter_id and not may_decide_own(step, work.situation):
        raise NotAllowed("own_approval", _("Somebody else has to decide about your own request."))
    return seat, step


def _decided(seat: Seat, actor: Actor, text: str) -> None:
    seat.decided_by = actor.user
    seat.comment = shortened(text)


def _note(work: Work, kind: str, actor: Actor, seat: Seat, step: Step, text: str, **details: Any) -> None:
    behalf = seat.user if seat.user_id != actor.user_id else None
    work.note(kind, actor.user, on_behalf_of=behalf, step=step.key, comment=shortened(text), **details)


def _check_comment(step: Step, text: str, *, refusing: bool) -> None:
    needed = step.comment == CommentRule.ALWAYS or (refusing and step.comment == CommentRule.REFUSING)
    if needed and not text.strip():
        raise Invalid([FieldError("comment", "required", _("Give a reason: this step needs a comment."))])


def _check_signature(actor: Actor, signature: str) -> None:
    name = actor.user.name if actor.user else ""
    if " ".join(signature.split()).casefold() != " ".join(name.split()).casefold():
        message = _("To sign, write your name as it stands here: %(name)s.") % {"name": name}
        raise Invalid([FieldError("signature", "required", message)])


def _colleague(work: Work, step: Step, seat: Seat, user_id: uuid.UUID) -> User:
    other = User.objects.filter(pk=user_id, is_active=True).first()
    message = ""
    if other is None:
        message = _("Choose a colleague who is active.")
    elif other.pk == work.starter_id and not may_decide_own(step, work.situation):
        message = _("Who started the approval cannot decide about it.")
    elif Seat.objects.filter(run=seat.run, user=other, state__in=[SeatState.OPEN, SeatState.WAITING]).exists():
        message = _("%(name)s has a part in this step already.") % {"name": other.name}
    if message or other is None:
        raise Invalid([FieldError("user", "bad_colleague", message)])
    return other


def _add_seat(work: Work, beside: Seat, user: User, *, voice: int, place: int, actor: Actor, **details: Any) -> Seat:
    return Seat.objects.create(
        organization_id=work.organization.pk,
        run=beside.run,
        user=user,
        voice=voice,
        place=place,
        added_by=actor.user,
        **details,
    )


def _stage_before(work: Work, key: str) -> int:
    for index, stage in enumerate(work.stages[: work.approval.stage]):
        if any(step.key == key for step in stage):
            return index
    raise Invalid([FieldError("to", "unknown_step", _("Choose a step that came before this one."))])
