"""Flows as trees, as people draw them, and as programs, as they are run.

A step is ``{"id", "kind", "config"}``; one that branches has ``branches`` (``{"id", "name", "condition", "steps"}``)
and ``otherwise``; one that is done for each of something has ``steps`` of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Step = dict[str, Any]
Steps = list[Step]
END = -1
#: Names of the lists of steps that a step may hold itself.
OTHERWISE, BODY = "otherwise", "steps"
MOST_STEPS, MOST_DEPTH = 60, 5


@dataclass(frozen=True)
class Instruction:
    """One step of a program; ``following`` is where it goes on, ``starts`` where its branches and its last way begin."""

    step_id: str
    kind: str
    config: Mapping[str, Any]
    following: int
    starts: tuple[int, ...] = ()
    branches: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Program:
    """A flow ready to be run: begin at ``start``, go on until ``END``."""

    start: int
    instructions: tuple[Instruction, ...]


def compile_steps(steps: Steps) -> Program:
    """Return the program of a flow; it only ever jumps forward in the flow, so that it always ends."""
    found: list[Instruction] = []
    start = _emit(steps, END, found)
    return Program(start, tuple(found))


def _emit(steps: Steps, after: int, found: list[Instruction]) -> int:
    following = after
    for step in reversed(steps):
        branches = tuple(step.get("branches") or ())
        starts = [_emit(branch.get("steps") or [], following, found) for branch in branches]
        if branches:
            starts.append(_emit(step.get(OTHERWISE) or [], following, found))
        elif step.get(BODY):
            starts.append(_emit(step[BODY], END, found))
        found.append(
            Instruction(step["id"], step["kind"], step.get("config") or {}, following, tuple(starts), branches)
        )
        following = len(found) - 1
    return following


def lists_of(step: Step) -> Iterator[tuple[str, Steps]]:
    """Yield the lists of steps within a step, with their names."""
    for branch in step.get("branches") or ():
        yield branch["id"], branch.setdefault("steps", [])
    if step.get("branches"):
        yield OTHERWISE, step.setdefault(OTHERWISE, [])
    elif BODY in step:
        yield BODY, step[BODY]


def walk(steps: Steps) -> Iterator[Step]:
    """Yield every step of a flow, from top to bottom."""
    for step in steps:
        yield step
        for _name, inner in lists_of(step):
            yield from walk(inner)


def depth_of(steps: Steps) -> int:
    """Return how many lists of steps lie inside each other."""
    if not steps:
        return 0
    return 1 + max((depth_of(inner) for step in steps for _name, inner in lists_of(step)), default=0)


def find(steps: Steps, step_id: str) -> tuple[Steps, int] | None:
    """Return the list that holds a step, and its place in it."""
    for position, step in enumerate(steps):
        if step["id"] == step_id:
            return steps, position
        for _name, inner in lists_of(step):
            found = find(inner, step_id)
            if found:
                return found
    return None


def list_at(steps: Steps, place: str) -> Steps | None:
    """Return the list of steps that a place names: empty for the flow itself, else ``step/list``."""
    if not place:
        return steps
    step_id, _slash, name = place.partition("/")
    found = find(steps, step_id)
    if found is None:
        return None
    return dict(lists_of(found[0][found[1]])).get(name)


def moved(steps: Steps, step_id: str, by: int) -> Steps:
    """Return a flow in which a step stands one place higher or lower in its list."""
    changed = copy.deepcopy(steps)
    found = find(changed, step_id)
    if found:
        holder, position = found
        target = position + by
        if 0 <= target < len(holder):
            holder[position], holder[target] = holder[target], holder[position]
    return changed


def moved_to(steps: Steps, step_id: str, place: str, position: int) -> Steps:
    """Return a flow in which a step stands elsewhere; unchanged where that is inside the step itself."""
    changed = copy.deepcopy(steps)
    found = find(changed, step_id)
    if not found:
        return changed
    holder, old = found
    step = holder[old]
    if find([step], place.partition("/")[0]):
        return changed
    target = list_at(changed, place)
    if target is None:
        return changed
    holder.pop(old)
    if target is holder and position > old:
        position -= 1
    target.insert(max(0, min(position, len(target))), step)
    return changed


def without(steps: Steps, step_id: str) -> Steps:
    """Return a flow without a step and what lies within it."""
    changed = copy.deepcopy(steps)
    found = find(changed, step_id)
    if found:
        found[0].pop(found[1])
    return changed
