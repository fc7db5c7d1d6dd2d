"""Typed registries: filled while the apps load, read-only afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar
from weakref import WeakSet

Entry = TypeVar("Entry")
_every: WeakSet[Registry[Any]] = WeakSet()


def every_registry() -> list[Registry[Any]]:
    """Return all registries there are, by name: for what has to hold of each of them, whoever made it."""
    return sorted(_every, key=lambda registry: registry.name)


class Registry(Generic[Entry]):
    """Named entries of one type, in the order in which they came.

    ``revision`` grows with each change, for those who remember what they have chosen from it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.revision = 0
        self._entries: dict[str, Entry] = {}
        self._frozen = False
        _every.add(self)

    def add(self, key: str, entry: Entry) -> Entry:
        """Add an entry; raise if the key is taken or the registry is already closed."""
        if self._frozen:
            raise RuntimeError(f"Registry {self.name} is closed; {key} came too late.")
        if key in self._entries:
            raise RuntimeError(f"Registry {self.name} already has an entry {key}.")
        self._entries[key] = entry
        self.revision += 1
        return entry

    def remove(self, key: str) -> None:
        """Take an entry out again; for tests that register an object of their own."""
        del self._entries[key]
        self.revision += 1

    def get(self, key: str) -> Entry | None:
        """Return the entry of that key, or None."""
        return self._entries.get(key)

    def __getitem__(self, key: str) -> Entry:
        return self._entries[key]

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    def keys(self) -> list[str]:
        """Return the keys in order of registration."""
        return list(self._entries)

    def freeze(self) -> None:
        """Close the registry: every app has registered by now."""
        self._frozen = True
