"""What people do with approvals: start, decide, return, hand on, add somebody, withdraw, comment, remind, submit again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.decisions import restrict
from banyan.core.access.deputies import deputising
from banyan.core.access.guards import require_ability, require_own_eyes
from banyan.core.access.scopes import Ability, Action
from banyan.core.approvals import rules
from banyan.core.approvals.approvers import may_decide_own
from banyan.core.approvals.choices import (
    OPEN_STATES,
    ActKind,
    ApprovalState,
    CommentRule,
    SeatState,
    Starters,
    StepState,
    Taken,
    Withdrawing,
)
from banyan.core.approvals.definitions import Definition, Step
from banyan.core.approvals.engine import (
    Work,
    announce,
    begin_round,
    close_seat,
    end_open,
    finish,
    lock_approval,
    lock_record,
    open_stage,
    place_of,
    settle,
    tell_changed,
    values_of,
)
from banyan.core.approvals.live import LiveFlow, all_flows
from banyan.core.approvals.models import Act, Approval, Flow, Seat, StepRun
from banyan.core.approvals.snapshots import take_snapshot
from banyan.core.identity.models import Role, User
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing, NotAllowed, Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.models import Record
from banyan.core.objects.registry import shaped, specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.sequences import take_numbers

REMINDERS = rules.Reminders()
LONGEST_COMMENT = 2_000
RETURNED = gettext_noop("%(flow)s: %(record)s was returned to you by %(person)s.")
WITHDRAWN = gettext_noop("%(flow)s: the request about %(record)s was withdrawn.")
COMMENTED = gettext_noop("%(flow)s: %(person)s commented on %(record)s.")
REMINDED = gettext_noop("%(flow)s: %(person)s reminds you to decide about %(record)s.")

Chosen = Mapping[str, Sequence[str]]

__all__ = ["LONGEST_COMMENT", "add_approver", "comment", "decide", "hand_on", "may_start", "place_of", "release",
           "remind", "resubmit", "return_approval", "seat_of", "start_approval", "steps_to_choose", "withdraw"]  # fmt: skip


@transaction.atomic
def start_approval(
    actor: Actor,
    flow_id: uuid.UUID,
    spec: ObjectSpec,
    record_id: uuid.UUID,
    *,
    reason: str = "",
    chosen: Chosen | None = None,
) -> Approval:
    """Ask for approval of a record by a flow that is in force; ``chosen`` maps steps to the ids of people.

    Raises ``Missing`` when the record or the flow is not there for the actor, ``NotAllowed`` when the flow does not
    let the actor start it, ``Conflict`` when it is under way already, ``Refused`` when the record does not fit the
    flow's condition, ``Invalid`` for a missing reason or choice.
    """
    require_own_eyes(actor)
    spec = shaped(actor.organization, spec)
    flow = find_live(spec, flow_id)
    record = lock_record(spec, record_id)
    if not may_start(actor, flow, spec, record_id):
        raise NotAllowed("not_allowed", _("You may not start “%(flow)s” for this record.") % {"flow": flow.name})
    _refuse_while_open(flow, record_id)
    if not fits(actor.organization, spec, record, flow.definition.start.condition):
        message = _("“%(flow)s” is not meant for this record: it does not fit the flow's condition.")
        raise Refused("condition", message % {"flow": flow.name})
    path = path_of(actor.organization, spec, record, flow.definition)
    picked = _checked_choice(flow.definition, path, chosen or {}, actor)
    if flow.definition.start.reason_needed and not reason.strip() and actor.user is not None:
        raise Invalid([FieldError("reason", "required", _("Say why approval is asked for."))])
    approval = Approval(
        organization_id=actor.organization_id,
        flow=Flow.objects.get(pk=flow.id),
        version_id=flow.version_id,
        number=_next_number(actor.organization_id),
        object_name=spec.name,
        record_id=record_id,
        path=path,
        chosen=picked,
        locked=list(flow.definition.lock.fields),
        reason=reason.strip()[:LONGEST_COMMENT],
        started_by=actor.user,
    )
    take_snapshot(approval, spec, record, specs_for(actor.organization))
    work = Work(actor.organization, spec, approval, flow.definition, record)
    try:
        with transaction.atomic():
            approval.save()
    except IntegrityError:
        raise _under_way(flow.name) from None
    work.note(ActKind.START, actor.user, comment=approval.reason)
    begin_round(work)
    tell_changed(work, ActKind.START)
    return approval


@transaction.atomic
def decide(
    actor: Actor, approval_id: uuid.UUID, *, agree: bool, comment: str = "", seat_id: uuid.UUID | None = None,
    signature: str = "",
) -> Approval:  # fmt: skip
    """Agree or refuse, for oneself or for somebody whose deputy one is; the same decision twice counts once.

    Raises ``Missing``, ``NotAllowed`` when it is not the actor's turn or the approval is their own, ``Conflict`` when
    it was decided otherwise meanwhile, ``Invalid`` without a comment or signature that the step needs.
    """
    work = _locked(actor, approval_id)
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
    work = _locked(actor, approval_id)
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
        work.tell([work.starter_id], RETURNED, actor.user_id, person=_name(actor))
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
    work = _locked(actor, approval_id)
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
    work = _locked(actor, approval_id)
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


@transaction.atomic
def withdraw(actor: Actor, approval_id: uuid.UUID, *, comment: str = "") -> Approval:
    """Take a request back; raise ``NotAllowed`` for others' requests or when the flow does not allow it (any more)."""
    work = _locked(actor, approval_id)
    problem = withdrawing_problem(work.approval, work.definition, actor, work.starter_id)
    if problem:
        raise NotAllowed("not_allowed", problem)
    waiting = _waiting_people(work)
    work.note(ActKind.WITHDRAW, actor.user, comment=_short(comment))
    finish(work, ApprovalState.WITHDRAWN)
    work.tell(waiting, WITHDRAWN, actor.user_id)
    tell_changed(work, ActKind.WITHDRAW)
    return work.approval


