"""The rules of promised times, without database: service hours, days off, and when a promise is due."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
#: No promise is longer than that; it also ends the search for service time in impossible calendars.
MOST_DAYS = 1_100
MOST_PERIODS = 6
_PERIOD = re.compile(r"^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$")


@dataclass(frozen=True, order=True)
class Period:
    """A part of a day, in minutes after midnight; 1440 is the end of the day."""

    begins: int
    ends: int


Periods = tuple[Period, ...]


class BadPeriodsError(Exception):
    """What somebody wrote are no periods; ``code`` says why: form, order, overlap or many, ``part`` which one."""

    def __init__(self, code: str, part: str) -> None:
        super().__init__(f"{code}: {part}")
        self.code, self.part = code, part


def parse_periods(text: str) -> Periods:
    """Return the periods of a day written like ``9:00-12:00, 13:30-18:00``; none for an empty text.

    Raises ``BadPeriodsError``.
    """
    found = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;，；、\n]", text))):
        plain = re.sub(r"\s*[-–—~～至]\s*", "-", part.replace("：", ":"))
        matched = _PERIOD.match(plain)
        if matched is None:
            raise BadPeriodsError("form", part)
        hours, minutes, to_hours, to_minutes = (int(number) for number in matched.groups())
        begins, ends = hours * 60 + minutes, to_hours * 60 + to_minutes
        if minutes > 59 or to_minutes > 59 or begins >= DAY_MINUTES or ends > DAY_MINUTES:
            raise BadPeriodsError("form", part)
        if ends <= begins:
            raise BadPeriodsError("order", part)
        found.append(Period(begins, ends))
    found.sort()
    for before, after in pairwise(found):
        if after.begins < before.ends:
            raise BadPeriodsError("overlap", write_periods((before, after)))
    if len(found) > MOST_PERIODS:
        raise BadPeriodsError("many", text.strip())
    return tuple(found)


def write_periods(periods: Periods) -> str:
    """Return periods as they are written and shown."""
    return ", ".join(f"{_clock(period.begins)}-{_clock(period.ends)}" for period in periods)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True)
class ServiceHours:
    """When time counts: several periods on each day of the week (1 is Monday), and what single days have instead."""

    week: Mapping[int, Periods]
    days: Mapping[date, Periods] = field(default_factory=dict)
    zone: str = "UTC"

    def of_day(self, day: date) -> Periods:
        """Return the periods of a day; none on a day off."""
        return self.days.get(day, self.week.get(day.isoweekday(), ()))

    def spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Return the periods of a day as instants."""
        here = ZoneInfo(self.zone)
        for period in self.of_day(day):
            begins, ends = _instant(day, period.begins, here), _instant(day, period.ends, here)
            if begins < ends:
                yield begins, ends

    def day_of(self, instant: datetime) -> date:
        """Return the day of an instant where the service is."""
        return instant.astimezone(ZoneInfo(self.zone)).date()


def _instant(day: date, minutes: int, here: ZoneInfo) -> datetime:
    if minutes >= DAY_MINUTES:
        day, minutes = day + timedelta(days=1), 0
    return datetime.combine(day, time(minutes // 60, minutes % 60), here).astimezone(UTC)


def served(begin: datetime, end: datetime, hours: ServiceHours) -> timedelta:
    """Return how much service time lies between two instants; never less than none."""
    total = timedelta()
    if end <= begin:
        return total
    day, last = hours.day_of(begin), hours.day_of(end)
    while day <= last:
        for begins, ends in hours.spans(day):
            total += max(timedelta(), min(end, ends) - max(begin, begins))
        day += timedelta(days=1)
    return total


def due_after(begin: datetime, span: timedelta, hours: ServiceHours) -> datetime:
    """Return the instant at which so much service time has passed since another."""
    left, day = span, hours.day_of(begin)
    for _passed in range(MOST_DAYS):
        for begins, ends in hours.spans(day):
            start = max(begin, begins)
            if ends > start:
                if ends - start >= left:
                    return start + left
                left -= ends - start
        day += timedelta(days=1)
    return begin + timedelta(days=MOST_DAYS)


def minutes_promised(minutes: int, percent: int) -> int:
    """Return a target in minutes for customers of a level; at least one minute where there is a target at all."""
    return max(1, minutes * percent // 100) if minutes > 0 else 0


def share_used(begin: datetime, due: datetime, at: datetime, hours: ServiceHours) -> int:
    """Return how much of the promised time has passed, in percent."""
    whole = served(begin, due, hours)
    if not whole:
        return 100 if at >= due else 0
    return int(served(begin, at, hours) * 100 // whole)


def filled_text(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its ``{variables}`` filled in; what is no variable stays as it is."""
    return re.sub(r"\{([a-z_]+)\}", lambda found: values.get(found[1], found[0]), text)


MOST_WORDS = 24
#: Words that say nothing of a subject.
_FILLERS = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "not",
        "are",
        "our",
        "you",
        "your",
        "how",
        "can",
        "this",
        "that",
        "from",
        "has",
        "have",
        "does",
        "was",
        "been",
        "when",
        "what",
    ]
)
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[^\W_]{3,}")


def words_of(text: str) -> list[str]:
    """Return the words by which a text is compared: words of three letters and more, Chinese in pairs of characters."""
    lower = text.lower()
    pairs = [run[place : place + 2] for run in _CHINESE.findall(lower) for place in range(max(1, len(run) - 1))]
    plain = _LATIN.findall(_CHINESE.sub(" ", lower))
    return [word for word in dict.fromkeys([*plain, *pairs]) if word not in _FILLERS][:MOST_WORDS]


def likeness(words: Sequence[str], title: str, text: str) -> int:
    """Return how much of some words stands in a title, which counts three times, and in a text."""
    high, low = title.lower(), text.lower()
    return sum(3 * (word in high) + (word in low) for word in words)
