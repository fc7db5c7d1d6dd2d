"""What happens when the time for a step is running out, and when it is over."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.approvals.approvers import superiors
from banyan.core.approvals.choices import OPEN_STATES, ActKind, SeatState, StepState, WhenLate
from banyan.core.approvals.definitions import Step
from banyan.core.approvals.engine import Work, close_seat, lock_approval, settle, tell_changed
from banyan.core.approvals.models import Seat, StepRun
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError
from banyan.core.tenancy.models import Organization

logger = logging.getLogger(__name__)
RUNNING_OUT = gettext_noop("%(flow)s: the time to decide about %(record)s is running out.")
OVER = gettext_noop("%(flow)s: the time to decide about %(record)s is over.")
LONGEST_ESCALATION = 5


def watch_limits(actor: Actor) -> int:
    """Remind of and act on all steps whose time has come, each exactly once; return how many there were."""
    at = now()
    open_runs = StepRun.objects.filter(state=StepState.OPEN, approval__state__in=OPEN_STATES)
    due = set(open_runs.filter(due_at__lte=at).values_list("approval_id", "id"))
    due |= set(open_runs.filter(remind_at__lte=at).values_list("approval_id", "id"))
    done = 0
    for approval_id, run_id in sorted(due):
        try:
            with transaction.atomic():
                done += _act_on(actor.organization, approval_id, run_id)
        except DomainError:
            logger.exception("The time limit of approval %s could not be acted on.", approval_id)
    return done


def _act_on(organization: Organization, approval_id: uuid.UUID, run_id: uuid.UUID) -> int:
    """Act on one step, if that is still to be done now that it is locked."""
    work = lock_approval(organization, approval_id)
    run = StepRun.objects.filter(pk=run_id, state=StepState.OPEN).first()
    step = work.definition.step(run.key) if run is not None else None
    if run is None or step is None or work.approval.state not in OPEN_STATES:
        return 0
    if run.due_at is not None and run.due_at <= now():
        run.due_at = run.remind_at = None
        run.save(update_fields=["due_at", "remind_at"])
        _when_late(work, run, step)
        return 1
    if run.remind_at is not None and run.remind_at <= now():
        run.remind_at = None
        run.save(update_fields=["remind_at"])
        work.note(ActKind.REMIND, step=run.key)
        work.tell([seat.user_id for seat in _open(run)], RUNNING_OUT, None)
        return 1
    return 0


def _when_late(work: Work, run: StepRun, step: Step) -> None:
    seats = _open(run)
    if step.when_late == WhenLate.ESCALATE and _escalate(work, run, step, seats):
        settle(work)
    elif step.when_late in {WhenLate.AGREE, WhenLate.REFUSE}:
        agrees = step.when_late == WhenLate.AGREE
        for seat in Seat.objects.filter(run=run, state__in=[SeatState.OPEN, SeatState.WAITING]):
            close_seat(work, seat, SeatState.AGREED if agrees else SeatState.REFUSED)
        work.note(ActKind.AGREE if agrees else ActKind.REFUSE, step=run.key)
        settle(work)
    else:
        work.note(ActKind.REMIND, step=run.key)
        work.tell([*(seat.user_id for seat in seats), work.starter_id], OVER, None)
    tell_changed(work, ActKind.REMIND)


def _escalate(work: Work, run: StepRun, step: Step, seats: list[Seat]) -> bool:
    """Give the parts of those who are late to their superiors; say whether there was one, else it is a reminder."""
    present = set(run.seats.exclude(state=SeatState.HANDED_ON).values_list("user_id", flat=True))
    moved = False
    for seat in seats:
        above = [pk for pk in superiors(seat.user_id, LONGEST_ESCALATION) if pk not in present | {work.starter_id}]
        if not above:
            continue
        present.add(above[0])
        close_seat(work, seat, SeatState.HANDED_ON)
        Seat.objects.create(
            organization_id=work.organization.pk,
            run=run,
            user_id=above[0],
            voice=seat.voice,
            place=seat.place,
            taken_from_id=seat.user_id,
        )
        names = User.objects.in_bulk([seat.user_id, above[0]])
        people = [names[seat.user_id].name, names[above[0]].name]
        work.note(ActKind.ESCALATE, step=run.key, people=people)
        moved = True
    if moved:
        run.due_at = now() + timedelta(hours=step.hours)
        run.remind_at = run.due_at - timedelta(hours=step.remind_before) if step.remind_before else None
        run.save(update_fields=["due_at", "remind_at"])
    return moved


def _open(run: StepRun) -> list[Seat]:
    return list(Seat.objects.filter(run=run, state=SeatState.OPEN).order_by("voice", "place"))