@transaction.atomic
def comment(actor: Actor, approval_id: uuid.UUID, comment: str) -> Act:
    """Say something about an approval that one may see; raise ``Invalid`` for nothing."""
    require_own_eyes(actor)
    work = lock_approval(actor.organization, approval_id)
    if not comment.strip():
        raise Invalid([FieldError("comment", "required", _("Write a comment."))])
    act = work.note(ActKind.COMMENT, actor.user, comment=_short(comment))
    people = [work.starter_id, *_waiting_people(work)]
    work.tell(people, COMMENTED, actor.user_id, person=_name(actor))
    tell_changed(work, ActKind.COMMENT)
    return act


@transaction.atomic
def remind(actor: Actor, approval_id: uuid.UUID) -> Approval:
    """Remind those who have to decide; raise ``Conflict`` when that was done too often or just now."""
    work = _locked(actor, approval_id)
    if actor.user_id != work.starter_id:
        raise NotAllowed("not_allowed", _("Only who started it may remind."))
    acts = Act.objects.filter(approval=work.approval, kind=ActKind.REMIND, by__isnull=False, round=work.approval.round)
    last = acts.order_by("-at").values_list("at", flat=True).first()
    since = (now() - last).total_seconds() / 3600 if last else None
    if not REMINDERS.allows(acts.count(), since):
        message = _("You may remind %(most)d times, with %(hours)d hours between.")
        raise Conflict("reminded_already", message % {"most": REMINDERS.most, "hours": REMINDERS.hours})
    work.note(ActKind.REMIND, actor.user)
    work.tell(_waiting_people(work), REMINDED, actor.user_id, person=_name(actor))
    tell_changed(work, ActKind.REMIND)
    return work.approval


