"""Whose turn it is: pure functions on what an entry remembers of its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LAST, CREDIT = "last", "credit"
Weights = Mapping[str, int]


@dataclass
class TurnState:
    """How many turns were taken, and for each person the number of their last one and their credit."""

    taken: int = 0
    people: dict[str, dict[str, Any]] = field(default_factory=dict)

    def copy(self) -> TurnState:
        """Return a state that may be changed without harm to this one."""
        return TurnState(self.taken, {name: dict(known) for name, known in self.people.items()})

    def note(self, person: str) -> None:
        """Remember that somebody had the turn."""
        self.taken += 1
        self.people.setdefault(person, {})[LAST] = self.taken


def in_turn(state: TurnState, candidates: Sequence[str]) -> str:
    """Return who had no turn for longest, and note the turn; of those who never had one, the first.

    Whoever was away does not get all that was missed: they are simply next.
    """
    chosen = min(candidates, key=lambda person: state.people.get(person, {}).get(LAST, 0))
    state.note(chosen)
    return chosen


def by_weight(state: TurnState, candidates: Sequence[str], weights: Weights) -> str:
    """Return whose turn it is by weights, spread evenly, and note it.

    Everybody earns their weight, the richest gets the turn and pays what was earned together: after as many turns as
    all weights together make, each has had exactly their share.
    """
    total = 0
    for person in candidates:
        weight = max(1, weights.get(person, 1))
        known = state.people.setdefault(person, {})
        known[CREDIT] = known.get(CREDIT, 0) + weight
        total += weight
    chosen = max(candidates, key=lambda person: state.people[person][CREDIT])
    state.people[chosen][CREDIT] -= total
    state.note(chosen)
    return chosen


def by_load(state: TurnState, candidates: Sequence[str], loads: Mapping[str, int]) -> str:
    """Return who has least to do, and note the turn; among equals, who had none for longest."""
    chosen = min(candidates, key=lambda person: (loads.get(person, 0), state.people.get(person, {}).get(LAST, 0)))
    state.note(chosen)
    return chosen


def below_cap(candidates: Sequence[str], loads: Mapping[str, int], caps: Mapping[str, int | None]) -> list[str]:
    """Return those who may have one more open record."""
    return [person for person in candidates if (cap := caps.get(person)) is None or loads.get(person, 0) < cap]
