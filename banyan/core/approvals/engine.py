"""How an approval moves: steps open, people's turns come, steps and the whole come to an end.

Everything here runs while the record and the approval are locked, in that order: whoever writes the record waits, and
two who decide at once come one after the other.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.deputies import deputies_on
from banyan.core.access.guards import require_own_eyes
from banyan.core.approvals import rules
from banyan.core.approvals.access import give_sight, take_back_sight
from banyan.core.approvals.approvers import Situation, approvers_of
from banyan.core.approvals.choices import ActKind, Afterwards, ApprovalState, SeatState, StepState
from banyan.core.approvals.definitions import Definition, Json, Step, read_definition
from banyan.core.approvals.events import ApprovalChanged, ApprovalEnded, ApproversAsked
from banyan.core.approvals.models import Act, Approval, Copy, Seat, StepRun
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import Conflict, DomainError, Missing
from banyan.core.kernel.events import publish
from banyan.core.objects.models import Record
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.changelog import notify_live
from banyan.core.records.drafts import Draft
from banyan.core.records.linked import LinkedValues
from banyan.core.tenancy.models import Organization

ASKED = gettext_noop("%(flow)s: please decide about %(record)s.")
ASKED_FOR = gettext_noop("%(flow)s: somebody for whom you stand in has to decide about %(record)s.")
AGREED = gettext_noop("%(flow)s: %(record)s is agreed to.")
REFUSED = gettext_noop("%(flow)s: %(record)s is refused.")
COPIED = gettext_noop("%(flow)s: you got a copy about %(record)s.")
#: A comment is kept up to this length.
LONGEST_COMMENT = 2_000
ENDINGS = {ApprovalState.AGREED: AGREED, ApprovalState.REFUSED: REFUSED}
SAID = {SeatState.AGREED: rules.AGREED, SeatState.REFUSED: rules.REFUSED}
#: Records whose values an approval's end is setting: such a write starts nothing anew.
_setting: ContextVar[frozenset[uuid.UUID]] = ContextVar("approvals_setting", default=frozenset())


@dataclass
class Work:
    """An approval under lock, with what belongs to it."""

    organization: Organization
    spec: ObjectSpec
    approval: Approval
    definition: Definition
    record: Record
    asked: list[uuid.UUID] = field(default_factory=list)

    @property
    def starter_id(self) -> uuid.UUID | None:
        """Return who started the approval, or whose record it is when nobody did."""
        found: uuid.UUID | None = self.approval.started_by_id or getattr(self.record, "owner_id", None)
        return found

    @property
    def situation(self) -> Situation:
        """Return for whom approvers are looked for."""
        values = values_of(self.organization, self.spec, self.record)
        return Situation(self.spec, self.starter_id, values, self.approval.chosen, self.definition.own)

    @property
    def stages(self) -> list[list[Step]]:
        """Return the steps that are taken, in their groups."""
        return self.definition.stages(self.approval.path)

    def runs(self) -> list[StepRun]:
        """Return the steps of the present stage, those that were left by returning aside."""
        approval = self.approval
        found = StepRun.objects.filter(approval=approval, round=approval.round, stage=approval.stage)
        return list(found.exclude(state=StepState.RETURNED))

    def note(self, kind: str, by: User | None = None, **details: Any) -> Act:
        """Write down what was done."""
        return Act.objects.create(
            organization_id=self.organization.pk,
            approval=self.approval,
            kind=kind,
            by=by,
            round=self.approval.round,
            **details,
        )

    def tell(self, user_ids: Iterable[uuid.UUID | None], text: str, actor_id: uuid.UUID | None, **values: str) -> None:
        """Let people know of something."""
        wanted = tuple(dict.fromkeys(pk for pk in user_ids if pk is not None))
        if wanted:
            named = {"flow": self.approval.flow.name, "record": self.approval.title, **values}
            place = place_of(self.approval)
            publish(PeopleToTell(self.organization.pk, wanted, text, place, named, actor_id))


def place_of(approval: Approval) -> str:
    """Return the address of an approval's page."""
    return f"/approvals/{approval.pk}"