@transaction.atomic
def resubmit(actor: Actor, approval_id: uuid.UUID, *, comment: str = "", chosen: Chosen | None = None) -> Approval:
    """Submit a returned request again, with the record as it is now; raise ``NotAllowed`` for somebody else's."""
    require_own_eyes(actor)
    work = lock_approval(actor.organization, approval_id)
    approval = work.approval
    if approval.state != ApprovalState.RETURNED:
        raise Conflict("not_returned", _("This approval was not returned, or was submitted again already."))
    if not actor.is_system and actor.user_id != work.starter_id:
        raise NotAllowed("not_allowed", _("Only who started it may submit it again."))
    approval.path = path_of(work.organization, work.spec, work.record, work.definition)
    known = {key: people for key, people in approval.chosen.items() if key in approval.path}
    approval.chosen = _checked_choice(work.definition, approval.path, {**known, **(chosen or {})}, actor)
    approval.state, approval.is_locking, approval.round = ApprovalState.RUNNING, True, approval.round + 1
    take_snapshot(approval, work.spec, work.record, specs_for(work.organization))
    approval.save()
    work.note(ActKind.RESUBMIT, actor.user, comment=_short(comment))
    begin_round(work)
    tell_changed(work, ActKind.RESUBMIT)
    return approval


@transaction.atomic
def release(actor: Actor, approval_id: uuid.UUID, *, comment: str) -> Approval:
    """Unlock a record that stayed locked after its approval, which holds no longer; for those who may customise."""
    require_ability(actor, Ability.CUSTOMISE)
    require_own_eyes(actor)
    work = lock_approval(actor.organization, approval_id)
    if work.approval.state != ApprovalState.AGREED or not work.approval.is_locking:
        raise Conflict("not_locked", _("This approval locks nothing any more."))
    if not comment.strip():
        raise Invalid([FieldError("comment", "required", _("Say why it is unlocked."))])
    work.approval.is_locking, work.approval.state = False, ApprovalState.LAPSED
    work.approval.save()
    work.note(ActKind.RELEASE, actor.user, comment=_short(comment))
    tell_changed(work, ActKind.RELEASE)
    return work.approval


def find_live(spec: ObjectSpec, flow_id: uuid.UUID) -> LiveFlow:
    """Return a flow of an object that is in force; raise ``Missing``."""
    for flow in all_flows(spec):
        if flow.id == flow_id and flow.is_active:
            return flow
    raise Missing("not_found", _("There is no such approval flow, or it is switched off."))


def may_start(actor: Actor, flow: LiveFlow, spec: ObjectSpec, record_id: uuid.UUID) -> bool:
    """Say whether somebody may start a flow for a record by hand; automations may always."""
    if actor.is_system or actor.channel is Channel.AUTOMATION:
        return True
    start = flow.definition.start
    action = Action.EDIT if start.starters == Starters.EDITORS else Action.VIEW
    if start.starters == Starters.NOBODY:
        return False
    if start.starters == Starters.ROLES:
        held = {role.role_id for place in actor.standings for role in place.roles}
        if not Role.objects.filter(key__in=start.roles, pk__in=held).exists():
            return False
    rows = spec.model._default_manager.filter(pk=record_id, deleted_at__isnull=True)  # noqa: SLF001
    return restrict(rows, actor, spec, action).exists()


def fits(organization: Organization, spec: ObjectSpec, record: Record, condition: Mapping[str, Any]) -> bool:
    """Say whether a record fits a condition; one that names what is gone is fitted by none."""
    if not condition:
        return True
    try:
        fitting = Fitting(parse_tree(condition), spec, system_actor(organization))
    except Invalid:
        return False
    return fitting.holds(values_of(organization, spec, record, fitting.paths))


def path_of(organization: Organization, spec: ObjectSpec, record: Record, definition: Definition) -> list[str]:
    """Return the keys of the steps that a record takes."""
    choices = [
        rules.Choice(step.taken, holds=step.taken != Taken.IF or fits(organization, spec, record, step.condition))
        for step in definition.steps
    ]
    taken = rules.path(choices)
    return [step.key for step, is_taken in zip(definition.steps, taken, strict=True) if is_taken]


