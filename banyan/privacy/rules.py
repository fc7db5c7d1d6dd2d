"""Rules about personal data: when a request is due, whether somebody may be contacted, what stands for a person in texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

ANSWER_DAYS = 15
#: The days of Saturday and Sunday in ``date.weekday``.
_WEEKEND = 5
_SEPARATORS = r"[[:space:].()-]*"
_PYTHON_SEPARATORS = r"[\s.()-]*"
#: Shorter names stand in too many words by chance.
SHORTEST_NAME = 2
_LOCAL_DIGITS = 7
CHINA = "+86"


def due_after(day: date, working_days: int) -> date:
    """Return the day so many working days later; Saturdays and Sundays do not count, public holidays do."""
    left = working_days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < _WEEKEND
    return day


@dataclass(frozen=True)
class Statement:
    """What a person once said about being contacted: ``at`` is when the consent was given, or withdrawn."""

    is_given: bool
    is_separate: bool
    at: datetime


@dataclass(frozen=True)
class Verdict:
    """Whether somebody may be contacted; ``reason`` is a stable code that says why, or why not."""

    allowed: bool
    reason: str


def judge(
    *, needs_consent: bool, needs_separate: bool, is_blocked: bool, is_restricted: bool, statements: Sequence[Statement]
) -> Verdict:
    """Say whether somebody may be contacted for a purpose.

    The last word of the person counts. A purpose that rests on consent needs one that stands; any other goes
    until the person objects.
    """
    if is_blocked:
        return Verdict(False, "do_not_contact")
    if is_restricted:
        return Verdict(False, "restricted")
    last = max(statements, key=lambda statement: statement.at, default=None)
    if last is not None and not last.is_given:
        return Verdict(False, "withdrawn")
    if not needs_consent:
        return Verdict(True, "other_basis")
    if last is None:
        return Verdict(False, "no_consent")
    if needs_separate and not any(statement.is_given and statement.is_separate for statement in statements):
        return Verdict(False, "no_separate_consent")
    return Verdict(True, "consent")


@dataclass(frozen=True)
class Marks:
    """By what a person is recognised in texts: names, phones in E.164 form, e-mail addresses and the like."""

    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.phones or self.words)

    @property
    def points(self) -> Marks:
        """The same without names, which others may have too."""
        return Marks((), self.phones, self.words)

    def pattern(self, *, for_database: bool = False) -> str:
        """Return a regular expression, without regard to case, that finds all of them; empty when there are none.

        PostgreSQL writes classes of characters in another way than Python.
        """
        gap = _SEPARATORS if for_database else _PYTHON_SEPARATORS
        phones = [f"(?<![0-9])(?:{_phone_pattern(phone, gap)})(?![0-9])" for phone in self.phones]
        texts = sorted({*self.names, *self.words}, key=len, reverse=True)
        return "|".join([*phones, *(re.escape(text) for text in texts)])


def marks_of(names: Iterable[Any], phones: Iterable[Any], words: Iterable[Any]) -> Marks:
    """Return marks without what is empty, too short or there twice."""
    return Marks(
        tuple(dict.fromkeys(name for name in map(_text, names) if len(name) >= SHORTEST_NAME)),
        tuple(dict.fromkeys(phone for phone in map(_text, phones) if len(_digits(phone)) >= _LOCAL_DIGITS)),
        tuple(dict.fromkeys(word for word in map(_text, words) if len(word) > SHORTEST_NAME)),
    )


def replaced(value: Any, pattern: re.Pattern[str], pseudonym: str) -> Any:
    """Return a value in JSON's terms with the pseudonym in every text in the place of what fits the pattern."""
    if isinstance(value, str):
        return pattern.sub(pseudonym, value)
    if isinstance(value, dict):
        return {replaced(key, pattern, pseudonym): replaced(entry, pattern, pseudonym) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [replaced(entry, pattern, pseudonym) for entry in value]
    return value


def _phone_pattern(phone: str, gap: str) -> str:
    """Return how a phone may be written: with gaps, and with or without the country's code."""
    digits = _digits(phone)
    if phone.startswith(CHINA):
        return rf"(?:(?:\+|00)?86{gap})?0?{gap.join(digits[2:])}"
    return rf"(?:\+|00)?{gap.join(digits)}"


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _text(value: Any) -> str:
    return str(value or "").strip()
