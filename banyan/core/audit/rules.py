"""When what somebody did is conspicuous: pure functions over counts per hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: So many hours of work are needed before somebody's own habit says anything.
LEAST_HISTORY = 20
#: What is this many times as much as in somebody's busy hours is unusual.
TIMES_USUAL = 5
#: Below these nothing is unusual, whatever the habit: reading thirty records is nobody's theft.
LEAST_UNUSUAL = {"views": 60, "rows": 5_000}
SATURDAY = 5


class Kind(StrEnum):
    """Why an alert is raised."""

    MANY_VIEWS = "many_views"
    MANY_ROWS = "many_rows"
    MANY_EXPORTED = "many_exported"
    MANY_REFUSALS = "many_refusals"
    UNUSUAL_VIEWS = "unusual_views"
    UNUSUAL_ROWS = "unusual_rows"
    ODD_HOURS = "odd_hours"
    #: Raised whenever somebody takes the file, whatever was counted.
    EVERYTHING = "everything_taken"


@dataclass(frozen=True)
class Counts:
    """What one person did within an hour, or within a day."""

    views: int = 0
    rows: int = 0
    exports: int = 0
    exported_rows: int = 0
    refusals: int = 0


@dataclass(frozen=True)
class Limits:
    """What an organization has chosen; zero is no limit. Working hours are in its own time zone."""

    views_per_hour: int = 0
    rows_per_hour: int = 0
    exported_rows_per_day: int = 0
    refusals_per_hour: int = 0
    day_begins: int = 0
    day_ends: int = 24
    weekends_off: bool = False


@dataclass(frozen=True)
class Conspicuous:
    """One reason for an alert: what was counted, and what would have been expected at the most."""

    kind: Kind
    measured: int
    expected: int


@dataclass(frozen=True)
class Watched:
    """What is looked at: an hour, the day it belongs to so far, and the person's earlier hours with work in them."""

    hour: Counts
    day: Counts
    local: datetime
    history: Sequence[Counts] = field(default_factory=tuple)


def conspicuous(watched: Watched, limits: Limits) -> list[Conspicuous]:
    """Return every reason for an alert; a fixed limit that is passed makes the habit unimportant."""
    hour = watched.hour
    found = [
        _over(Kind.MANY_VIEWS, hour.views, limits.views_per_hour),
        _over(Kind.MANY_ROWS, hour.rows, limits.rows_per_hour),
        _over(Kind.MANY_EXPORTED, watched.day.exported_rows, limits.exported_rows_per_day),
        _over(Kind.MANY_REFUSALS, hour.refusals, limits.refusals_per_hour),
    ]
    if found[0] is None:
        found.append(_unusual(Kind.UNUSUAL_VIEWS, "views", watched))
    if found[1] is None:
        found.append(_unusual(Kind.UNUSUAL_ROWS, "rows", watched))
    if hour.exports and not is_working_time(watched.local, limits):
        found.append(Conspicuous(Kind.ODD_HOURS, hour.exports, 0))
    return [reason for reason in found if reason is not None]


def is_working_time(local: datetime, limits: Limits) -> bool:
    """Say whether people work at an instant; hours that go over midnight are understood."""
    if limits.weekends_off and local.weekday() >= SATURDAY:
        return False
    begins, ends = limits.day_begins, limits.day_ends
    if begins < ends:
        return begins <= local.hour < ends
    return local.hour >= begins or local.hour < ends


def usual_most(numbers: Sequence[int]) -> int:
    """Return what somebody reaches in busy hours: the 95th percentile of the hours in which there was anything."""
    busy = sorted(number for number in numbers if number > 0)
    return busy[min(len(busy) - 1, len(busy) * 95 // 100)] if busy else 0


def _over(kind: Kind, measured: int, limit: int) -> Conspicuous | None:
    return Conspicuous(kind, measured, limit) if limit and measured > limit else None


def _unusual(kind: Kind, name: str, watched: Watched) -> Conspicuous | None:
    numbers = [getattr(counts, name) for counts in watched.history]
    if sum(number > 0 for number in numbers) < LEAST_HISTORY:
        return None
    expected = max(usual_most(numbers) * TIMES_USUAL, LEAST_UNUSUAL[name])
    measured = getattr(watched.hour, name)
    return Conspicuous(kind, measured, expected) if measured > expected else None
