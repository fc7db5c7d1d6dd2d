"""Records under approval are locked, and what needs approval is refused without: policies of the one door."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import system_actor
from banyan.core.approvals.choices import OPEN_STATES, ApprovalState, SeatState, StepState
from banyan.core.approvals.definitions import EVERY_FIELD, Definition, Lock
from banyan.core.approvals.engine import is_setting
from banyan.core.approvals.live import LINES, LiveFlow, all_flows, live_flows
from banyan.core.approvals.models import Approval, Seat
from banyan.core.kernel.errors import Conflict, Invalid
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.models import Record
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.linked import LinkedValues
from banyan.core.records.locks import Locks, LockSource, Stored, register_locks
from banyan.core.records.locks import locking as locks_for
from banyan.core.records.policies import Phase, WritePolicy, register_policy

LOCK, GATE, LINE = "approvals.lock", "approvals.gate", "approvals.lines"
LOCKED = "locked_by_approval"


def register() -> None:
    """Let the one door ask before each write of an object that has flows."""
    register_locks(LockSource(LOCK, has_flows, locks_of, tables=lambda _spec: (Approval,)))
    register_policy(WritePolicy(LOCK, Phase.JUDGE, has_flows, keep=keep))
    register_policy(WritePolicy(GATE, Phase.JUDGE, _has_gate, judge_gates))
    register_policy(WritePolicy(LINE, Phase.JUDGE, lambda spec: LINES in spec.shaping, judge_lines, keep_lines))


def locks_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return the fields of records that approvals lock; two queries for all of them at most.

    Taking back earlier work is judged as well: it would change what people are deciding about, or have decided.
    """
    ids = [record.record_id for record in records if not is_setting(record.record_id)]
    if not ids:
        return {}
    locking = list(Approval.objects.filter(is_locking=True, record_id__in=ids).select_related("flow"))
    deciding = _deciding(locking)
    found: dict[uuid.UUID, Locks] = {}
    for approval in locking:
        lock = Lock(fields=tuple(approval.locked))
        names = [name for name in spec.all_fields if lock.covers(spec, name)]
        message = _told(approval, deciding.get(approval.pk, []))
        found[approval.record_id] = {**found.get(approval.record_id, {}), **locks_for(names, LOCKED, message)}
    return found


