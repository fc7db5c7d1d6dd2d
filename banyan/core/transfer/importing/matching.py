"""Which rows of a file are records that are there already, and which rows mean the same record."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.objects.spec import COLUMN, ObjectSpec
from banyan.core.records.duplicates import duplicate_finders
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.importing.values import SourceRow


class Matcher:
    """Finds the record that each row is, by the plan's fields or by the object's duplicate rules."""

    def __init__(self, actor: Actor, spec: ObjectSpec, plan: ImportPlan) -> None:
        self.actor = actor
        self.spec = spec
        self.plan = plan
        self.finder = None if plan.match == "create" else duplicate_finders.get(spec.name)
        self.names = [name for name in plan.match_by if name in spec.all_fields]

    @property
    def is_needed(self) -> bool:
        """Whether rows can be records that are there already."""
        return self.plan.match != "create" and bool(self.names or self.finder)

    def find(self, rows: Sequence[SourceRow]) -> list[uuid.UUID | None]:
        """Return the record that each row is, or None."""
        if not self.is_needed:
            return [None] * len(rows)
        if self.names:
            return self._by_fields(rows)
        if self.finder is None:
            return [None] * len(rows)
        candidates = self.finder(self.actor, [row.values for row in rows])
        return [found[0].record_id if found and found[0].is_likely else None for found in candidates]

    def first_of_each(self, rows: Sequence[SourceRow]) -> tuple[list[SourceRow], list[SourceRow]]:
        """Split rows into the first of each identity and the later ones, which have to see its result."""
        if not self.is_needed:
            return list(rows), []
        seen: set[tuple[str, ...]] = set()
        first, later = [], []
        for row in rows:
            identities = self._identities(row)
            if identities & seen:
                later.append(row)
            else:
                first.append(row)
            seen |= identities
        return first, later

    def _identities(self, row: SourceRow) -> set[tuple[str, ...]]:
        if self.names:
            values = tuple(str(row.values.get(name, "")) for name in self.names)
            return {values} if any(values) else set()
        texts = {
            name: str(row.values[name]) for name in ("phone", "mobile", "email", "tax_number") if row.values.get(name)
        }
        name = str(row.values.get(self.spec.title, "")).casefold().replace(" ", "")
        return {("value", text) for text in texts.values()} | ({("name", name)} if name else set())

    def _by_fields(self, rows: Sequence[SourceRow]) -> list[uuid.UUID | None]:
        records = self.spec.model._default_manager.filter(deleted_at__isnull=True)  # noqa: SLF001
        first = self.spec.all_fields[self.names[0]]
        path = first.attribute if first.source == COLUMN else f"custom__{first.name}"
        wanted = [row.values[first.name] for row in rows if row.values.get(first.name) not in {None, ""}]
        paths = [self._path(name) for name in self.names]
        found: dict[tuple[str, ...], uuid.UUID] = {}
        visible = restrict(records.filter(**{f"{path}__in": wanted}), self.actor, self.spec)
        for pk, *values in visible.order_by("-created_at").values_list("pk", *paths):
            found[tuple(_comparable(value) for value in values)] = pk
        return [found.get(tuple(_comparable(row.values.get(name)) for name in self.names)) for row in rows]

    def _path(self, name: str) -> str:
        entry = self.spec.all_fields[name]
        return entry.attribute if entry.source == COLUMN else f"custom__{name}"


def _comparable(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()
