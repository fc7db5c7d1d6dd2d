"""Drafts: records on their way to the database, with what is wrong with them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel
from banyan.core.access.decisions import record_fields
from banyan.core.access.scopes import FieldAccess
from banyan.core.kernel.errors import FieldError
from banyan.core.kernel.ids import new_id
from banyan.core.kernel.registry import Registry
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.kinds import Reading, Unacceptable
from banyan.core.objects.models import Record
from banyan.core.objects.sealing import open_value
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec

#: What a write may say beside the values of fields, such as why a record moves. A room above registers a name with
#: the objects that it holds for; no field stores it, whoever registered it reads it from drafts and events.
remarks: Registry[Callable[[ObjectSpec], bool]] = Registry("remarks")
LONGEST_REMARK = 2_000


@dataclass(frozen=True)
class Origin:
    """When and by whom a record was made in the system that it comes from, and when it was changed there last."""

    created_at: datetime | None = None
    created_by_id: uuid.UUID | None = None
    updated_at: datetime | None = None


@dataclass
class WriteContext:
    """Who writes, through which door, as part of which piece of work.

    ``exempt`` tells an object's rules that values were accepted before and are only being put back or
    brought together, so that they do not ask for what the past did not have. ``confirmed`` holds the codes
    of refusals that the person has read and overrides, where a rule allows that. ``origins`` tells of new records,
    by their ids, that another system had before.
    """

    actor: Actor
    channel: Channel
    batch_id: uuid.UUID = field(default_factory=new_id)
    reading: Reading = field(default_factory=Reading)
    exempt: bool = False
    confirmed: frozenset[str] = frozenset()
    origins: dict[uuid.UUID, Origin] = field(default_factory=dict)

    @classmethod
    def for_actor(
        cls,
        actor: Actor,
        *,
        batch_id: uuid.UUID | None = None,
        resolve: Any = None,
        exempt: bool = False,
        confirmed: frozenset[str] = frozenset(),
    ) -> WriteContext:
        """Return the context of an actor's work; ``batch_id`` joins it to work already begun."""
        reading = reading_for(actor, resolve=resolve)
        return cls(actor, actor.channel, batch_id or new_id(), reading, exempt, confirmed)


def reading_for(actor: Actor, *, resolve: Any = None, labels: Mapping[uuid.UUID, str] | None = None) -> Reading:
    """Return how values are read from and shown to an actor."""
    return Reading(
        language=actor.language,
        time_zone=actor.time_zone,
        currency=actor.currency,
        country=actor.organization.country,
        resolve=resolve,
        labels=labels or {},
    )


class Draft:
    """A record to be created (``existing`` is None) or changed.

    ``values`` holds the fields that are being set, ``given`` the names of those that somebody asked for and no
    rule set; ``columns`` further columns of the table that
    rules derive; ``remarks`` what was said beside the values; ``errors`` what is wrong; ``notes`` what a policy keeps
    for a later phase, by the policy's name.
    """

    __slots__ = ("columns", "errors", "existing", "given", "notes", "record_id", "remarks", "spec", "values")

    def __init__(self, spec: ObjectSpec, existing: Record | None = None, record_id: uuid.UUID | None = None) -> None:
        self.spec = spec
        self.existing = existing
        self.record_id: uuid.UUID = existing.pk if existing is not None else (record_id or new_id())
        self.values: dict[str, Any] = {}
        self.given: set[str] = set()
        self.columns: dict[str, Any] = {}
        self.remarks: dict[str, str] = {}
        self.errors: list[FieldError] = []
        self.notes: dict[str, Any] = {}

    @property
    def is_new(self) -> bool:
        """Say whether the record does not exist yet."""
        return self.existing is None

    def get(self, name: str) -> Any:
        """Return the value that the field will have."""
        if name in self.values:
            return self.values[name]
        if name not in self.spec.all_fields:
            return self.columns.get(self._column(name), self.before(name))
        return self.before(name)

    def before(self, name: str) -> Any:
        """Return the value that the field has in the database; None for a new record."""
        if self.existing is None:
            return None
        entry = self.spec.all_fields.get(name)
        return getattr(self.existing, self._column(name)) if entry is None else stored_value(self.existing, entry)

    def changes(self, *names: str) -> bool:
        """Say whether one of the fields gets another value; for a new record, whether one is filled."""
        return any(name in self.values and self.values[name] != self.before(name) for name in names)

    def set(self, name: str, value: Any) -> None:
        """Set a field by rule; also fields that people may not write.

        A field whose module is off is kept right in its column all the same, for the day on which it is on again.
        """
        if name in self.spec.all_fields:
            self.values[name] = value
        else:
            self.columns[self._column(name)] = value

    def _column(self, name: str) -> str:
        """Return the attribute of a field that the organization does not see."""
        return str(self.spec.model._meta.get_field(name).attname)  # type: ignore[union-attr]  # noqa: SLF001

    def refuse(self, name: str, code: str, message: Any) -> None:
        """Add an error to a field (or to the record, with an empty name)."""
        self.errors.append(FieldError(name, code, message))


