"""When rules and their steps are due: schedules in words, dates relative to a field, growing delays."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

#: Waits before a step that failed is tried again.
RETRY_SECONDS = (30, 180, 1080)
#: Waits before a delivery that was not taken is tried again: nine minutes in all, then two hours, then a day.
DELIVERY_SECONDS = (10, 60, 480, 7200, 86_400)
SECONDS = {"minutes": 60, "hours": 3_600, "days": 86_400}
DAILY, WORKDAYS, WEEKLY, MONTHLY, HOURLY = "daily", "workdays", "weekly", "monthly", "hourly"
LAST_DAY = 31


def duration(amount: int, unit: str) -> timedelta:
    """Return a length of time that is written as a number and a unit."""
    return timedelta(seconds=amount * SECONDS[unit])


def next_time(schedule: Mapping[str, Any], after: datetime, zone: str) -> datetime:
    """Return the first instant of a schedule later than ``after``.

    ``schedule`` has ``every`` (hourly, daily, workdays, weekly, monthly), and as it needs them ``hour``, ``minute``,
    ``weekday`` (0 is Monday) and ``day`` (31 is the last of the month). Hours are those of the time zone.
    """
    local = after.astimezone(ZoneInfo(zone))
    if schedule["every"] == HOURLY:
        start = local.replace(minute=int(schedule.get("minute", 0)), second=0, microsecond=0)
        return (start if start > local else start + timedelta(hours=1)).astimezone(UTC)
    at = time(int(schedule.get("hour", 8)), int(schedule.get("minute", 0)))
    for days in range(64):
        day = local.date() + timedelta(days=days)
        instant = datetime.combine(day, at, ZoneInfo(zone))
        if fits(schedule, day) and instant > local:
            return instant.astimezone(UTC)
    raise ValueError(f"No day within two months fits {schedule}.")


def fits(schedule: Mapping[str, Any], day: date) -> bool:
    """Say whether a schedule has a day."""
    every = schedule["every"]
    if every == WORKDAYS:
        return day.weekday() < 5
    if every == WEEKLY:
        return day.weekday() == int(schedule.get("weekday", 0))
    if every == MONTHLY:
        wanted = int(schedule.get("day", 1))
        return day.day == min(wanted, calendar.monthrange(day.year, day.month)[1])
    return True


def due_days(offset_days: int, hour: int, since: datetime, until: datetime, zone: str) -> tuple[date, date] | None:
    """Return the first and last day of a date field whose moment lies after ``since`` and not after ``until``.

    The moment is ``hour`` o'clock, ``offset_days`` after the field's day (before it when negative).
    """
    first = _day_begun(since, hour, zone) + timedelta(days=1)
    last = _day_begun(until, hour, zone)
    if first > last:
        return None
    return first - timedelta(days=offset_days), last - timedelta(days=offset_days)


def _day_begun(at: datetime, hour: int, zone: str) -> date:
    """Return the last day on which it has been ``hour`` o'clock already."""
    local = at.astimezone(ZoneInfo(zone))
    return local.date() if local.time() >= time(hour) else local.date() - timedelta(days=1)


def at_hour(day: date, hour: int, zone: str) -> datetime:
    """Return the instant at which it is ``hour`` o'clock on a day."""
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)


def retry_after(attempts: int) -> timedelta | None:
    """Return how long to wait after the given number of failed attempts; None when it was the last."""
    return timedelta(seconds=RETRY_SECONDS[attempts - 1]) if attempts <= len(RETRY_SECONDS) else None


def deliver_after(attempts: int) -> timedelta | None:
    """Return how long to wait after the given number of failed deliveries; None when it was the last."""
    return timedelta(seconds=DELIVERY_SECONDS[attempts - 1]) if attempts <= len(DELIVERY_SECONDS) else None
