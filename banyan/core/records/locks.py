"""Which fields of a record cannot be changed now, and why: one question that pages, programs and the door ask.

What locks fields, such as an approval under way or a quote that was sent, registers as a source. Pages ask before they
offer an input, the interface says it to programs, and the door refuses by the same answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Model
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import record_fields, restrict, visible
from banyan.core.access.scopes import Action, FieldAccess
from banyan.core.kernel.errors import NotAllowed
from banyan.core.kernel.registry import Registry
from banyan.core.listing.masking import Masked
from banyan.core.objects.models import Record
from banyan.core.objects.presence import tables_with_rows
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext, stored_value
from banyan.core.records.policies import Phase, WritePolicy, register_policy

NOT_ALLOWED = "not_allowed"
#: The key of a row under which it carries its record, where that has been read.
RECORD = "__record__"


@dataclass(frozen=True)
class FieldLock:
    """Why a field cannot be changed now: a code for programs, and for people the reason with the way out.

    ``of_record`` says that the reason is the record's state, which is worth telling above a form, not the field's nature.
    """

    code: str
    message: str
    of_record: bool = True


class Stored(Protocol):
    """A stored record of which locks are asked: a draft at the door, or a row that a page has read."""

    record_id: uuid.UUID

    def before(self, name: str) -> Any:
        """Return the value that a field has in the database."""


Locks = Mapping[str, FieldLock]
NO_LOCKS: Locks = {}


@dataclass(frozen=True)
class LockSource:
    """Something that locks fields of records.

    ``applies`` answers from memory. ``find`` gets stored records of one object together and returns the locked fields of
    each that has some; the context says as what the write goes, since what is put back or is a step of a service may be
    free. ``fields`` are the only ones that it can lock, empty for any: where nobody asks for those, it is not asked.
    ``reads`` are the fields by which ``find`` judges, so that pages of many records read them with the rest.
    ``tables`` of an object are those without whose rows at a record nothing is locked, so that pages ask only where they
    have some; empty when ``find`` answers from the record alone.
    """

    name: str
    applies: Callable[[ObjectSpec], bool]
    find: Callable[[ObjectSpec, Sequence[Stored], WriteContext], Mapping[uuid.UUID, Locks]]
    fields: frozenset[str] = frozenset()
    tables: Callable[[ObjectSpec], Collection[type[Model]]] = lambda _spec: ()
    reads: tuple[str, ...] = ()


lock_sources: Registry[LockSource] = Registry("lock sources")

#: By field, the values that a record cannot get now, each with the reason.
ClosedValues = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class ValueSource:
    """Something that knows which values of a choice a stored record cannot get now, such as the moves between states.

    ``applies`` answers from memory; ``find`` may leave out what only the door can judge, but names nothing that it takes.
    """

    name: str
    applies: Callable[[ObjectSpec], bool]
    find: Callable[[Actor, ObjectSpec, Stored], ClosedValues]


value_sources: Registry[ValueSource] = Registry("value sources")


def register_locks(source: LockSource) -> LockSource:
    """Make something that locks fields known to pages, programs and the door."""
    return lock_sources.add(source.name, source)


def register_closed_values(source: ValueSource) -> ValueSource:
    """Make something that closes values of choices known to forms, cells and programs."""
    return value_sources.add(source.name, source)


class RecordsOfRows:
    """The records behind the rows of a page, read together once one of them is asked for."""

    def __init__(self, spec: ObjectSpec, rows: Sequence[Mapping[str, Any]]) -> None:
        self.spec = spec
        self.ids = [row["id"] for row in rows if row.get(RECORD) is None]
        self._found: dict[uuid.UUID, Record] | None = None

    def find(self, record_id: uuid.UUID) -> Record | None:
        """Return the record of a row; None when it has been erased since the row was read."""
        if self._found is None:
            self._found = self.spec.model._default_manager.in_bulk(self.ids)  # noqa: SLF001 Django's own name
        return self._found.get(record_id)


class StoredRow:
    """A row that a page has read; what its reader does not see is read from the record itself.

    The records of ``beside``, rows of the same page, are then read with it: one query for all of them.
    """

    def __init__(self, spec: ObjectSpec, row: Mapping[str, Any], beside: RecordsOfRows | None = None) -> None:
        self.spec = spec
        self.row = row
        self.record_id: uuid.UUID = row["id"]
        self._record: Record | None = row.get(RECORD)
        self._beside = beside or RecordsOfRows(spec, [row])

    def before(self, name: str) -> Any:
        """Return the value that a field has in the database."""
        if name in self.row and not isinstance(self.row[name], Masked):
            return self.row[name]
        if self._record is None:
            self._record = self._beside.find(self.record_id)
        if self._record is None:
            return None
        entry = self.spec.all_fields.get(name)
        if entry is not None:
            return stored_value(self._record, entry)
        return getattr(self._record, self.spec.model._meta.get_field(name).attname)  # type: ignore[union-attr]  # noqa: SLF001


def locked_fields(
    actor: Actor, spec: ObjectSpec, row: Mapping[str, Any], access: Mapping[str, FieldAccess] | None = None
) -> Locks:
    """Return the writable fields of a record that the actor sees but cannot change now, each with the reason.

    ``access`` is what the actor may do with the fields of this record, if that is known already. Where nothing can
    lock anything, this asks nothing of the database.
    """
    found = dict(rows_locks(actor, spec, [row]).get(row["id"], NO_LOCKS))
    access = record_fields(actor, spec, spec.writable_fields, row["id"]) if access is None else access
    for name, entry in spec.writable_fields.items():
        if FieldAccess.HIDDEN < access[name] < FieldAccess.EDITABLE:
            message = _("You may not change “%(label)s”.") % {"label": entry.label}
            found[name] = FieldLock(NOT_ALLOWED, message, of_record=False)
    return {
        name: lock for name, lock in found.items() if name in spec.writable_fields and access[name] > FieldAccess.HIDDEN
    }


def closed_values(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> ClosedValues:
    """Return by field which values a stored record cannot get now, and why; asks nothing where nothing can close any."""
    found: dict[str, dict[str, str]] = {}
    for source in sorted(value_sources, key=lambda source: source.name):
        if source.applies(spec):
            for name, values in source.find(actor, spec, StoredRow(spec, row)).items():
                found[name] = {**values, **found.get(name, {})}
    return found


def require_editable(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID) -> None:
    """Raise ``NotAllowed`` when the actor may see a record, but not change it; asks only where rights differ so."""
    if visible(actor, spec, Action.EDIT) == visible(actor, spec):
        return
    rows = spec.model._default_manager.filter(pk=record_id)  # noqa: SLF001 Django's own name for it
    if not restrict(rows, actor, spec, Action.EDIT).exists():
        raise NotAllowed("not_allowed", _("You may see this record, but not change it."))


def locked_among(actor: Actor, spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Locks]:
    """Return by records of a selection the fields that are locked; asks only where something can lock any."""
    if not _sources(spec):
        return {}
    rows = spec.model._default_manager.filter(pk__in=ids)  # noqa: SLF001 as above
    return rows_locks(actor, spec, [{"id": record.pk, RECORD: record} for record in rows])


def rows_locks(
    actor: Actor, spec: ObjectSpec, rows: Sequence[Mapping[str, Any]], names: Collection[str] = ()
) -> Mapping[uuid.UUID, Locks]:
    """Return by rows which fields are locked by what the records are, whoever asks; ``names`` are those of interest.

    Of a single record, tables without rows at it are not asked.
    """
    sources = _sources(spec, names)
    if not sources or not rows:
        return {}
    beside = RecordsOfRows(spec, rows)
    stored: list[Stored] = [StoredRow(spec, row, beside) for row in rows]
    context = WriteContext.for_actor(actor)
    found: dict[uuid.UUID, dict[str, FieldLock]] = {}
    for source in sources:
        tables = source.tables(spec)
        if tables and len(rows) == 1:
            present = tables_with_rows(actor.organization_id, spec.name, stored[0].record_id)
            if not set(tables) & set(present):
                continue
        for record_id, locks in source.find(spec, stored, context).items():
            found[record_id] = {**locks, **found.get(record_id, {})}
    return found


def judge(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse changes of locked fields; what each source says, asked once for all drafts that touch its fields."""
    changing = [
        (draft, {name for name in draft.values if _differs(draft, name)}) for draft in drafts if not draft.is_new
    ]
    for source in _sources(drafts[0].spec):
        asked: list[Stored] = [
            draft for draft, names in changing if names and (not source.fields or names & source.fields)
        ]
        found = source.find(drafts[0].spec, asked, context) if asked else {}
        for draft, names in changing:
            locks = found.get(draft.record_id, NO_LOCKS)
            for name in sorted(names & locks.keys()):
                draft.refuse(name, locks[name].code, locks[name].message)


