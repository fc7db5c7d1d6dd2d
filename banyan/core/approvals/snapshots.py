"""What is decided about, as it was: the values of a record, its lines, its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from banyan.core.approvals.models import Approval
from banyan.core.objects.kinds import Reading
from banyan.core.objects.models import Record
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.records.drafts import stored_value

LONGEST_TITLE = 200
MOST_LINES = 500
SYSTEM = frozenset({"number", "version", "owner", "created_at", "created_by", "updated_at", "updated_by"})
Json = dict[str, Any]


def take_snapshot(approval: Approval, spec: ObjectSpec, record: Record, specs: dict[str, ObjectSpec]) -> None:
    """Keep the values of a record and of its lines, in the form of the interface."""
    approval.snapshot = _values(record, spec.all_fields.values())
    approval.lines = {line.name: _rows(line, link, record) for line, link in lines_of(spec, specs)}
    entry = spec.all_fields.get(spec.title)
    title = entry.kind.display(stored_value(record, entry), Reading()) if entry is not None else ""
    approval.title = " ".join((title or record.number or str(spec.label)).split())[:LONGEST_TITLE]


def lines_of(spec: ObjectSpec, specs: dict[str, ObjectSpec]) -> list[tuple[ObjectSpec, str]]:
    """Return the objects whose records are lines of an object's: they go with it and have no page of their own."""
    return [
        (specs[child.object_name], child.link)
        for child in spec.children
        if child.object_name in specs
        and not specs[child.object_name].has_page
        and specs[child.object_name].inherits_from == child.link
    ]


def _rows(line: ObjectSpec, link: str, record: Record) -> list[Json]:
    rows = line.model._default_manager.filter(**{line.all_fields[link].attribute: record.pk}, deleted_at__isnull=True)  # noqa: SLF001
    ordered = rows.order_by(*(["position"] if "position" in line.all_fields else []), "pk")[:MOST_LINES]
    fields = [entry for name, entry in line.all_fields.items() if name not in SYSTEM | {link, "position"}]
    return [_values(row, fields) for row in ordered]


def _values(record: Record, fields: Iterable[Field]) -> Json:
    found = {}
    for entry in fields:
        value = stored_value(record, entry)
        if not entry.kind.is_empty(value):
            found[entry.name] = entry.kind.to_json(value)
    return found
