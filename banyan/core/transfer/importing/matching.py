"""Which rows of a file are records that are there already, and which rows mean the same record."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.listing.text_search import matches
from banyan.core.objects.sealing import open_value
from banyan.core.objects.sealing import query as sealed_query
from banyan.core.objects.spec import COLUMN, Field, ObjectSpec
from banyan.core.records.duplicates import rules_for
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.importing.source_keys import SourceKeys
from banyan.core.transfer.importing.values import SourceRow

#: Of the rows before that share a key, so many are compared; more share it by chance.
MOST_COMPARED = 20


class Matcher:
    """Finds the record that each row is, by the plan's fields or by the object's duplicate rules."""

    def __init__(self, actor: Actor, spec: ObjectSpec, plan: ImportPlan, keys: SourceKeys | None = None) -> None:
        self.actor = actor
        self.source_keys = keys
        self.spec = spec
        self.plan = plan
        self.rules = None if plan.match == "create" else rules_for(spec)
        self._known_keys: dict[int, Sequence[str]] = {}
        self.names = [name for name in plan.match_by if name in spec.all_fields]

    @property
    def is_needed(self) -> bool:
        """Whether rows can be records that are there already."""
        return self.source_keys is not None or (self.plan.match != "create" and bool(self.names or self.rules))

    def find(self, rows: Sequence[SourceRow]) -> list[uuid.UUID | None]:
        """Return the record that each row is, or None; a key of the other system decides before anything else."""
        if self.source_keys is None:
            return self._find_by_values(rows)
        known = self.source_keys.find(rows)
        for row in rows:
            row.is_known = row.key in known
        others = [row for row in rows if not row.is_known]
        found = iter(self._find_by_values(others))
        return [known[row.key] if row.is_known else next(found) for row in rows]

    def _find_by_values(self, rows: Sequence[SourceRow]) -> list[uuid.UUID | None]:
        if self.plan.match == "create" or not rows:
            return [None] * len(rows)
        if self.names:
            return self._by_fields(rows)
        if self.rules is None:
            return [None] * len(rows)
        candidates = self.rules.find(self.actor, [row.values for row in rows], [self._keys(row) for row in rows])
        return [found[0].record_id if found and found[0].is_likely else None for found in candidates]

    def first_of_each(self, rows: Sequence[SourceRow]) -> tuple[list[SourceRow], list[SourceRow]]:
        """Split rows into those that can be written at once and those that may be a row before them."""
        self._known_keys.clear()
        if not self.is_needed:
            return list(rows), []
        first: list[SourceRow] = []
        later: list[SourceRow] = []
        by_key: dict[str, list[SourceRow]] = {}
        for row in rows:
            keys = self._keys(row)
            before = {id(other): other for key in keys for other in by_key.get(key, ())[-MOST_COMPARED:]}
            (later if any(self._is_same(row, other) for other in before.values()) else first).append(row)
            for key in keys:
                by_key.setdefault(key, []).append(row)
        return first, later

    def _keys(self, row: SourceRow) -> Sequence[str]:
        """Return what a row shares with each other row that means the same record."""
        keys = [f"@{row.key}"] if row.key else []
        if self.plan.match == "create":
            return keys
        if self.names:
            values = [_comparable(row.values.get(name)) for name in self.names]
            return [*keys, "\n".join(values)] if any(values) else keys
        if row.number not in self._known_keys:
            self._known_keys[row.number] = self.rules.keys(row.values) if self.rules else []
        return [*keys, *self._known_keys[row.number]]

    def _is_same(self, row: SourceRow, other: SourceRow) -> bool:
        if row.key and row.key == other.key:
            return True
        return bool(self.names) or (self.rules is not None and self.rules.is_likely(row.values, other.values))

    def _by_fields(self, rows: Sequence[SourceRow]) -> list[uuid.UUID | None]:
        records = self.spec.model._default_manager.filter(deleted_at__isnull=True)  # noqa: SLF001
        first = self.spec.all_fields[self.names[0]]
        wanted = [row.values[first.name] for row in rows if row.values.get(first.name) not in {None, ""}]
        paths = [self._path(name) for name in self.names]
        entries = [self.spec.all_fields[name] for name in self.names]
        found: dict[tuple[str, ...], uuid.UUID] = {}
        visible = restrict(records.filter(self._holding(first, wanted)), self.actor, self.spec)
        for pk, *values in visible.order_by("-created_at").values_list("pk", *paths):
            opened = (open_value(entry, pk, value) for entry, value in zip(entries, values, strict=True))
            found[tuple(_comparable(value) for value in opened)] = pk
        return [found.get(tuple(_comparable(row.values.get(name)) for name in self.names)) for row in rows]

    def _holding(self, entry: Field, wanted: list[Any]) -> Q:
        clear = Q(**{f"{self._path(entry.name)}__in": wanted})
        if not entry.is_sealed:
            return clear
        sealed = Q(matches(sealed_query(entry, wanted))) if wanted else Q(pk__in=[])
        return sealed | clear if entry.in_transition else sealed

    def _path(self, name: str) -> str:
        entry = self.spec.all_fields[name]
        return entry.attribute if entry.source == COLUMN else f"custom__{name}"


def _comparable(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()
