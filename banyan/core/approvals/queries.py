"""Reading approvals: one's lists, one approval, those of a record, and what a flow would do with a record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.decisions import restrict
from banyan.core.approvals.approvers import Found, Situation, approvers_of
from banyan.core.approvals.choices import OPEN_STATES, ApprovalState, SeatState, StepState
from banyan.core.approvals.deciding import people_stood_in_for
from banyan.core.approvals.definitions import Definition, Step, read_definition
from banyan.core.approvals.engine import voices_of
from banyan.core.approvals.live import LiveFlow, live_flows
from banyan.core.approvals.models import Act, Approval, Copy, Seat, StepRun
from banyan.core.approvals.services import fits, may_start, path_of
from banyan.core.identity.models import User
from banyan.core.kernel.errors import Missing
from banyan.core.objects.models import Record
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft
from banyan.core.records.linked import LinkedValues

TO_DECIDE, STARTED, DECIDED, COPIES = "to_decide", "started", "decided", "copies"
BOXES = (TO_DECIDE, STARTED, DECIDED, COPIES)


def box(actor: Actor, name: str) -> QuerySet[Approval]:
    """Return the approvals in one of a person's lists, those that wait longest first where one has to decide."""
    rows = Approval.objects.select_related("flow", "version", "started_by")
    if name == TO_DECIDE:
        return rows.filter(Exists(_turns(actor)), state=ApprovalState.RUNNING).order_by("started_at", "id")
    if name == STARTED:
        return rows.filter(started_by_id=actor.user_id)
    if name == DECIDED:
        return rows.filter(Exists(Seat.objects.filter(run__approval=OuterRef("pk"), decided_by_id=actor.user_id)))
    return rows.filter(Exists(Copy.objects.filter(approval=OuterRef("pk"), user=actor.user)))


def waiting_for(actor: Actor) -> int:
    """Return how many approvals wait for somebody."""
    return box(actor, TO_DECIDE).count() if actor.user_id else 0


def find_approval(actor: Actor, approval_id: uuid.UUID) -> Approval:
    """Return an approval that somebody has or had a part in, or whose record they see; raise ``Missing``."""
    approval = Approval.objects.select_related("flow", "version", "started_by").filter(pk=approval_id).first()
    if approval is None or not (has_part(actor, approval) or sees_record(actor, approval)):
        raise Missing("not_found", _("There is no such approval, or you may not see it."))
    return approval


def has_part(actor: Actor, approval: Approval) -> bool:
    """Say whether somebody started, decides, decided or got a copy of an approval, themselves or as a deputy."""
    if actor.user_id is None:
        return actor.is_system
    if approval.started_by_id == actor.user_id:
        return True
    people = [actor.user_id, *people_stood_in_for(actor)]
    parts = Seat.objects.filter(run__approval=approval).exclude(state=SeatState.WAITING)
    mine = parts.filter(Q(user_id__in=people) | Q(decided_by_id=actor.user_id) | Q(added_by_id=actor.user_id))
    return mine.exists() or Copy.objects.filter(approval=approval, user_id=actor.user_id).exists()


def sees_record(actor: Actor, approval: Approval) -> bool:
    """Say whether somebody sees the record that an approval is about."""
    spec = specs_for(actor.organization).get(approval.object_name)
    if spec is None:
        return False
    rows = spec.model._default_manager.filter(pk=approval.record_id, deleted_at__isnull=True)  # noqa: SLF001
    return restrict(rows, actor, spec).exists()


def turns_of(actor: Actor, approvals: Iterable[Approval]) -> dict[uuid.UUID, Seat]:
    """Return the part that is somebody's turn in each of several approvals; see ``seat_of`` for one."""
    wanted = [actor.user_id, *people_stood_in_for(actor)]
    running = [row.pk for row in approvals if row.state == ApprovalState.RUNNING]
    seats = Seat.objects.select_related("run", "user").filter(
        run__approval_id__in=running, run__state=StepState.OPEN, state=SeatState.OPEN, user_id__in=wanted
    )
    found: dict[uuid.UUID, Seat] = {}
    for seat in sorted(seats, key=lambda seat: (wanted.index(seat.user_id), seat.pk)):
        found.setdefault(seat.run.approval_id, seat)
    return found


def approvals_of(spec: ObjectSpec, record_id: uuid.UUID) -> list[Approval]:
    """Return the approvals of a record, those under way first, then the newest."""
    rows = Approval.objects.select_related("flow", "version", "started_by").filter(
        object_name=spec.name, record_id=record_id
    )
    return sorted(rows, key=lambda row: row.state not in OPEN_STATES)


