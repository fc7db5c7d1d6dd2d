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


#: Given an actor and the values of several would-be records, returns for each the candidates, best
#: first. Set-based: one query for all.
DuplicateFinder = Callable[[Actor, Sequence[Mapping[str, Any]]], list[list[Candidate]]]
duplicate_finders: Registry[DuplicateFinder] = Registry("duplicate finders")