def steps_to_choose(definition: Definition, path: Sequence[str]) -> list[Step]:
    """Return the steps for which who starts has to choose people."""
    return [step for step in definition.steps if step.key in path and step.is_chosen]


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


def withdrawing_problem(approval: Approval, definition: Definition, actor: Actor, starter_id: uuid.UUID | None) -> str:
    """Return why somebody may not withdraw a request; an empty text when they may."""
    if approval.state not in OPEN_STATES:
        return _("This approval has ended already.")
    if not actor.is_system and actor.user_id != starter_id:
        return _("Only who started it may withdraw it.")
    if definition.withdrawing == Withdrawing.NEVER and approval.state == ApprovalState.RUNNING:
        return _("A request of this flow cannot be withdrawn.")
    decided = Seat.objects.filter(
        run__approval=approval, run__round=approval.round, state__in=[SeatState.AGREED, SeatState.REFUSED]
    )
    if definition.withdrawing == Withdrawing.UNDECIDED and approval.state == ApprovalState.RUNNING and decided.exists():
        return _("Somebody has decided already, so it cannot be withdrawn any more.")
    return ""


def earlier_steps(work_definition: Definition, approval: Approval) -> list[Step]:
    """Return the steps to which an approval may be returned."""
    return [step for stage in work_definition.stages(approval.path)[: approval.stage] for step in stage]


def _locked(actor: Actor, approval_id: uuid.UUID) -> Work:
    require_own_eyes(actor)
    return lock_approval(actor.organization, approval_id)


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
    seat.comment = _short(text)


def _note(work: Work, kind: str, actor: Actor, seat: Seat, step: Step, text: str, **details: Any) -> None:
    behalf = seat.user if seat.user_id != actor.user_id else None
    work.note(kind, actor.user, on_behalf_of=behalf, step=step.key, comment=_short(text), **details)


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


def _waiting_people(work: Work) -> list[uuid.UUID]:
    seats = Seat.objects.filter(run__approval=work.approval, run__state=StepState.OPEN, state=SeatState.OPEN)
    return list(seats.values_list("user_id", flat=True))


def _checked_choice(definition: Definition, path: Sequence[str], chosen: Chosen, actor: Actor) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    errors = []
    for step in steps_to_choose(definition, path):
        people = [str(text) for text in chosen.get(step.key, ())]
        active = set(map(str, User.objects.filter(pk__in=_ids(people), is_active=True).values_list("pk", flat=True)))
        if not people or set(people) - active:
            message = _("Choose who decides “%(step)s”.") % {"step": step.name}
            errors.append(FieldError(f"chosen:{step.key}", "required", message))
        elif str(actor.user_id) in people and not definition.own:
            message = _("You cannot decide about your own request. Choose somebody else.")
            errors.append(FieldError(f"chosen:{step.key}", "own_approval", message))
        found[step.key] = people
    if errors:
        raise Invalid(errors)
    return found


def _ids(texts: Sequence[str]) -> list[uuid.UUID]:
    return [pk for text in texts if (pk := parse_id(text)) is not None]


def _refuse_while_open(flow: LiveFlow, record_id: uuid.UUID) -> None:
    if Approval.objects.filter(flow_id=flow.id, record_id=record_id, state__in=OPEN_STATES).exists():
        raise _under_way(flow.name)


def _under_way(name: str) -> Conflict:
    return Conflict("under_way", _("“%(flow)s” is under way for this record already.") % {"flow": name})


def _next_number(organization_id: uuid.UUID) -> str:
    return f"AP-{take_numbers(organization_id, 'approval'):06d}"


def _short(text: str) -> str:
    return text.strip()[:LONGEST_COMMENT]


def _name(actor: Actor) -> str:
    return actor.user.name if actor.user else ""
