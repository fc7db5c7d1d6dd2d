"""Named periods relative to today, as filters and statistics use them; weeks start on Monday."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

from banyan.core.kernel.clock import today

NAMED = (
    "today", "yesterday", "tomorrow", "this_week", "last_week", "next_week", "this_month", "last_month", "next_month",
    "this_quarter", "last_quarter", "next_quarter", "this_year", "last_year", "next_year",
)  # fmt: skip
_ROLLING = re.compile(r"^(last|next)_(\d{1,4})_days$")


def is_period(name: str) -> bool:
    """Say whether the name is one of the named periods, or like ``last_30_days``."""
    return name in NAMED or _ROLLING.match(name) is not None


def period_days(name: str, zone: str) -> tuple[date, date]:
    """Return the first and the last day of a period, seen from today in a time zone."""
    return period_around(name, today(zone))


def period_around(name: str, day: date) -> tuple[date, date]:
    """Return the first and the last day of a period, seen from a given day."""
    rolling = _ROLLING.match(name)
    if rolling:
        length = timedelta(days=int(rolling[2]))
        return (day - length + timedelta(days=1), day) if rolling[1] == "last" else (day, day + length)
    if name in {"today", "yesterday", "tomorrow"}:
        day += timedelta(days={"today": 0, "yesterday": -1, "tomorrow": 1}[name])
        return day, day
    which, unit = name.split("_")
    step = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "week":
        first = day - timedelta(days=day.weekday()) + timedelta(weeks=step)
        return first, first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    start = (day.year * 12 + day.month - 1) // months * months + step * months
    return _month(start), _month(start + months) - timedelta(days=1)


def previous_period(first: date, last: date) -> tuple[date, date]:
    """Return the period of the same length before; whole months are compared with whole months."""
    if first.day == 1 and (last + timedelta(days=1)).day == 1:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        return _month(first.year * 12 + first.month - 1 - months), first - timedelta(days=1)
    length = last - first + timedelta(days=1)
    return first - length, first - timedelta(days=1)


def months_from(day: date, *, unit: int, count: int, step: int = 0) -> list[tuple[date, date]]:
    """Return periods of ``unit`` months one after the other, as first and last days.

    The first of them is the one around a day, or the one ``step`` periods after that.
    """
    start = (day.year * 12 + day.month - 1) // unit * unit + step * unit
    firsts = [_month(start + place * unit) for place in range(count + 1)]
    return [(first, after - timedelta(days=1)) for first, after in pairwise(firsts)]


def day_within(day: date | None, first: date, last: date, reference: date) -> date:
    """Return the day that something gets which is moved into a period: its own day of the month, as near as may be.

    What had no day, or would begin before ``reference`` in the period that is going on, gets the last day.
    """
    if day is not None and first <= day <= last:
        return day
    wanted = last
    if day is not None:
        wanted = min(first.replace(day=1) + timedelta(days=day.day - 1), _month_end(first), last)
    return last if wanted < first or wanted < reference <= last else wanted


def _month_end(day: date) -> date:
    return _month(day.year * 12 + day.month) - timedelta(days=1)


def _month(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)
