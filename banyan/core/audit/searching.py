"""Finding in the log: entries and changes of records as one list, newest first.

Both kinds of rows have time-ordered ids, so that one cursor serves both. Old and new values are shown of the set-up
alone: whoever reads the log need not see the data of customers.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.audit.bounds import id_at
from banyan.core.audit.models import Entry, Result
from banyan.core.objects.registry import specs_here
from banyan.core.records.models import Change

RECORD, SETUP = "record", "setup"
#: What people choose from: groups of kinds by how they begin; ``security`` is what begins like none of the others.
PREFIXES = {
    "reads": ("read.",),
    "exports": ("export",),
    "log": ("audit.", "alert.", "organization.restored", "changes."),
}
GROUPS = ("security", "reads", "exports", SETUP, RECORD, "log")
MOST_ROWS = 500


@dataclass(frozen=True)
class Question:
    """What is looked for; everything given has to fit. ``before`` is the cursor: the id of the row before."""

    group: str = ""
    kind: str = ""
    user_id: uuid.UUID | None = None
    object_name: str = ""
    record_id: uuid.UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    before: uuid.UUID | None = None


@dataclass(frozen=True)
class LogRow:
    """A row of the log, whichever table it stands in; ``values`` are those of the set-up, ``fields`` names alone."""

    id: uuid.UUID
    at: datetime
    user_id: uuid.UUID | None
    person: str
    channel: str
    address: str
    kind: str
    object_name: str
    record_id: uuid.UUID | None
    result: str
    details: dict[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)


def search(actor: Actor, question: Question, *, limit: int = 50) -> tuple[list[LogRow], uuid.UUID | None]:
    """Return rows of the log and the cursor of the next ones; raise ``NotAllowed`` without the right to see it."""
    require_ability(actor, Ability.SEE_AUDIT)
    count = max(1, min(limit, MOST_ROWS))
    found = [_of_entry(entry) for entry in _entries(question)[: count + 1]]
    found += [_of_change(change) for change in _changes(question).select_related("actor")[: count + 1]]
    found.sort(key=lambda row: row.id, reverse=True)
    return found[:count], found[count - 1].id if len(found) > count else None


def search_all(actor: Actor, question: Question) -> Iterator[LogRow]:
    """Yield all rows that fit, page by page."""
    cursor = question.before
    while True:
        rows, cursor = search(actor, replace(question, before=cursor), limit=MOST_ROWS)
        yield from rows
        if cursor is None:
            return


def _entries(question: Question) -> QuerySet[Entry]:
    rows = Entry.objects.order_by("-id")
    if question.group in {RECORD, SETUP} or question.kind.startswith((f"{RECORD}.", f"{SETUP}.")):
        return rows.none()
    if question.group == "security":
        for prefix in (prefix for prefixes in PREFIXES.values() for prefix in prefixes):
            rows = rows.exclude(kind__startswith=prefix)
    elif question.group:
        begins = Q()
        for prefix in PREFIXES.get(question.group, ()):
            begins |= Q(kind__startswith=prefix)
        rows = rows.filter(begins) if begins else rows.none()
    if question.kind:
        rows = rows.filter(kind=question.kind)
    if question.user_id:
        rows = rows.filter(user_id=question.user_id)
    if question.text:
        rows = rows.annotate(words=Cast("details", TextField())).filter(
            Q(person__icontains=question.text) | Q(words__icontains=question.text) | Q(kind__icontains=question.text)
        )
    if question.record_id:
        listed = Q(details__ids__contains=[str(question.record_id)])
        rows = rows.filter(Q(record_id=question.record_id) | listed)
    return _bounded(rows, question)


def _changes(question: Question) -> QuerySet[Change]:
    rows = Change.objects.order_by("-id")
    side, _dot, action = question.kind.partition(".")
    if question.group not in {"", RECORD, SETUP} or side not in {"", RECORD, SETUP}:
        return rows.none()
    for wanted in {question.group, side} - {""}:
        known = Q(object_name__in=list(specs_here()))
        rows = rows.filter(known if wanted == RECORD else ~known)
    if action:
        rows = rows.filter(action=action)
    if question.user_id:
        rows = rows.filter(actor_id=question.user_id)
    if question.text:
        in_setup = ~Q(object_name__in=list(specs_here())) & Q(words__icontains=question.text)
        rows = rows.annotate(words=Cast("values", TextField())).filter(
            Q(actor__name__icontains=question.text) | in_setup
        )
    if question.record_id:
        rows = rows.filter(record_id=question.record_id)
    return _bounded(rows, question)


def _bounded(rows: QuerySet[Any], question: Question) -> QuerySet[Any]:
    if question.object_name:
        rows = rows.filter(object_name=question.object_name)
    if question.since:
        rows = rows.filter(pk__gte=id_at(question.since))
    if question.until:
        rows = rows.filter(pk__lt=id_at(question.until))
    return rows.filter(pk__lt=question.before) if question.before else rows


def _of_entry(entry: Entry) -> LogRow:
    return LogRow(
        id=entry.pk,
        at=entry.at,
        user_id=entry.user_id,
        person=entry.person,
        channel=entry.channel,
        address=entry.address or "",
        kind=entry.kind,
        object_name=entry.object_name,
        record_id=entry.record_id,
        result=entry.result,
        details=entry.details,
    )


def _of_change(change: Change) -> LogRow:
    is_record = change.object_name in specs_here()
    return LogRow(
        id=change.pk,
        at=change.at,
        user_id=change.actor_id,
        person=change.actor.name if change.actor else "",
        channel=change.channel,
        address="",
        kind=f"{RECORD if is_record else SETUP}.{change.action}",
        object_name=change.object_name,
        record_id=change.record_id,
        result=Result.DONE.value,
        fields=tuple(sorted(change.values)),
        values={} if is_record else change.values,
    )
