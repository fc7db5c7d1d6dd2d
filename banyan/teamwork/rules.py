"""Pure rules of tasks: when a repeated task comes again, and how far a checklist is."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

LAST_WEEKDAY = 4


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


def checklist_progress(items: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Return how many items of a checklist are done, and how many there are."""
    return sum(1 for item in items if item.get("done")), len(items)
