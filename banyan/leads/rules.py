"""The rules of leads, without database: points and grades, working minutes, what may be claimed."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
#: What somebody could be reached by: addresses of e-mail, and digits as long as a phone number.
_REACHABLE = re.compile(r"[^\s@]+@[^\s@]+|\+?\d(?:[\s()./-]{0,2}\d){5,}")
#: No answer is expected later than that; it also ends the search for working time in impossible weeks.
MOST_DAYS = 400


@dataclass(frozen=True)
class WorkingHours:
    """When minutes count: the days of the week (1 is Monday), from one time of the day to another."""

    days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    begins: time = time(9)
    ends: time = time(18)

    @property
    def are_possible(self) -> bool:
        """Say whether there is any working time at all."""
        return bool(self.days) and self.begins < self.ends

    def of_day(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """Return when work begins and ends on a day; None on a day off."""
        if day.isoweekday() not in self.days:
            return None
        return datetime.combine(day, self.begins, zone), datetime.combine(day, self.ends, zone)


def minutes_between(begin: datetime, end: datetime, hours: WorkingHours | None, zone: str) -> int:
    """Return the whole minutes from one instant to another, counting only working time; never less than 0."""
    if end <= begin:
        return 0
    if hours is None or not hours.are_possible:
        return (end - begin) // MINUTE
    here = ZoneInfo(zone)
    day, last, total = begin.astimezone(here).date(), end.astimezone(here).date(), timedelta()
    while day <= last:
        span = hours.of_day(day, here)
        if span is not None:
            total += max(timedelta(), min(end, span[1]) - max(begin, span[0]))
        day += timedelta(days=1)
    return total // MINUTE


def due_after(begin: datetime, minutes: int, hours: WorkingHours | None, zone: str) -> datetime:
    """Return the instant at which so many working minutes have passed since another."""
    left = timedelta(minutes=minutes)
    if hours is None or not hours.are_possible:
        return begin + left
    here = ZoneInfo(zone)
    day = begin.astimezone(here).date()
    for _passed in range(MOST_DAYS):
        span = hours.of_day(day, here)
        if span is not None:
            start = max(begin, span[0])
            if span[1] - start >= left:
                return (start + left).astimezone(begin.tzinfo)
            left -= max(timedelta(), span[1] - start)
        day += timedelta(days=1)
    return begin + timedelta(days=MOST_DAYS)


@dataclass(frozen=True)
class Decay:
    """How a score loses points while nothing happens: so many for every so many days, up to a most; 0 is never."""

    points: int = 0
    days: int = 0
    most: int = 0

    def lost(self, *, idle_days: int, score: int) -> int:
        """Return how many points are lost after days without activity; decay alone takes no score below 0."""
        if self.points <= 0 or self.days <= 0 or score <= 0 or idle_days < self.days:
            return 0
        lost = (idle_days // self.days) * self.points
        return min(lost, self.most or lost, score)


def grade_of(score: int, *, grade_a: int, grade_b: int) -> str:
    """Return the grade of a score."""
    return "a" if score >= grade_a else "b" if score >= grade_b else "c"


def room_left(*, held: int, claimed_today: int, hold_limit: int, claim_limit: int) -> int | None:
    """Return how many leads somebody may still claim; None without any limit."""
    rooms = [limit - used for limit, used in ((hold_limit, held), (claim_limit, claimed_today)) if limit > 0]
    return max(0, min(rooms)) if rooms else None


def median_minutes(minutes: Sequence[int]) -> int | None:
    """Return the middle response time; None when there is none."""
    return round(statistics.median(minutes)) if minutes else None


def without_contact_data(text: str) -> str:
    """Return a text in which nobody finds a phone number or an e-mail address any more."""
    return _REACHABLE.sub("•••", text)
