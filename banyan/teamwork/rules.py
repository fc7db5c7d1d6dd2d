"""Pure rules of tasks: when a repeated task comes again, and how far a checklist is."""

from __future__ import annotations

import calendar
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

LAST_WEEKDAY = 4
#: The parts of a filter for tasks that somebody has to do, alone or together with others.
MINE = [
    {"field": "assignee", "op": "eq", "value": "me"},
    {"field": "helpers", "op": "contains", "value": "me"},
]


def next_due(due: date, repeat: str, *, today: date) -> date:
    """Return the next day of a repeated task: after the day it was due, and not before today.

    A task of the 31st falls on the last day of shorter months.
    """
    step = 1
    following = _after(due, repeat, step)
    while following < today:
        step += 1
        following = _after(due, repeat, step)
    return following


def _after(due: date, repeat: str, steps: int) -> date:
    if repeat == "daily":
        return due + timedelta(days=steps)
    if repeat == "weekly":
        return due + timedelta(weeks=steps)
    if repeat == "workdays":
        return _workdays_after(due, steps)
    months = due.year * 12 + due.month - 1 + steps * (12 if repeat == "yearly" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(due.day, calendar.monthrange(year, month + 1)[1]))


def _workdays_after(due: date, steps: int) -> date:
    day = due
    for _step in range(steps):
        day += timedelta(days=1)
        while day.weekday() > LAST_WEEKDAY:
            day += timedelta(days=1)
    return day


def with_helpers(
    shared: Sequence[uuid.UUID], before: Sequence[uuid.UUID], helpers: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Return with whom a task is shared once its helpers are others: helpers see it, former ones no longer."""
    gone = set(before) - set(helpers)
    return list(dict.fromkeys([*(person for person in shared if person not in gone), *helpers]))


def leads_back(start: uuid.UUID, following: Mapping[uuid.UUID, uuid.UUID | None]) -> bool:
    """Say whether a chain of links, followed from one task, comes back to it."""
    seen: set[uuid.UUID] = set()
    current = following.get(start)
    while current is not None and current not in seen:
        if current == start:
            return True
        seen.add(current)
        current = following.get(current)
    return False


def shifted(due: date | None, *, old: date | None, new: date | None) -> date | None:
    """Return the day of a part of a task, moved as far as the whole was."""
    if due is None or old is None or new is None:
        return due
    return due + (new - old)


def checklist_progress(items: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Return how many items of a checklist are done, and how many there are."""
    return sum(1 for item in items if item.get("done")), len(items)