def judge_lines(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse changes of the lines of a record all of whose fields are locked."""
    link = drafts[0].spec.shaping[LINES]
    owners = {draft.record_id: {draft.get(link), draft.before(link)} - {None} for draft in drafts}
    locking = _locking_all(set().union(*owners.values()))
    for draft in drafts:
        approval = next((locking[pk] for pk in owners[draft.record_id] if pk in locking), None)
        if approval is not None and (draft.is_new or any(_differs(draft, name) for name in draft.values)):
            draft.refuse("", LOCKED, told_lock(approval))


def keep_lines(spec: ObjectSpec, records: Sequence[Record], context: WriteContext) -> None:
    """Refuse that lines of a record all of whose fields are locked go to the recycle bin."""
    attribute = spec.all_fields[spec.shaping[LINES]].attribute
    locking = _locking_all({getattr(record, attribute) for record in records} - {None})
    if locking:
        approval = next(iter(locking.values()))
        raise Conflict(LOCKED, told_lock(approval), record_id=approval.record_id)


def judge_gates(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse that records become what only an approval lets them become.

    A record that is so already, and what is put back or brought together, is left alone.
    """
    if context.exempt:
        return
    judged = [draft for draft in drafts if not draft.errors and not is_setting(draft.record_id)]
    for flow in live_flows(judged[0].spec) if judged else ():
        if flow.definition.gate:
            _judge_gate(flow, judged, context)


def keep(spec: ObjectSpec, records: Sequence[Record], context: WriteContext) -> None:
    """Refuse that records which an approval locks go to the recycle bin."""
    ids = [record.pk for record in records]
    approval = Approval.objects.filter(is_locking=True, record_id__in=ids).select_related("flow").first()
    if approval is not None:
        raise Conflict(LOCKED, told_lock(approval), record_id=approval.record_id)


def told_lock(approval: Approval) -> str:
    """Return why a record is locked, who decides, and what the way out is."""
    return _told(approval, _deciding([approval]).get(approval.pk, []))


def has_flows(spec: ObjectSpec) -> bool:
    """Say whether an object has, or had, flows whose approvals may lock its records."""
    return bool(all_flows(spec))


def _deciding(approvals: Sequence[Approval]) -> dict[uuid.UUID, list[str]]:
    """Return the names of the people on whom approvals wait; one query for all that are under way."""
    under_way = [approval.pk for approval in approvals if approval.state in OPEN_STATES]
    found: dict[uuid.UUID, list[str]] = {}
    if under_way:
        seats = Seat.objects.filter(run__approval__in=under_way, run__state=StepState.OPEN, state=SeatState.OPEN)
        for pk, name in seats.order_by("user__name").values_list("run__approval_id", "user__name"):
            found.setdefault(pk, []).append(name)
    return found


def _told(approval: Approval, deciding: Sequence[str]) -> str:
    values = {"flow": approval.flow.name, "record": approval.title, "number": approval.number}
    if approval.state not in OPEN_STATES:
        message = _(
            "“%(record)s” was approved (%(flow)s, %(number)s) and is locked since. An administrator can unlock it."
        )
        return message % values
    message = _(
        "“%(record)s” is being approved (%(flow)s, %(number)s) and locked meanwhile. %(people)s decides; "
        "whoever started it can withdraw it."
    )
    return message % {**values, "people": _(", ").join(dict.fromkeys(deciding))}


def agreed_and_unchanged(
    flow_id: uuid.UUID, definition: Definition, spec: ObjectSpec, drafts: Mapping[uuid.UUID, Draft],
    aside: Iterable[str],
) -> set[uuid.UUID]:  # fmt: skip
    """Return for which records the flow's latest approval was agreed to, and what it was about is still so.

    Fields in ``aside`` may be other than they were; of a flow that locks all fields none is compared.
    """
    latest: dict[uuid.UUID, Approval] = {}
    for row in Approval.objects.filter(flow_id=flow_id, record_id__in=list(drafts)).order_by("started_at", "id"):
        latest[row.record_id] = row
    names = set() if EVERY_FIELD in definition.lock.fields else set(definition.lock.fields) - set(aside)
    return {
        pk
        for pk, row in latest.items()
        if row.state == ApprovalState.AGREED and all(_is_as_agreed(row, spec, drafts[pk], name) for name in names)
    }


def _judge_gate(flow: LiveFlow, drafts: Sequence[Draft], context: WriteContext) -> None:
    spec, actor = drafts[0].spec, system_actor(context.actor.organization)
    definition = flow.definition
    try:
        gate = Fitting(parse_tree(definition.gate), spec, actor)
        meant = Fitting(parse_tree(definition.start.condition) if definition.start.condition else None, spec, actor)
    except Invalid:
        return  # A field of the condition is gone; the settings say so, and nothing can be judged by it.
    values = LinkedValues(actor, spec, drafts, gate.paths | meant.paths)
    becoming = {
        draft.record_id: draft
        for draft in drafts
        if gate.holds(values.of(draft)) and meant.holds(values.of(draft)) and not _was_so(gate, draft)
    }
    if not becoming:
        return
    aside = {*(path.partition(".")[0] for path in gate.paths), *definition.on_agreed}
    allowed = agreed_and_unchanged(flow.id, definition, spec, becoming, aside)
    for pk, draft in becoming.items():
        if pk not in allowed:
            field = next((name for name in draft.values if name in aside), "")
            message = _("This needs approval first (%(flow)s). Save without this change, and start the approval.")
            draft.refuse(field, "needs_approval", message % {"flow": flow.name})


def _was_so(gate: Fitting, draft: Draft) -> bool:
    """Say whether the record fitted the gate before; of fields of linked records, as they are now."""
    if draft.is_new or any("." in path for path in gate.paths):
        return False
    return gate.holds(lambda path: draft.record_id if path == "id" else draft.before(path))


def _differs(draft: Draft, name: str) -> bool:
    kind, value, before = draft.spec.all_fields[name].kind, draft.values[name], draft.before(name)
    return value != before and not (kind.is_empty(value) and kind.is_empty(before))


def _is_as_agreed(approval: Approval, spec: ObjectSpec, draft: Draft, name: str) -> bool:
    entry = spec.all_fields.get(name)
    if entry is None:
        return True
    value: Any = draft.get(name)
    kept = approval.snapshot.get(name)
    return entry.kind.is_empty(value) if kept is None else entry.kind.to_json(value) == kept


def _locking_all(record_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Approval]:
    """Return by records the approvals that lock all their fields."""
    ids = [pk for pk in record_ids if not is_setting(pk)]
    if not ids:
        return {}
    rows = Approval.objects.filter(is_locking=True, record_id__in=ids, locked__contains=[EVERY_FIELD])
    return {row.record_id: row for row in rows.select_related("flow")}


def _has_gate(spec: ObjectSpec) -> bool:
    return any(flow.definition.gate for flow in live_flows(spec))
