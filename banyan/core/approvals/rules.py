"""How the decisions of single people make the decision of a step: pure rules, without database.

The people of a step sit in *voices*. A voice is one approver with those that were put before or after them: they
decide one after the other, and the voice agrees when all of them have. How voices decide together is the mode.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

ALL, ONE, TURN, RATIO = "all", "one", "turn", "ratio"
OPEN, AGREED, REFUSED = "open", "agreed", "refused"
#: Whether a step is taken.
ALWAYS, IF, OTHERWISE = "always", "if", "otherwise"

#: One person's part: ``open`` until decided. A voice is a sequence of them, in the order in which they decide.
Voice = Sequence[str]


def voice_state(voice: Voice) -> str:
    """Return what a voice says: refused as soon as one of it refuses, agreed once all of it agree."""
    if REFUSED in voice:
        return REFUSED
    return AGREED if all(part == AGREED for part in voice) else OPEN


def votes_needed(number: int, ratio: int) -> int:
    """Return how many of so many voices must agree for a share in percent; at least one."""
    return min(number, max(1, math.ceil(number * ratio / 100)))


def verdict(mode: str, ratio: int, voices: Sequence[Voice]) -> str:
    """Return what a step says: open, agreed or refused; a step without voices is agreed."""
    said = [voice_state(voice) for voice in voices]
    if mode == ONE and said:
        return next((state for state in said if state != OPEN), OPEN)
    if mode == RATIO and said:
        needed = votes_needed(len(said), ratio)
        if said.count(AGREED) >= needed:
            return AGREED
        return REFUSED if len(said) - said.count(REFUSED) < needed else OPEN
    if REFUSED in said:
        return REFUSED
    return AGREED if all(state == AGREED for state in said) else OPEN


def turns(mode: str, ratio: int, voices: Sequence[Voice]) -> list[tuple[int, int]]:
    """Return whose turn it is, as places (voice, part): the first undecided part of each voice that may speak now.

    Nobody's once the step is decided; only the first open voice's when they decide in turn.
    """
    if verdict(mode, ratio, voices) != OPEN:
        return []
    found = [
        (index, next(place for place, part in enumerate(voice) if part == OPEN))
        for index, voice in enumerate(voices)
        if voice_state(voice) == OPEN
    ]
    return found[:1] if mode == TURN else found


@dataclass(frozen=True)
class Choice:
    """What decides whether a step is taken: ``taken`` is always, if or otherwise; ``holds`` is its condition's answer."""

    taken: str
    holds: bool = True


def path(choices: Sequence[Choice]) -> list[bool]:
    """Return for each step whether it is taken.

    "Otherwise" means that none of the steps since the last one without "otherwise" is taken: if, otherwise, otherwise
    form one chain of which the last catches what is left.
    """
    found: list[bool] = []
    chain_taken = False
    for choice in choices:
        if choice.taken == OTHERWISE:
            is_taken = not chain_taken
            chain_taken = True
        else:
            is_taken = choice.taken == ALWAYS or choice.holds
            chain_taken = is_taken
        found.append(is_taken)
    return found


def stages(parallel: Sequence[bool], taken: Sequence[bool]) -> list[list[int]]:
    """Return the steps that are taken, by their positions, grouped into what runs at the same time.

    A step that is ``parallel`` runs together with the one before it; where that one is not taken, with the others of
    its group.
    """
    groups: list[list[int]] = []
    for index, is_parallel in enumerate(parallel):
        if not is_parallel or not groups:
            groups.append([])
        groups[-1].append(index)
    wanted = ([index for index in group if taken[index]] for group in groups)
    return [group for group in wanted if group]


@dataclass(frozen=True)
class Reminders:
    """How often who started an approval may remind: ``most`` times in all, with ``hours`` between."""

    most: int = 5
    hours: int = 4

    def allows(self, reminded: int, hours_since: float | None) -> bool:
        """Say whether one more reminder is allowed after so many, the last so many hours ago."""
        return reminded < self.most and (hours_since is None or hours_since >= self.hours)