def startable(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> list[LiveFlow]:
    """Return the flows that somebody may start for a record now."""
    flows = [flow for flow in live_flows(spec) if may_start(actor, flow, spec, record_id)]
    if not flows:
        return []
    open_flows = set(
        Approval.objects.filter(record_id=record_id, state__in=OPEN_STATES).values_list("flow_id", flat=True)
    )
    record = spec.model._default_manager.filter(pk=record_id, deleted_at__isnull=True).first()  # noqa: SLF001
    return [
        flow
        for flow in flows
        if flow.id not in open_flows
        and record is not None
        and fits(actor.organization, spec, record, flow.definition.start.condition)
    ]


@dataclass(frozen=True)
class ShownStep:
    """A step of an approval, or of what a flow would do: who is in it, and what became of it.

    ``state`` is empty for one that lies ahead; ``seats`` are the parts of people, or ``people`` those who would decide.
    """

    step: Step
    state: str = ""
    run: StepRun | None = None
    voices: tuple[tuple[Seat, ...], ...] = ()
    people: tuple[User, ...] = ()
    by_administrators: bool = False
    is_taken: bool = True
    due_at: datetime | None = None


@dataclass(frozen=True)
class Course:
    """How an approval went and will go: its steps in order, and everything that was done."""

    steps: tuple[ShownStep, ...]
    acts: tuple[Act, ...] = field(default=())


def course_of(actor: Actor, approval: Approval) -> Course:
    """Return the steps of an approval's present round and all that was done; what lies ahead as of now."""
    definition = read_definition(approval.version.definition)
    present = approval.runs.filter(round=approval.round).exclude(state=StepState.RETURNED).order_by("id")
    runs: dict[str, StepRun] = {row.key: row for row in present}
    seats: dict[uuid.UUID, list[Seat]] = {}
    for seat in Seat.objects.filter(run__in=runs.values()).select_related("user", "decided_by", "added_by"):
        seats.setdefault(seat.run_id, []).append(seat)
    ahead = [step for step in definition.steps if step.key in approval.path and step.key not in runs]
    expected = _expected(actor, approval, ahead) if approval.state in OPEN_STATES else {}
    shown = []
    for step in (step for stage in definition.stages(approval.path) for step in stage):
        run = runs.get(step.key)
        if run is not None:
            voices = tuple(tuple(voice) for voice in voices_of(seats.get(run.pk, ())))
            shown.append(ShownStep(step, run.state, run, voices, due_at=run.due_at))
        elif step.key in expected:
            shown.append(expected[step.key])
        elif approval.state in OPEN_STATES:
            shown.append(ShownStep(step))
    acts = approval.acts.select_related("by", "on_behalf_of")
    return Course(tuple(shown), tuple(acts))


def try_out(
    actor: Actor, spec: ObjectSpec, definition: Definition, record: Record, starter_id: uuid.UUID | None
) -> tuple[bool, list[ShownStep]]:
    """Say whether a record fits a flow's condition, and which steps it would take with whom; nothing is begun."""
    organization = actor.organization
    path = path_of(organization, spec, record, definition)
    situation = _situation(actor, spec, record, starter_id or getattr(record, "owner_id", None), definition)
    steps = [
        _with_people(step, approvers_of(step, situation)) if step.key in path else ShownStep(step, is_taken=False)
        for step in definition.steps
    ]
    return fits(organization, spec, record, definition.start.condition), steps


def _expected(actor: Actor, approval: Approval, ahead: Iterable[Step]) -> dict[str, ShownStep]:
    spec = specs_for(actor.organization).get(approval.object_name)
    record = spec.model._default_manager.filter(pk=approval.record_id).first() if spec else None  # noqa: SLF001
    if spec is None or record is None:
        return {}
    definition = read_definition(approval.version.definition)
    starter = approval.started_by_id or getattr(record, "owner_id", None)
    situation = _situation(actor, spec, record, starter, definition, approval.chosen)
    return {step.key: _with_people(step, approvers_of(step, situation)) for step in ahead}


def _situation(
    actor: Actor,
    spec: ObjectSpec,
    record: Record,
    starter_id: uuid.UUID | None,
    definition: Definition,
    chosen: dict[str, list[str]] | None = None,
) -> Situation:
    draft = Draft(spec, existing=record)
    values = LinkedValues(system_actor(actor.organization), spec, [draft], ()).of(draft)
    return Situation(spec, starter_id, values, chosen or {}, definition.own)


def _with_people(step: Step, found: Found) -> ShownStep:
    people = User.objects.in_bulk(list(found.user_ids))
    ordered = tuple(people[pk] for pk in found.user_ids if pk in people)
    return ShownStep(step, people=ordered, by_administrators=found.by_administrators)


def _turns(actor: Actor) -> QuerySet[Seat]:
    people = [actor.user_id, *people_stood_in_for(actor)]
    return Seat.objects.filter(
        run__approval=OuterRef("pk"), run__state=StepState.OPEN, state=SeatState.OPEN, user_id__in=people
    )