def values_of(organization: Organization, spec: ObjectSpec, record: Record, paths: Iterable[str] = ()) -> Any:
    """Return how a record's values are found by their paths, those of linked records among them."""
    draft = Draft(spec, existing=record)
    return LinkedValues(system_actor(organization), spec, [draft], paths).of(draft)


def is_setting(record_id: uuid.UUID) -> bool:
    """Say whether an approval's end is just setting values of a record."""
    return record_id in _setting.get()


def lock_record(spec: ObjectSpec, record_id: uuid.UUID) -> Record:
    """Lock a live record and return it; raise ``Missing``."""
    rows = spec.model._default_manager.select_for_update(of=("self",))  # noqa: SLF001 Django's own name for it
    record = rows.filter(pk=record_id, deleted_at__isnull=True).first()
    if record is None:
        raise Missing("not_found", _("This record does not exist any more."))
    found: Record = record
    return found


def lock_approval(organization: Organization, approval_id: uuid.UUID) -> Work:
    """Lock the record of an approval and then the approval; raise ``Missing``."""
    known = Approval.objects.filter(pk=approval_id).values_list("object_name", "record_id").first()
    if known is None:
        raise Missing("not_found", _("There is no such approval."))
    spec = specs_for(organization).get(known[0])
    if spec is None:
        raise Conflict("object_gone", _("The object of this approval is not in use any more."))
    record = lock_record(spec, known[1])
    rows = Approval.objects.select_related("flow", "version", "started_by")
    approval = rows.select_for_update(of=("self",)).get(pk=approval_id)
    return Work(organization, spec, approval, read_definition(approval.version.definition), record)


def begin_round(work: Work) -> None:
    """Send an approval on its way from its first step."""
    work.approval.stage = 0
    work.approval.save()
    open_stage(work, 0)
    announce(work)


def open_stage(work: Work, stage: int) -> None:
    """Open the steps of a stage, and of those after it as long as nobody has to decide; at the end, agree."""
    stages = work.stages
    while stage < len(stages):
        work.approval.stage = stage
        work.approval.save(update_fields=["stage"])
        for step in stages[stage]:
            _open_step(work, step)
        if not _settle_runs(work):
            return
        if work.approval.state != ApprovalState.RUNNING:
            return
        stage += 1
    finish(work, ApprovalState.AGREED)


def settle(work: Work) -> None:
    """Draw the consequences of what was just decided: further turns, the end of steps, the next stage, the end."""
    is_running = work.approval.state == ApprovalState.RUNNING
    if is_running and _settle_runs(work) and work.approval.state == ApprovalState.RUNNING:
        open_stage(work, work.approval.stage + 1)
    announce(work)


def finish(work: Work, outcome: str, *, actor_id: uuid.UUID | None = None) -> None:
    """End an approval: close what is open, unlock or keep locked, set values, tell."""
    approval = work.approval
    end_open(work, StepState.ENDED)
    work.asked.clear()
    approval.state, approval.ended_at, approval.is_locking = outcome, now(), False
    approval.save()
    if outcome in ENDINGS:
        _set_values(work, work.definition.on_agreed if outcome == ApprovalState.AGREED else work.definition.on_refused)
        work.tell([work.starter_id], ENDINGS[ApprovalState(outcome)], actor_id)
    if outcome == ApprovalState.AGREED:
        send_copies(work, work.definition.copies)
        if work.definition.lock.afterwards == Afterwards.LOCKED:
            approval.is_locking = True
            approval.save(update_fields=["is_locking"])
    publish(
        ApprovalEnded(
            work.organization.pk, approval.pk, approval.flow_id, approval.object_name, approval.record_id, str(outcome)
        )
    )


def end_open(work: Work, state: str) -> None:
    """Close all steps that are open, and the parts of people in them."""
    runs = StepRun.objects.filter(approval=work.approval, state=StepState.OPEN)
    _end_seats(work, Seat.objects.filter(run__in=runs))
    runs.update(state=state, ended_at=now())


