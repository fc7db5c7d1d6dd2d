"""Finding records that may be the same thing; apps register how for their objects."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry


@dataclass(frozen=True)
class Candidate:
    """A record that may be the same as the values asked about: how likely (0 to 1), and why (codes)."""

    record_id: uuid.UUID
    title: str
    score: float
    reasons: tuple[str, ...] = ()
    is_likely: bool = False


Values = Mapping[str, Any]


@dataclass(frozen=True)
class DuplicateRules:
    """How an object's duplicates are told.

    ``find`` is given an actor, the values of several would-be records and their keys, and returns for each
    the candidates, best first; set-based: a few queries for all. ``keys`` are what two records of the same
    thing share at least one of, and ``is_likely`` compares two that do. ``hidden`` tells what may be said of records
    that the actor may not see: lines of ``text``, perhaps with the ``url`` of what to do about it.
    """

    find: Callable[[Actor, Sequence[Values], Sequence[Sequence[str]]], list[list[Candidate]]]
    keys: Callable[[Values], Sequence[str]]
    is_likely: Callable[[Values, Values], bool]
    hidden: Callable[[Actor, list[uuid.UUID]], list[dict[str, str]]] | None = None

    def candidates(self, actor: Actor, rows: Sequence[Values]) -> list[list[Candidate]]:
        """Return for each would-be record the records that it may be."""
        return self.find(actor, rows, [self.keys(row) for row in rows])


duplicate_rules: Registry[DuplicateRules] = Registry("duplicate rules")
