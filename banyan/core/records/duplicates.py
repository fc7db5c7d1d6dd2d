"""Finding records that may be the same thing; apps register how for their objects."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry
from banyan.core.objects.spec import ObjectSpec


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
    that the actor may not see: lines of ``text``, perhaps with the ``url`` of what to do about it. ``fields`` are those
    by which a duplicate is noticed while one types, besides the usual ones. ``review_url`` is the page of all that were found,
    where there is one.
    """

    find: Callable[[Actor, Sequence[Values], Sequence[Sequence[str]]], list[list[Candidate]]]
    keys: Callable[[Values], Sequence[str]]
    is_likely: Callable[[Values, Values], bool]
    hidden: Callable[[Actor, list[uuid.UUID]], list[dict[str, str]]] | None = None
    fields: tuple[str, ...] = ()
    review_url: str = ""

    def candidates(self, actor: Actor, rows: Sequence[Values]) -> list[list[Candidate]]:
        """Return for each would-be record the records that it may be."""
        return self.find(actor, rows, [self.keys(row) for row in rows])


duplicate_rules: Registry[DuplicateRules] = Registry("duplicate rules")

#: Under this key a shaped specification holds the organization's own ``DuplicateRules`` of an object.
OWN_RULES = "duplicate_rules"
#: Confirmed by whoever has said already that records like others are to be created.
DUPLICATES_WANTED = "duplicates"


def rules_for(spec: ObjectSpec) -> DuplicateRules | None:
    """Return how duplicates of an object are told in an organization: as built in, by its own rules, or by both."""
    own: DuplicateRules | None = spec.shaping.get(OWN_RULES)
    built_in = duplicate_rules.get(spec.name)
    if own is None or built_in is None:
        return own or built_in
    return _together(built_in, own)


def _together(built_in: DuplicateRules, own: DuplicateRules) -> DuplicateRules:
    def find(actor: Actor, rows: Sequence[Values], keys: Sequence[Sequence[str]]) -> list[list[Candidate]]:
        found = zip(built_in.find(actor, rows, keys), own.find(actor, rows, keys), strict=True)
        return [_united(first, second) for first, second in found]

    return DuplicateRules(
        find,
        lambda values: [*built_in.keys(values), *own.keys(values)],
        lambda one, other: built_in.is_likely(one, other) or own.is_likely(one, other),
        built_in.hidden,
        own.fields,
    )


def _united(first: Sequence[Candidate], second: Sequence[Candidate]) -> list[Candidate]:
    by_id = {candidate.record_id: candidate for candidate in first}
    for candidate in second:
        known = by_id.get(candidate.record_id)
        by_id[candidate.record_id] = (
            candidate
            if known is None
            else replace(
                known,
                score=max(known.score, candidate.score),
                reasons=(*known.reasons, *candidate.reasons),
                is_likely=known.is_likely or candidate.is_likely,
            )
        )
    return sorted(by_id.values(), key=lambda candidate: -candidate.score)