def send_copies(work: Work, user_ids: Sequence[str | uuid.UUID]) -> None:
    """Let people read an approval without deciding; who has a copy gets no second one."""
    people = list(User.objects.filter(pk__in=list(user_ids), is_active=True))
    known = set(Copy.objects.filter(approval=work.approval).values_list("user_id", flat=True))
    fresh = [user for user in people if user.pk not in known]
    if not fresh:
        return
    owned = {"organization_id": work.organization.pk, "approval": work.approval}
    Copy.objects.bulk_create([Copy(**owned, user=user) for user in fresh], ignore_conflicts=True)
    work.note(ActKind.COPY, people=[user.name for user in fresh])
    work.tell([user.pk for user in fresh], COPIED, None)


def voices_of(seats: Iterable[Seat]) -> list[list[Seat]]:
    """Return the parts of a step by voices, each in the order in which they decide; who handed on is out."""
    voices: dict[int, list[Seat]] = {}
    for seat in sorted(seats, key=lambda seat: (seat.voice, seat.place, seat.pk)):
        if seat.state != SeatState.HANDED_ON:
            voices.setdefault(seat.voice, []).append(seat)
    return list(voices.values())


def said(voices: Sequence[Sequence[Seat]]) -> list[list[str]]:
    """Return what the parts of voices say, in the words of the rules."""
    return [[SAID.get(SeatState(seat.state), rules.OPEN) for seat in voice] for voice in voices]


def announce(work: Work) -> None:
    """Tell those whose turn has come, and their deputies."""
    if not work.asked:
        return
    seats = list(Seat.objects.filter(pk__in=work.asked, state=SeatState.OPEN))
    work.asked.clear()
    people = [seat.user_id for seat in seats]
    if not people:
        return
    day = today(work.organization.time_zone)
    work.tell(people, ASKED, None)
    work.tell([pk for pk in deputies_on(people, day) if pk not in people], ASKED_FOR, None)
    publish(ApproversAsked(work.organization.pk, work.approval.pk, tuple(seat.pk for seat in seats)))


def tell_changed(work: Work, kind: str) -> None:
    """Publish that something happened to an approval, also to the open pages that show it or its record."""
    approval = work.approval
    notify_live(work.organization.pk, {"plural": "approvals", "ids": [str(approval.pk)]})
    notify_live(work.organization.pk, {"plural": work.spec.plural, "ids": [str(approval.record_id)]})
    publish(ApprovalChanged(work.organization.pk, approval.pk, approval.object_name, approval.record_id, str(kind)))


def open_seat(work: Work, seat: Seat) -> None:
    """Let somebody's turn come: they see the record from now on."""
    seat.state, seat.opened_at = SeatState.OPEN, now()
    seat.share_id = give_sight(work.organization, work.spec, work.approval, seat.user_id)
    seat.save(update_fields=["state", "opened_at", "share_id"])
    work.asked.append(seat.pk)


def close_seat(work: Work, seat: Seat, state: str) -> None:
    """End somebody's part; the record is not shown to them any more because of it."""
    seat.state, seat.decided_at = state, now()
    seat.save()
    take_back_sight(work.approval, [seat])


def _open_step(work: Work, step: Step) -> None:
    at = now()
    due = at + timedelta(hours=step.hours) if step.hours else None
    found = approvers_of(step, work.situation)
    send_copies(work, step.copies)
    run = StepRun.objects.create(
        organization_id=work.organization.pk,
        approval=work.approval,
        key=step.key,
        stage=work.approval.stage,
        round=work.approval.round,
        started_at=at,
        due_at=due,
        remind_at=due - timedelta(hours=step.remind_before) if due and step.remind_before else None,
    )
    if not found.user_ids:
        run.state, run.ended_at = StepState.SKIPPED, at
        run.save(update_fields=["state", "ended_at"])
        work.note(ActKind.SKIP, step=step.key)
        return
    agreed = set() if work.definition.repeated else _agreed_before(work)
    for voice, user_id in enumerate(found.user_ids):
        repeats = user_id in agreed
        Seat.objects.create(
            organization_id=work.organization.pk,
            run=run,
            user_id=user_id,
            voice=voice,
            state=SeatState.AGREED if repeats else SeatState.WAITING,
            decided_by_id=user_id if repeats else None,
            decided_at=at if repeats else None,
        )
    if repeated := agreed.intersection(found.user_ids):
        names = list(User.objects.filter(pk__in=repeated).order_by("name").values_list("name", flat=True))
        work.note(ActKind.SKIP, step=step.key, people=names)


