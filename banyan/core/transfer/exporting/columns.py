"""The columns of an exported file: their headings, and what stands in their cells."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from banyan.core.access.actor import Actor
from banyan.core.listing.export import ExportedRows
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.labels import labels_of
from banyan.core.listing.masking import Masked
from banyan.core.objects.kinds import (
    ADDRESS_PARTS,
    USER,
    Address,
    Date,
    DateTime,
    Integer,
    Number,
    Reading,
    Reference,
    split_reference,
)
from banyan.core.objects.registry import specs_here
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import reading_for
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.parts import part_label

#: Tells the state of a record in the database, and nothing about the record.
_INTERNAL = frozenset({"version"})
_PEOPLE = "people"
Show = Callable[[Any, Reading], Cell]


@dataclass(frozen=True)
class ExportColumn:
    """One column: its heading, the field that it shows, and how a value becomes a cell."""

    heading: str
    field: Field
    show: Show

    def cell(self, value: Any, reading: Reading) -> Cell:
        """Return the cell for a stored value; a masked one stays masked."""
        if value is None or isinstance(value, Masked):
            return value
        return self.show(value, reading)


def exported_names(actor: Actor, spec: ObjectSpec) -> tuple[str, ...]:
    """Return all fields that the actor may see, in the order of the forms, then what the system keeps."""
    shown = [name for name in shown_fields(actor, spec) if name not in _INTERNAL]
    in_forms = [name for section in spec.layout() for name in section.fields if name in shown]
    return tuple(dict.fromkeys(("number", *in_forms, *shown)))


def export_columns(actor: Actor, spec: ObjectSpec, names: Sequence[str]) -> list[ExportColumn]:
    """Return the columns for fields, headed in the current language; an address has one for each part.

    Fields that the actor may not see are left out. Headings that would be the same get the field's name.
    """
    shown = shown_fields(actor, spec)
    columns = [column for name in names if name in shown for column in _columns_of(shown[name], actor)]
    headings = [column.heading for column in columns]
    return [
        replace(column, heading=f"{column.heading} ({column.field.name})")
        if headings.count(column.heading) > 1
        else column
        for column in columns
    ]


def cells_of_rows(
    actor: Actor, spec: ObjectSpec, columns: Sequence[ExportColumn], part: ExportedRows
) -> Iterable[list[Cell]]:
    """Yield the cells of exported rows, with the names of all people and records that they point to."""
    labels = {**part.labels, **_people_of(columns, part)}
    reading = reading_for(actor, labels=labels)
    for row in part.rows:
        yield [column.cell(row[column.field.name], reading) for column in columns]


def _columns_of(entry: Field, actor: Actor) -> list[ExportColumn]:
    if isinstance(entry.kind, Address):
        return [ExportColumn(str(part_label(entry, part)), entry, _address_part(part)) for part in ADDRESS_PARTS]
    return [ExportColumn(str(entry.label), entry, _show(entry, actor))]


def _address_part(part: str) -> Show:
    return lambda value, reading: value.get(part)


def _show(entry: Field, actor: Actor) -> Show:
    kind = entry.kind
    if isinstance(kind, DateTime):
        zone = ZoneInfo(actor.time_zone)
        return lambda value, reading: value.astimezone(zone).replace(tzinfo=None, microsecond=0)
    if isinstance(kind, Number):
        return lambda value, reading: Decimal(kind.to_json(value) or 0)
    if isinstance(kind, (Date, Integer)):
        return lambda value, reading: value
    if isinstance(kind, Reference):
        return _show_reference
    return lambda value, reading: kind.export(value, reading) or None


def _show_reference(value: Any, reading: Reading) -> Cell:
    """Return a record as "Customer: Acme", which says what to look for when it is read back."""
    pointed = split_reference(value)
    target = specs_here().get(pointed[0]) if pointed else None
    label = reading.labels.get(pointed[1]) if pointed else None
    return f"{target.label}: {label}" if target is not None and label else None


def _people_of(columns: Sequence[ExportColumn], part: ExportedRows) -> Mapping[uuid.UUID, str]:
    """Return the names of people in fields that hold several of them; links are labelled by the listing."""
    names = {column.field.name for column in columns if column.field.kind.widget == _PEOPLE}
    people = {person for row in part.rows for name in names for person in _ids(row[name])}
    return labels_of({USER: people}) if people else {}


def _ids(value: Any) -> list[uuid.UUID]:
    return [] if isinstance(value, Masked) else list(value or [])
