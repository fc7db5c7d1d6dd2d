"""Time limits: reminding owners before, and telling owners and superiors after, exactly once for each stay."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import now
from banyan.core.kernel.events import publish
from banyan.core.listing.labels import labels_of
from banyan.core.objects.models import Record
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import ActiveProcess, has_process, processes_of
from banyan.core.processes.models import Stay
from banyan.core.processes.receiving import Receivers
from banyan.core.processes.rules import Limit
from banyan.core.processes.values import labels_of_values
from banyan.core.records import door
from banyan.core.records.drafts import Draft

AT_A_TIME = 200
REMINDED = gettext_noop("“%(name)s” should leave “%(stage)s” soon.")
LATE = gettext_noop("“%(name)s” has been in “%(stage)s” for too long.")
TAKEN = gettext_noop("“%(name)s” took too long in “%(stage)s” and is yours now.")


def remind(actor: Actor) -> int:
    """Remind the owners of records whose time is nearly up; return of how many."""
    return _go_through(actor, "remind_at", "reminded_at", _remind)


def escalate(actor: Actor) -> int:
    """Tell of records whose time is up, and give them to whom the stage names; return of how many."""
    return _go_through(actor, "due_at", "escalated_at", _escalate)


def _go_through(actor: Actor, deadline: str, mark: str, act: Any) -> int:
    """Take the stays whose deadline has passed, mark them in this transaction, and act once for each.

    Another worker passes over what this one has in hand.
    """
    at = now()
    specs = {name: spec for name, spec in specs_on(actor.organization).items() if has_process(spec)}
    found = {process.id: process for spec in specs.values() for process in processes_of(spec)}
    due = Stay.objects.filter(**{f"{deadline}__lte": at, mark: None}, left_at=None, process__in=list(found))
    stays = list(due.order_by(deadline).select_for_update(skip_locked=True, of=("self",))[:AT_A_TIME])
    if not stays:
        return 0
    Stay.objects.filter(pk__in=[stay.pk for stay in stays]).update(**{mark: at})
    for process in found.values():
        spec = specs[process.object_name]
        mine = [stay for stay in stays if stay.process_id == process.id]
        rows = spec.model._default_manager.filter(pk__in=[stay.record_id for stay in mine], deleted_at=None)  # noqa: SLF001
        records = {row.pk: row for row in rows} if mine else {}
        present = [stay for stay in mine if stay.record_id in records]
        if present:
            act(_Work(actor, spec, process, records), present)
    return len(stays)


class _Work:
    """Stays of one process that are acted on together."""

    def __init__(
        self, actor: Actor, spec: ObjectSpec, process: ActiveProcess, records: dict[uuid.UUID, Record]
    ) -> None:
        self.actor, self.spec, self.process, self.records = actor, spec, process, records
        entry = spec.all_fields[process.field_name]
        self.labels = labels_of_values(actor, spec, entry)
        self.names = labels_of({spec.name: list(records)})
        self.receivers = Receivers(actor, spec, entry)

    def limit(self, stay: Stay) -> Limit:
        stage = self.process.definition.stage(stay.stage)
        return stage.limit if stage is not None else Limit()

    def tell(self, stay: Stay, people: Sequence[uuid.UUID | None], text: str) -> None:
        record = self.records[stay.record_id]
        wanted = tuple(dict.fromkeys(person for person in people if person is not None))
        if not wanted:
            return
        place = f"/{self.spec.plural}/{record.pk}"
        values = {
            "name": self.names.get(record.pk) or record.number,
            "stage": self.labels.get(stay.stage, stay.stage),
        }
        publish(PeopleToTell(self.actor.organization_id, wanted, text, place, values))


def _remind(work: _Work, stays: Sequence[Stay]) -> None:
    for stay in stays:
        work.tell(stay, [work.records[stay.record_id].owner_id], REMINDED)


def _escalate(work: _Work, stays: Sequence[Stay]) -> None:
    given: dict[uuid.UUID, uuid.UUID] = {}
    for stay in stays:
        record, limit = work.records[stay.record_id], work.limit(stay)
        superior = work.receivers.superior(record.owner_id) if limit.superior else None
        work.tell(stay, [record.owner_id, superior], LATE)
        receiver = work.receivers.choose(limit.receiver, Draft(work.spec, existing=record), stay.stage)
        if receiver is not None and receiver != record.owner_id:
            given[record.pk] = receiver
            work.tell(stay, [receiver], TAKEN)
    if given:
        door.update_many(work.actor, work.spec, {pk: {"owner": person} for pk, person in given.items()})
