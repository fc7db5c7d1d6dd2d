"""Bringing running records along when a process begins or changes: in pieces, each a transaction of its own.

Every step can be done again from the start: what is done already is passed over.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id
from banyan.core.objects.models import Record
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import ActiveProcess, Governing, as_active, stage_key
from banyan.core.processes.models import Process, Stay
from banyan.core.processes.selecting import governed, rows_where
from banyan.core.processes.staying import deadlines
from banyan.core.processes.values import stored_form
from banyan.core.records import door
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.models import Change, ChangeAction
from banyan.core.records.storage import insert_rows, update_rows
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

PIECE = 500
Report = Callable[..., None]


@dataclass(frozen=True)
class _Step:
    """One instant at which a record came into a stage."""

    stage: str
    at: datetime
    person: uuid.UUID | None


def settle(actor: Actor, process_id: uuid.UUID, moved: Mapping[str, str], report: Report) -> dict[str, Any]:
    """Move records out of lost stages, write down stays that are missing, and set deadlines anew; return how many."""
    outcome = {"moved": 0, "left": 0, "noted": 0, "timed": 0}
    for old, new in moved.items():
        done, left = _move(actor, process_id, old, new, report)
        outcome["moved"] += done
        outcome["left"] += left
    outcome["noted"] = _in_pieces(actor, process_id, report, _note)
    outcome["timed"] = _in_pieces(actor, process_id, report, _time)
    return outcome


@dataclass
class _Piece:
    """A transaction's view of the process: everything is read anew, because it may have changed meanwhile."""

    actor: Actor
    spec: ObjectSpec
    process: ActiveProcess


def _piece(actor: Actor, process_id: uuid.UUID) -> _Piece | None:
    organization = Organization.objects.get(pk=actor.organization_id)
    row = Process.objects.select_related("organization").filter(pk=process_id, is_active=True).first()
    spec = specs_on(organization).get(row.object_name) if row is not None else None
    if row is None or spec is None or row.field_name not in spec.all_fields:
        return None
    return _Piece(system_actor(organization), spec, as_active(row))


def _move(actor: Actor, process_id: uuid.UUID, old: str, new: str, report: Report) -> tuple[int, int]:
    done = left = 0
    last: uuid.UUID | None = None
    while True:
        with organization_scope(actor.organization_id):
            piece = _piece(actor, process_id)
            if piece is None:
                return done, left
            rows = rows_where(piece.actor, piece.spec, governed(piece.process, old)).order_by("pk")
            ids = list((rows.filter(pk__gt=last) if last else rows).values_list("pk", flat=True)[:PIECE])
            if not ids:
                return done, left
            last = ids[-1]
            entry = piece.spec.all_fields[piece.process.field_name]
            context = WriteContext.for_actor(piece.actor, exempt=True)
            values = {entry.name: stored_form(entry, new)}
            written = door.update_many(piece.actor, piece.spec, dict.fromkeys(ids, values), context=context)
            done += len(written.updated)
            left += len(written.rejected)
        report("moving", done)


def _in_pieces(
    actor: Actor, process_id: uuid.UUID, report: Report, work: Callable[[_Piece, Sequence[Record]], int]
) -> int:
    done = seen = 0
    last: uuid.UUID | None = None
    while True:
        with organization_scope(actor.organization_id):
            piece = _piece(actor, process_id)
            if piece is None:
                return done
            # Locked as the one door locks them, so that nobody moves a record while its stay is written.
            rows = rows_where(piece.actor, piece.spec, piece.process.condition).order_by("pk")
            rows = rows.select_for_update(of=("self",))
            found: list[Any] = list((rows.filter(pk__gt=last) if last else rows)[:PIECE])
            if not found:
                return done
            last = found[-1].pk
            done += work(piece, found)
            seen += len(found)
        report("settling", seen)


