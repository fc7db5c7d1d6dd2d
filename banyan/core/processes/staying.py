"""Writing down where records stay: set-based, in the transaction of the change."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from banyan.core.access.actor import system_actor
from banyan.core.kernel.clock import now
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import new_id
from banyan.core.objects.models import Record
from banyan.core.objects.registry import specs_for, specs_here
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import ActiveProcess, Governing, has_process, processes_of, stage_key
from banyan.core.processes.events import StageEntered
from banyan.core.processes.gates import COMMENT, REASON
from banyan.core.processes.models import Stay, Tick
from banyan.core.processes.rules import time_is_up
from banyan.core.records.drafts import Draft
from banyan.core.records.events import RecordsChanged
from banyan.core.records.models import ChangeAction
from banyan.core.records.storage import insert_rows
from banyan.core.tenancy.models import Organization

PURGED_AT_A_TIME = 5_000
Place = tuple[uuid.UUID, uuid.UUID]


@dataclass(frozen=True)
class Deadlines:
    """When somebody is reminded of a record, and when its time is up; None where there is no limit."""

    remind_at: datetime | None = None
    due_at: datetime | None = None


def deadlines(process: ActiveProcess, stage: str, begin: datetime) -> Deadlines:
    """Return the deadlines of a stay that begins to count at an instant."""
    found = process.definition.stage(stage)
    if found is None or not found.limit.hours or not found.is_open:
        return Deadlines()
    limit, working = found.limit, process.definition.working
    due = time_is_up(begin, limit.hours, working, process.time_zone)
    early = max(0, limit.hours - limit.remind)
    return Deadlines(time_is_up(begin, early, working, process.time_zone) if limit.remind else None, due)


def note_stays(event: RecordsChanged) -> None:
    """End and begin the stays of records that were changed."""
    if event.action == ChangeAction.ERASE:
        # What was said of a person goes with the person.
        Stay.objects.filter(record_id__in=[changed.record_id for changed in event.records]).update(comment="")
    known = specs_here().get(event.object_name)
    if known is None or not has_process(known):
        return
    watched = {name for process in processes_of(known) for name in process.watched}
    moved = [
        changed.record_id
        for changed in event.records
        if event.action != ChangeAction.UPDATE or not watched.isdisjoint(changed.values)
    ]
    if not moved:
        return
    organization = Organization.objects.get(pk=event.organization_id)
    spec = specs_for(organization)[event.object_name]
    processes = processes_of(spec)
    records = list(spec.model._default_manager.filter(pk__in=moved))  # noqa: SLF001 Django's own name for it
    words = {changed.record_id: changed.remarks for changed in event.records}
    _Notes(organization, spec, processes, event.actor_id).write(records, words)


class _Notes:
    """The stays of one change."""

    def __init__(
        self,
        organization: Organization,
        spec: ObjectSpec,
        processes: Sequence[ActiveProcess],
        person: uuid.UUID | None,
    ) -> None:
        self._organization = organization
        self._actor = system_actor(organization)
        self._spec = spec
        self._processes = {process.id: process for process in processes}
        self._person = person

    def write(self, records: Sequence[Record], words: Mapping[uuid.UUID, Mapping[str, str]]) -> None:
        """Let the open stays be where the records are now."""
        wanted = self._wanted(records)
        ids = [record.pk for record in records]
        open_stays = {
            (stay.record_id, stay.process_id): stay
            for stay in Stay.objects.filter(record_id__in=ids, left_at=None).select_for_update()
        }
        at = now()
        over = [stay for place, stay in open_stays.items() if wanted.get(place) != stay.stage]
        if over:
            Stay.objects.filter(pk__in=[stay.pk for stay in over]).update(left_at=at, left_by=self._person)
        begun = {
            place: stage
            for place, stage in wanted.items()
            if place not in open_stays or open_stays[place].stage != stage
        }
        if begun:
            insert_rows(Stay, [self._row(place, stage, at, words) for place, stage in begun.items()])
        self._tell(begun, open_stays)

    def _wanted(self, records: Sequence[Record]) -> dict[Place, str]:
        drafts = [Draft(self._spec, existing=record) for record in records if record.deleted_at is None]
        if not drafts:
            return {}
        governing = Governing(self._actor, self._spec, drafts)
        return {
            (draft.record_id, process.id): key
            for draft in drafts
            for process in governing.of(draft)
            if (key := stage_key(draft.get(process.field_name)))
        }

    def _row(self, place: Place, stage: str, at: datetime, words: Mapping[uuid.UUID, Mapping[str, str]]) -> Any:
        record_id, process_id = place
        process = self._processes[process_id]
        said = words.get(record_id, {})
        limits = deadlines(process, stage, at)
        return {
            "id": new_id(),
            "organization_id": self._organization.pk,
            "process_id": process_id,
            "object_name": self._spec.name,
            "record_id": record_id,
            "stage": stage,
            "version": process.version,
            "entered_at": at,
            "entered_by_id": self._person,
            "reason": said.get(REASON, "")[:100],
            "comment": said.get(COMMENT, ""),
            "due_at": limits.due_at,
            "remind_at": limits.remind_at,
        }

    def _tell(self, begun: Mapping[Place, str], before: Mapping[Place, Stay]) -> None:
        groups: dict[tuple[uuid.UUID, str, str], list[uuid.UUID]] = {}
        for place, stage in begun.items():
            previous = before[place].stage if place in before else ""
            groups.setdefault((place[1], stage, previous), []).append(place[0])
        for (process_id, stage, previous), ids in groups.items():
            publish(
                StageEntered(
                    organization_id=self._organization.pk,
                    object_name=self._spec.name,
                    record_ids=tuple(ids),
                    process_id=process_id,
                    stage=stage,
                    previous=previous,
                )
            )


def open_stays(record_ids: Sequence[uuid.UUID]) -> list[Stay]:
    """Return where records are now; the caller has checked that they may be seen."""
    return list(Stay.objects.filter(record_id__in=list(record_ids), left_at=None))


def stays_of(record_id: uuid.UUID, *, limit: int = 100) -> list[Stay]:
    """Return a record's stays, newest first; the caller has checked that it may be seen."""
    return list(Stay.objects.filter(record_id=record_id).select_related("process", "entered_by", "left_by")[:limit])


def forget_stays_of_purged(spec: ObjectSpec, before: datetime) -> int:
    """Delete the stays and ticks of records that are no more, ended before an instant; return how many stays."""
    rows = spec.model._default_manager.filter(pk=OuterRef("record_id"))  # noqa: SLF001 Django's own name for it
    ended = Stay.objects.filter(object_name=spec.name, left_at__lt=before)
    gone = list(ended.exclude(Exists(rows)).values_list("record_id", flat=True).distinct()[:PURGED_AT_A_TIME])
    Tick.objects.filter(record_id__in=gone).delete()
    deleted, _by_model = Stay.objects.filter(record_id__in=gone).delete()
    return deleted


def hours_between(begin: datetime, end: datetime) -> float:
    """Return how long a stay took, in hours."""
    return max(timedelta(0), end - begin).total_seconds() / 3600