def stored_value(record: Record, entry: Field) -> Any:
    """Return a field's value of a record as Python value; raise ``Damaged`` when a sealed one does not open."""
    if entry.source == CUSTOM:
        return entry.kind.from_json(open_value(entry, record.pk, (record.custom or {}).get(entry.name)))
    return open_value(entry, record.pk, getattr(record, entry.attribute))


#: What an actor may do with the same fields of each new record of one write.
Levels = dict[tuple[str, ...], Mapping[str, FieldAccess]]


def fill(draft: Draft, given: Mapping[str, Any], context: WriteContext, levels: Levels | None = None) -> None:
    """Read what somebody gave into the draft: unknown, forbidden and unacceptable values become errors.

    New records of one write share ``levels``: rights in them differ by the fields alone.
    """
    spec = draft.spec
    draft.given |= given.keys()
    names = tuple(given)
    allowed = levels.get(names) if levels is not None and draft.is_new else None
    if allowed is None:
        allowed = record_fields(context.actor, spec, names, None if draft.is_new else draft.record_id)
        if levels is not None and draft.is_new:
            levels[names] = allowed
    for name, value in given.items():
        entry = spec.all_fields.get(name)
        if entry is None and name in remarks and remarks[name](spec):
            draft.remarks[name] = clean_text("" if value is None else str(value))[:LONGEST_REMARK]
        elif entry is None:
            draft.refuse(name, "unknown_field", _("There is no field “%(name)s”.") % {"name": str(name)[:60]})
        elif entry.read_only:
            draft.refuse(name, "read_only", _("“%(label)s” is set by the system.") % {"label": entry.label})
        elif allowed[name] < FieldAccess.EDITABLE:
            draft.refuse(name, "not_allowed", _("You may not change “%(label)s”.") % {"label": entry.label})
        else:
            _read_value(draft, entry, value, context)


def _read_value(draft: Draft, entry: Field, value: Any, context: WriteContext) -> None:
    try:
        parsed = entry.kind.parse(value, context.reading)
    except Unacceptable as problem:
        draft.refuse(entry.name, problem.code, problem.message)
        return
    if parsed is None and entry.source != CUSTOM:
        parsed = _empty_value(draft.spec, entry)
    draft.values[entry.name] = parsed


def _empty_value(spec: ObjectSpec, entry: Field) -> Any:
    """Return what an empty value is stored as: texts of columns that take no NULL are empty texts."""
    column = spec.model._meta.get_field(entry.attribute)  # noqa: SLF001
    if column.null:  # type: ignore[union-attr]
        return None
    return column.get_default() if column.has_default() else "" if column.empty_strings_allowed else None  # type: ignore[union-attr]


def complete(spec: ObjectSpec, drafts: Iterable[Draft], context: WriteContext) -> None:
    """Give new records their defaults and complain about required fields that are empty."""
    fields = spec.writable_fields.items()
    defaults = [(name, entry) for name, entry in fields if entry.default is not None]
    required = [(name, entry) for name, entry in fields if entry.required]
    for draft in drafts:
        wrong = {error.field for error in draft.errors}
        if draft.existing is None:
            for name, entry in defaults:
                if name not in draft.values and name not in wrong:
                    default = entry.default_value(context.actor)
                    if default is not None:
                        draft.values[name] = default
        for name, entry in required:
            is_relevant = draft.existing is None or name in draft.values
            if is_relevant and name not in wrong and entry.kind.is_empty(draft.get(name)):
                draft.refuse(name, "required", _("“%(label)s” is needed.") % {"label": entry.label})