def judged_by(spec: ObjectSpec, names: Collection[str]) -> tuple[str, ...]:
    """Return what a page of many records has to read besides, so that their locks cost no further query."""
    return tuple(name for source in _sources(spec, names) for name in source.reads if name in spec.all_fields)


def locking(names: Iterable[str], code: str, message: Any, *, of_record: bool = True) -> Locks:
    """Return one lock for several fields."""
    return dict.fromkeys(names, FieldLock(code, str(message), of_record))


def reasons(locks: Locks) -> list[str]:
    """Return the different reasons of locks that lie in the record's state; the others are told at their fields alone."""
    return list(dict.fromkeys(lock.message for lock in locks.values() if lock.of_record))


def register() -> None:
    """Let the door ask the sources before each write of an object that has some."""
    register_policy(WritePolicy("records.locks", Phase.JUDGE, lambda spec: bool(_sources(spec)), judge))


def _sources(spec: ObjectSpec, names: Collection[str] = ()) -> list[LockSource]:
    return [
        source
        for source in sorted(lock_sources, key=lambda source: source.name)
        if (not names or not source.fields or not source.fields.isdisjoint(names)) and source.applies(spec)
    ]


def _differs(draft: Draft, name: str) -> bool:
    kind, value, before = draft.spec.all_fields[name].kind, draft.values[name], draft.before(name)
    return bool(value != before) and not (kind.is_empty(value) and kind.is_empty(before))
