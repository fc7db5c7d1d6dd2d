"""What people do with requests for approval: start, withdraw, comment, remind, submit again, release."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.decisions import restrict
from banyan.core.access.guards import require_ability, require_own_eyes
from banyan.core.access.scopes import Ability, Action
from banyan.core.approvals import rules
from banyan.core.approvals.choices import (
    OPEN_STATES,
    ActKind,
    ApprovalState,
    SeatState,
    Starters,
    StepState,
    Taken,
    Withdrawing,
)
from banyan.core.approvals.definitions import Definition, Step
from banyan.core.approvals.engine import (
    Work,
    begin_round,
    finish,
    lock_approval,
    lock_record,
    locked_by,
    name_of,
    shortened,
    tell_changed,
    values_of,
)
from banyan.core.approvals.live import LiveFlow, all_flows
from banyan.core.approvals.models import Act, Approval, Flow, Seat
from banyan.core.approvals.snapshots import take_snapshot
from banyan.core.identity.models import Role, User
from banyan.core.kernel.clock import now
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
WITHDRAWN = gettext_noop("%(flow)s: the request about %(record)s was withdrawn.")
COMMENTED = gettext_noop("%(flow)s: %(person)s commented on %(record)s.")
REMINDED = gettext_noop("%(flow)s: %(person)s reminds you to decide about %(record)s.")

Chosen = Mapping[str, Sequence[str]]


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
        reason=shortened(reason),
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
def withdraw(actor: Actor, approval_id: uuid.UUID, *, comment: str = "") -> Approval:
    """Take a request back; raise ``NotAllowed`` for others' requests or when the flow does not allow it (any more)."""
    work = locked_by(actor, approval_id)
    problem = withdrawing_problem(work.approval, work.definition, actor, work.starter_id)
    if problem:
        raise NotAllowed("not_allowed", problem)
    waiting = _waiting_people(work)
    work.note(ActKind.WITHDRAW, actor.user, comment=shortened(comment))
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
    act = work.note(ActKind.COMMENT, actor.user, comment=shortened(comment))
    people = [work.starter_id, *_waiting_people(work)]
    work.tell(people, COMMENTED, actor.user_id, person=name_of(actor))
    tell_changed(work, ActKind.COMMENT)
    return act


@transaction.atomic
def remind(actor: Actor, approval_id: uuid.UUID) -> Approval:
    """Remind those who have to decide; raise ``Conflict`` when that was done too often or just now."""
    work = locked_by(actor, approval_id)
    if actor.user_id != work.starter_id:
        raise NotAllowed("not_allowed", _("Only who started it may remind."))
    acts = Act.objects.filter(approval=work.approval, kind=ActKind.REMIND, by__isnull=False, round=work.approval.round)
    last = acts.order_by("-at").values_list("at", flat=True).first()
    since = (now() - last).total_seconds() / 3600 if last else None
    if not REMINDERS.allows(acts.count(), since):
        message = _("You may remind %(most)d times, with %(hours)d hours between.")
        raise Conflict("reminded_already", message % {"most": REMINDERS.most, "hours": REMINDERS.hours})
    work.note(ActKind.REMIND, actor.user)
    work.tell(_waiting_people(work), REMINDED, actor.user_id, person=name_of(actor))
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
    work.note(ActKind.RESUBMIT, actor.user, comment=shortened(comment))
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
    work.note(ActKind.RELEASE, actor.user, comment=shortened(comment))
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
