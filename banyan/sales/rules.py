"""Pure rules of opportunities: how long one has stood still, and when that is too long."""

from __future__ import annotations

from datetime import datetime


def days_in_stage(since: datetime, until: datetime) -> int:
    """Return the whole days between two instants, never less than zero."""
    return max(0, (until - since).days)


def is_stuck(days: int, *, stale_days: int, outcome: str) -> bool:
    """Say whether an open opportunity has been in its stage for longer than the stage allows; 0 allows any time."""
    return outcome == "open" and 0 < stale_days < days