def _note(piece: _Piece, records: Sequence[Record]) -> int:
    """Write down the stays of records of which none is known, from what the change log tells."""
    process = piece.process
    drafts = [Draft(piece.spec, existing=record) for record in records]
    governing = Governing(piece.actor, piece.spec, drafts)
    mine = [draft for draft in drafts if any(found.id == process.id for found in governing.of(draft))]
    ids = [draft.record_id for draft in mine]
    stays = Stay.objects.filter(record_id__in=ids, process=process.id, left_at=None)
    known = dict(stays.values_list("record_id", "stage"))
    current = {draft.record_id: stage_key(draft.get(process.field_name)) for draft in mine}
    # While a process was switched off, nobody wrote down where records went.
    stays.filter(record_id__in=[pk for pk, stage in known.items() if stage != current[pk]]).update(left_at=now())
    lacking = [draft for draft in mine if current[draft.record_id] not in {"", known.get(draft.record_id)}]
    # Other processes may have had them before their conditions or order were changed.
    lost = Stay.objects.filter(record_id__in=ids, left_at=None, object_name=piece.spec.name).exclude(process=process.id)
    lost.filter(process__field_name=process.field_name).update(left_at=now())
    with_history = set(
        Stay.objects.filter(record_id__in=[draft.record_id for draft in lacking], process=process.id)
        .values_list("record_id", flat=True)
    )  # fmt: skip
    moves = _moves(piece, [draft.record_id for draft in lacking if draft.record_id not in with_history])
    rows = [
        row for draft in lacking for row in _stays(piece, draft, moves, is_fresh=draft.record_id not in with_history)
    ]
    if rows:
        insert_rows(Stay, rows)
    return len(lacking)


def _moves(piece: _Piece, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Change]]:
    """Return the changes of the stage that the log knows of, oldest first."""
    found: dict[uuid.UUID, list[Change]] = {}
    changes = Change.objects.filter(
        record_id__in=list(ids), action=ChangeAction.UPDATE, values__has_key=piece.process.field_name
    )
    for change in changes.order_by("at", "id"):
        found.setdefault(change.record_id, []).append(change)
    return found


def _stays(
    piece: _Piece, draft: Draft, moves: Mapping[uuid.UUID, list[Change]], *, is_fresh: bool
) -> list[dict[str, Any]]:
    record = draft.existing
    current = stage_key(draft.get(piece.process.field_name))
    if record is None:
        return []
    steps = _steps(piece.process.field_name, record, moves.get(record.pk, []), current)
    if not is_fresh:
        steps = [_Step(current, now(), None)]
    rows = []
    for index, step in enumerate(steps):
        following = steps[index + 1] if index + 1 < len(steps) else None
        # The clock of those that are there already begins with the process: nobody is late on its first day.
        limits = deadlines(piece.process, step.stage, now()) if following is None else None
        rows.append(
            {
                "id": new_id(),
                "organization_id": piece.actor.organization_id,
                "process_id": piece.process.id,
                "object_name": piece.spec.name,
                "record_id": record.pk,
                "stage": step.stage,
                "version": piece.process.version,
                "entered_at": step.at,
                "entered_by_id": step.person,
                "left_at": following.at if following else None,
                "left_by_id": following.person if following else None,
                "due_at": limits.due_at if limits else None,
                "remind_at": limits.remind_at if limits else None,
                "backfilled": True,
            }
        )
    return rows


def _steps(name: str, record: Record, changes: Sequence[Change], current: str) -> list[_Step]:
    """Return when a record came into which stage, from its changes; the first stage from its creation."""
    first = stage_key(changes[0].values[name][0]) if changes else current
    steps = [_Step(first, record.created_at, record.created_by_id)] if first else []
    for change in changes:
        stage = stage_key(change.values[name][1])
        if stage and (not steps or steps[-1].stage != stage):
            steps.append(_Step(stage, max(change.at, record.created_at), change.actor_id))
    if not steps or steps[-1].stage != current:
        steps.append(_Step(current, record.updated_at, None))
    return steps


def _time(piece: _Piece, records: Sequence[Record]) -> int:
    """Give open stays the deadlines of the definition in force; a limit that is new begins to count now."""
    rows = []
    stays = Stay.objects.filter(record_id__in=[record.pk for record in records], process=piece.process.id, left_at=None)
    for stay in stays.select_for_update():
        begin = stay.entered_at if stay.due_at is not None and not stay.backfilled else now()
        limits = deadlines(piece.process, stay.stage, begin)
        is_same = (limits.due_at is None) == (stay.due_at is None)
        if is_same and (stay.due_at is None or stay.version == piece.process.version):
            continue
        rows.append(
            {"id": stay.pk, "due_at": limits.due_at, "remind_at": limits.remind_at, "version": piece.process.version}
        )
    if rows:
        update_rows(Stay, ["due_at", "remind_at", "version"], rows)
    return len(rows)
