"""Pure rules of opportunities: how long one has stood still, and when that is too long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

Stage = TypeVar("Stage")


def days_in_stage(since: datetime, until: datetime) -> int:
    """Return the whole days between two instants, never less than zero."""
    return max(0, (until - since).days)


def is_stuck(days: int, *, stale_days: int, outcome: str) -> bool:
    """Say whether an open opportunity has been in its stage for longer than the stage allows; 0 allows any time."""
    return outcome == "open" and 0 < stale_days < days


def furthest_stage(
    reached: Stage | None, current: Stage, *, outcome: str, was_won: bool, open_stages: Sequence[Stage]
) -> Stage | None:
    """Return the furthest open stage of a pipeline that an opportunity has reached.

    Args:
        reached: The furthest one so far; one of another pipeline does not count.
        current: The stage it moves to.
        outcome: What the stage means.
        was_won: Whether it was won before; what is opened again begins anew from its stage.
        open_stages: The open stages of the pipeline of ``current``, in order.
    """
    before = reached if reached in open_stages and not (was_won and outcome == "open") else None
    if outcome == "won":
        return open_stages[-1] if open_stages else None
    if outcome == "lost" or current not in open_stages:
        return before
    if before is None or open_stages.index(current) > open_stages.index(before):
        return current
    return before
