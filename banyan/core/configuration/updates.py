"""A newer version of a template, brought to an organization that has gone on: its changes, without undoing the own ones.

Three states are compared value by value: the template as it was applied, the template as it is now, and the
organization. What only the template has changed is taken; what only the organization has changed stays; what both have
changed differently is a conflict, which stays as it is here until somebody takes the template's. What a newer template
does not mention any more is left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from banyan.core.configuration.documents import Document
from banyan.core.kernel.document_shapes import REMOVE, Items, Properties, Shape, Table, is_removal
from banyan.core.objects.configuration_parts import KEY, ConfigurationPart, Entry, ordered_parts

#: Nothing is said, or nothing is there.
NOTHING: Any = object()
FIELDS = "fields"
Steps = tuple[str, ...]


@dataclass(frozen=True)
class Clash:
    """A value that both have changed. ``path`` leads to it within the entry; empty when the entry was removed here.

    ``mine`` is None where the organization has taken it away.
    """

    part: ConfigurationPart
    key: str
    path: Steps
    mine: Any
    theirs: Any

    @property
    def name(self) -> str:
        """Return by which name somebody takes the template's value."""
        return "|".join((self.part.name, self.key, *self.path))

    @property
    def step(self) -> str:
        """Return the name of the step that takes it."""
        return f"{self.part.name}:{self.key}"


@dataclass
class Update:
    """What a newer version changes here: a document of its changes alone, and what is to be decided."""

    document: Document
    clashes: list[Clash] = field(default_factory=list)


def update_between(
    base: Document,
    newer: Document,
    current: Mapping[str, Mapping[str, Entry]],
    taken: Collection[str] = (),
) -> Update:
    """Return what a newer version of a template changes in a configuration as ``read_all`` returns it.

    Args:
        base: The template as it was applied.
        newer: The template as it is now.
        current: The organization's configuration.
        taken: Names of clashes in which the template's value is wanted.
    """
    clashes: list[Clash] = []
    entries: dict[str, dict[str, Entry]] = {}
    # What belongs to a field that was removed here, such as its values, comes back with the field alone.
    removed = {key for key in base.entries.get(FIELDS, {}) if key not in current.get(FIELDS, {})}
    for part in ordered_parts():
        mine = current.get(part.name, {})
        for key, entry in newer.entries.get(part.name, {}).items():
            if part.name != FIELDS and key in removed and f"{FIELDS}|{key}" not in taken:
                continue
            merge = _Merge(part, key, frozenset(taken))
            said = merge.entry(base.entries.get(part.name, {}).get(key), mine.get(key), entry)
            clashes += merge.clashes
            if said is not None:
                entries.setdefault(part.name, {})[key] = said
    removals = frozenset((part, key) for part, key in newer.removals - base.removals if key in current.get(part, {}))
    return Update(replace(newer, entries=entries, removals=removals), clashes)


class _Merge:
    """Compares the three states of one entry."""

    def __init__(self, part: ConfigurationPart, key: str, taken: frozenset[str]) -> None:
        self.part = part
        self.key = key
        self.taken = taken
        self.clashes: list[Clash] = []

    def entry(self, base: Entry | None, mine: Entry | None, theirs: Entry) -> Entry | None:
        """Return what is to be said of the entry; None when there is nothing to change."""
        if mine is None:
            is_removed_here = base is not None
            if not is_removed_here:
                return theirs
            if self.part.completed(base or {KEY: self.key}) == self.part.completed(theirs):
                return None
            return theirs if self._is_taken((), None, theirs) else None
        known = self.part.completed(mine)
        said = {}
        for name, value in theirs.items():
            if name == KEY:
                continue
            described = self.part.properties[name]
            if value is None or (described.fixed and base is not None):
                continue
            before = _stated(described.shape, None if base is None else base.get(name), described.default)
            here = _stated(described.shape, known[name], described.default)
            if before is NOTHING and _is(described.shape, value, described.default):
                continue
            found = self._value(described.shape, before, here, value, (name,))
            if found is not NOTHING:
                said[name] = found
        return {KEY: self.key, **said} if said else None

    def _value(self, shape: Shape, base: Any, mine: Any, theirs: Any, path: Steps) -> Any:
        if _same(shape, base, theirs) or _same(shape, mine, theirs):
            return NOTHING
        if isinstance(shape, Items) and shape.unites and isinstance(mine, list):
            known = base if isinstance(base, list) else []
            fresh = [item for item in theirs if item not in known and item not in mine]
            return fresh or NOTHING
        if isinstance(shape, Items) and shape.key and isinstance(mine, list):
            return self._items(shape, base, mine, theirs, path)
        if isinstance(shape, Table | Properties) and isinstance(mine, Mapping) and isinstance(theirs, Mapping):
            return self._names(shape, base, mine, theirs, path)
        if mine is NOTHING and base is NOTHING:
            return theirs
        if _same(shape, base, mine):
            return theirs
        return theirs if self._is_taken(path, None if mine is NOTHING else mine, theirs) else NOTHING

    def _names(self, shape: Shape, base: Any, mine: Mapping[str, Any], theirs: Mapping[str, Any], path: Steps) -> Any:
        known = base if isinstance(base, Mapping) else {}
        said = {}
        for name, value in theirs.items():
            if value is None:
                continue
            inner, default = _inner(shape, name)
            before, here = _stated(inner, known.get(name), default), _stated(inner, mine.get(name), default)
            if before is NOTHING and _is(inner, value, default):
                continue
            found = self._value(inner, before, here, value, (*path, name))
            if found is not NOTHING:
                said[name] = found
        return said or NOTHING

    def _items(self, shape: Items, base: Any, mine: list[Any], theirs: list[Any], path: Steps) -> Any:
        known = {item[shape.key]: item for item in base} if isinstance(base, list) else {}
        here = {item[shape.key]: item for item in mine}
        said = []
        for item in theirs:
            name = item[shape.key]
            if is_removal(item):
                if name in here and _same(shape.shape, known.get(name, NOTHING), here[name]):
                    said.append({shape.key: name, REMOVE: True})
                continue
            found = self._value(shape.shape, known.get(name, NOTHING), here.get(name, NOTHING), item, (*path, name))
            if found is not NOTHING:
                said.append({**found, shape.key: name} if isinstance(found, Mapping) else found)
        return said or NOTHING

    def _is_taken(self, path: Steps, mine: Any, theirs: Any) -> bool:
        clash = Clash(self.part, self.key, path, mine, theirs)
        self.clashes.append(clash)
        return clash.name in self.taken


def _inner(shape: Shape, name: str) -> tuple[Shape, Any]:
    """Return the shape of what stands under a name, and its default."""
    if isinstance(shape, Table):
        return shape.shape, None
    described = shape.properties.get(name) if isinstance(shape, Properties) else None
    return (described.shape, described.default) if described is not None else (Shape(), None)


def _stated(shape: Shape, value: Any, default: Any) -> Any:
    """Return a value that differs from the default; ``NOTHING`` else, for saying the default says nothing."""
    return NOTHING if value is None or _is(shape, value, default) else value


def _is(shape: Shape, value: Any, default: Any) -> bool:
    return default is not None and bool(shape.compact(value) == shape.compact(default))


def _same(shape: Shape, one: Any, other: Any) -> bool:
    if one is NOTHING or other is NOTHING:
        return one is other
    if is_removal(one) or is_removal(other):
        return bool(one == other)
    return bool(shape.compact(one) == shape.compact(other))
