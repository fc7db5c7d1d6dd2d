"""Some records for a trial copy: recent ones that belong together, without what tells who people are."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.registry import Registry
from banyan.core.listing.filters import live_rows
from banyan.core.listing.portable import find_record, record_key
from banyan.core.objects.kinds import (
    Address,
    BankAccount,
    ContactPoints,
    Departments,
    Email,
    File,
    IdentityNumber,
    Link,
    LongText,
    People,
    PersonName,
    Phone,
    Reference,
    TerritoryChoice,
    Url,
)
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import specs_for, specs_here
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext

MOST_ROWS = 500
#: As many times the sample of customers may hang on them, such as contacts and orders.
CHILDREN = 3
LEFT_OUT = (Address, BankAccount, ContactPoints, File, IdentityNumber, Reference, Url)
#: Fields of a record that name a person although their kind does not say so; apps that know such records register.
naming_fields: Registry[Callable[[ObjectSpec, Any], Iterable[str]]] = Registry("fields that name persons")


@dataclass
class Sample:
    """Rows of objects in the order in which they are written; ids are those of the original."""

    rows: dict[str, list[tuple[uuid.UUID, dict[str, Any]]]] = field(default_factory=dict)

    def ids(self, object_name: str) -> set[uuid.UUID]:
        """Return which records of an object are in the sample."""
        return {record_id for record_id, _values in self.rows.get(object_name, ())}


def take_sample(actor: Actor, rows: int) -> Sample:
    """Read up to ``rows`` records of each object that the actor sees, newest first, within the organization's scope."""
    sample = Sample()
    specs = _sampled(actor)
    for spec in specs:
        needed = {name: entry for name, entry in spec.links.items() if _is_needed(spec, entry, specs)}
        found = restrict(live_rows(actor, spec), actor, spec, Action.VIEW)
        for entry in needed.values():
            found = found.filter(**{f"{entry.attribute}__in": sample.ids(_target(entry))})
        limit = min(rows, MOST_ROWS) * (CHILDREN if needed else 1)
        records = list(found.order_by("-updated_at", "-pk")[:limit])
        sample.rows[spec.name] = [
            (record.pk, _values(actor, spec, record, number)) for number, record in enumerate(reversed(records), 1)
        ]
    return sample


def write_sample(actor: Actor, sample: Sample, people: Mapping[uuid.UUID, uuid.UUID]) -> dict[str, int]:
    """Create a sample's records in the actor's organization, within its scope, and return how many of each object.

    ``people`` leads from the ids of the original to those of the copy. What the copy's own rules refuse is left out.
    """
    made: dict[uuid.UUID, uuid.UUID] = dict(people)
    counts: dict[str, int] = {}
    for name, rows in sample.rows.items():
        spec = specs_for(actor.organization).get(name)
        if spec is None or not rows:
            continue
        values = [_local(spec, row, made) for _id, row in rows]
        new_ids = [uuid.uuid4() for _row in rows]
        context = WriteContext.for_actor(actor, exempt=True)
        outcome = door.create_many(actor, spec, values, context=context, ids=new_ids)
        for position, (old_id, _row) in enumerate(rows):
            if position not in outcome.rejected:
                made[old_id] = new_ids[position]
        if outcome.created:
            counts[name] = len(outcome.created)
    return counts


def _sampled(actor: Actor) -> list[ObjectSpec]:
    """Return the objects that a sample takes, each behind those that its records need."""
    waiting = {
        name: spec
        for name, spec in specs_on(actor.organization).items()
        if not spec.is_setting and not spec.ability and (spec.has_page or spec.importable)
    }
    ordered: list[ObjectSpec] = []
    while waiting:
        ready = [
            spec
            for spec in waiting.values()
            if not any(_target(entry) in waiting and _target(entry) != spec.name for entry in spec.links.values())
        ] or list(waiting.values())[:1]
        ordered += ready
        for spec in ready:
            del waiting[spec.name]
    return ordered


def _is_needed(spec: ObjectSpec, entry: Field, specs: Sequence[ObjectSpec]) -> bool:
    target = _target(entry)
    is_sampled = any(other.name == target for other in specs)
    return is_sampled and target != spec.name and (entry.required or entry.name == spec.inherits_from)


def _target(entry: Field) -> str:
    return str(getattr(entry.kind, "target", ""))


def _values(actor: Actor, spec: ObjectSpec, record: Any, number: int) -> dict[str, Any]:
    """Return what a record says, without what tells who people are."""
    naming = {name for named in naming_fields for name in named(spec, record)}
    specs = specs_for(actor.organization)
    found: dict[str, Any] = {}
    for name, entry in spec.writable_fields.items():
        if entry.is_sealed or isinstance(entry.kind, LEFT_OUT):
            continue
        value = door.value_of(record, spec, name)
        if entry.kind.is_empty(value):
            continue
        target = specs.get(_target(entry))
        if target is not None and target.is_setting:
            linked = target.model._default_manager.filter(pk=value).first()  # noqa: SLF001
            found[name] = {"name": record_key(target, linked)} if linked is not None else None
        else:
            found[name] = masked(entry, value, f"{spec.label} {number}", number, is_name=name in naming)
    return found


def masked(entry: Field, value: Any, title: str, number: int, *, is_name: bool = False) -> Any:
    """Return a value as a trial copy may have it: personal data replaced by something of the same sort."""
    kind = entry.kind
    if is_name or isinstance(kind, PersonName):
        return title
    if isinstance(kind, Phone):
        return f"+86139{number % 100_000_000:08d}"
    if isinstance(kind, Email):
        return f"person{number}@example.com"
    if isinstance(kind, LongText):
        return _("(text left out in the trial copy)")
    return value if isinstance(kind, Link | People) else kind.to_json(value)


def _local(spec: ObjectSpec, row: Mapping[str, Any], made: Mapping[uuid.UUID, uuid.UUID]) -> dict[str, Any]:
    """Return a row's values with the ids of the copy; what leads out of the sample is left out."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        entry = spec.writable_fields.get(name)
        if entry is None or isinstance(entry.kind, TerritoryChoice | Departments):
            continue
        local = value
        if isinstance(value, Mapping) and set(value) == {"name"} and isinstance(entry.kind, Link):
            target = specs_here().get(_target(entry))
            local = find_record(target, value["name"]) if target else None
        elif isinstance(entry.kind, People):
            local = [made[person] for person in value if person in made]
        elif isinstance(entry.kind, Link):
            local = made.get(value)
        if local is not None:
            found[name] = local
    return found