def _agreed_before(work: Work) -> set[uuid.UUID]:
    """Return who has agreed in this round already, by themselves."""
    seats = Seat.objects.filter(run__approval=work.approval, run__round=work.approval.round, state=SeatState.AGREED)
    return {seat.user_id for seat in seats.exclude(run__state=StepState.RETURNED) if seat.decided_by_id == seat.user_id}


def _settle_runs(work: Work) -> bool:
    """Say whether the present stage is over; a refusal ends the whole approval."""
    runs = work.runs()
    for run in runs:
        if run.state == StepState.OPEN:
            _settle_run(work, run)
    if any(run.state == StepState.REFUSED for run in runs):
        finish(work, ApprovalState.REFUSED)
        return True
    return all(run.state != StepState.OPEN for run in runs)


def _settle_run(work: Work, run: StepRun) -> None:
    step = work.definition.step(run.key)
    if step is None:
        raise TypeError(f"The version has no step {run.key}.")
    voices = voices_of(run.seats.select_related("user"))
    decided = rules.verdict(step.mode, step.ratio, said(voices))
    if decided == rules.OPEN:
        for voice, place in rules.turns(step.mode, step.ratio, said(voices)):
            if voices[voice][place].state == SeatState.WAITING:
                open_seat(work, voices[voice][place])
        return
    run.state = StepState.AGREED if decided == rules.AGREED else StepState.REFUSED
    run.ended_at = now()
    run.save(update_fields=["state", "ended_at"])
    _end_seats(work, run.seats.all())


def _end_seats(work: Work, seats: Any) -> None:
    left = list(seats.filter(state__in=[SeatState.OPEN, SeatState.WAITING]))
    Seat.objects.filter(pk__in=[seat.pk for seat in left]).update(state=SeatState.ENDED)
    take_back_sight(work.approval, left)


def _set_values(work: Work, values: Json) -> None:
    """Set what the flow says; what cannot be set does not undo the decision, but is written down and told."""
    if not values:
        return
    actor = system_actor(work.organization, channel=Channel.AUTOMATION)
    try:
        with transaction.atomic(), setting(work.record.pk):
            door.update(actor, work.spec, work.record.pk, values)
    except DomainError as problem:
        with translation.override(work.organization.language):
            text = _("The values could not be set: %(problem)s") % {"problem": problem.message}
        work.note(ActKind.COMMENT, comment=text)
        work.tell([work.starter_id], gettext_noop("%(flow)s: the values of %(record)s could not be set."), None)


@contextmanager
def setting(record_id: uuid.UUID) -> Iterator[None]:
    """Mark what is written of a record as the consequence of an approval."""
    token = _setting.set(_setting.get() | {record_id})
    try:
        yield
    finally:
        _setting.reset(token)


def name_of_actor(actor: Actor) -> str:
    """Return what an actor is called."""
    return actor.user.name if actor.user else _("The system")


def locked_by(actor: Actor, approval_id: uuid.UUID) -> Work:
    """Lock an approval for somebody who acts on it with their own eyes."""
    require_own_eyes(actor)
    return lock_approval(actor.organization, approval_id)


def shortened(text: str) -> str:
    """Return a comment as it is kept."""
    return text.strip()[:LONGEST_COMMENT]


def name_of(actor: Actor) -> str:
    """Return what messages call the actor."""
    return actor.user.name if actor.user else ""
