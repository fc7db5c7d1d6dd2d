"""What a password, a session and an account must satisfy: pure functions on values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

#: What people put around a word they know: digits, years, punctuation.
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_BIRTHDAY = re.compile(r"(19|20)\d\d[-./]?(0[1-9]|1[0-2])[-./]?(0[1-9]|[12]\d|3[01])")
_LEETSPEAK = str.maketrans("@013457$!", "aoleastsi")
#: A birthday is only weak when little else is there.
ENOUGH_BESIDES = 8


@dataclass(frozen=True)
class SignInRules:
    """The rules of an organization; nought switches a rule off wherever that makes sense.

    Durations say their unit in their names. ``character_classes`` counts lower case, upper case,
    digits and everything else, Chinese characters included.
    """

    min_length: int = 10
    character_classes: int = 1
    history: int = 0
    expiry_days: int = 0
    idle_minutes: int = 14 * 24 * 60
    absolute_hours: int = 30 * 24
    max_sessions: int = 0
    lock_failures: int = 20
    lock_minutes: int = 60
    remember_device_days: int = 0


#: Rules of which the larger value is the stricter one; of all others it is the smaller one.
_LARGER_IS_STRICTER = frozenset({"min_length", "character_classes", "history", "lock_minutes"})


def strictest(several: Iterable[SignInRules]) -> SignInRules:
    """Return rules that satisfy all of several; the standard rules for none."""
    every = list(several)
    if not every:
        return SignInRules()
    merged = every[0]
    for other in every[1:]:
        values = {
            entry.name: _stricter(entry.name, getattr(merged, entry.name), getattr(other, entry.name))
            for entry in fields(SignInRules)
        }
        merged = replace(merged, **values)
    return merged


def _stricter(name: str, one: int, other: int) -> int:
    if name in _LARGER_IS_STRICTER:
        return max(one, other)
    if name == "remember_device_days":
        return min(one, other)
    limits = [value for value in (one, other) if value]
    return min(limits) if limits else 0


def password_problems(password: str, rules: SignInRules, *, words: Iterable[str] = ()) -> list[str]:
    """Return what is wrong with a password: ``too_short``, ``too_few_classes``, ``predictable``.

    Args:
        password: The password in clear.
        rules: The rules it has to satisfy.
        words: What others know of the person: names, company, their pinyin, the e-mail address.
    """
    problems = []
    if len(password) < rules.min_length:
        problems.append("too_short")
    if classes_of(password) < rules.character_classes:
        problems.append("too_few_classes")
    if is_predictable(password, words):
        problems.append("predictable")
    return problems


def classes_of(password: str) -> int:
    """Return how many classes of characters a password uses, out of four."""
    tests = (
        any(letter.islower() for letter in password),
        any(letter.isupper() for letter in password),
        any(letter.isdigit() for letter in password),
        any(not letter.islower() and not letter.isupper() and not letter.isdigit() for letter in password),
    )
    return sum(tests)


def is_predictable(password: str, words: Iterable[str]) -> bool:
    """Say whether a password is a word that others know, or a birthday, with little around it."""
    folded = password.casefold()
    rest = _BIRTHDAY.sub("", folded, count=1)
    if rest != folded and len(rest) < ENOUGH_BESIDES:
        return True
    core = _AROUND.sub("", folded)
    cores = {core, core.translate(_LEETSPEAK), _AROUND.sub("", folded.translate(_LEETSPEAK))}
    for word in words:
        known = re.sub(r"\s+", "", word.casefold())
        if len(known) < 2:
            continue
        if any(known in core and len(core) - len(known) < min(4, len(known)) for core in cores if core):
            return True
    return False


def is_expired(changed_at: datetime | None, *, rules: SignInRules, at: datetime) -> bool:
    """Say whether a password is older than the rules allow; one of unknown age is, when there is a limit."""
    if not rules.expiry_days:
        return False
    return changed_at is None or changed_at + timedelta(days=rules.expiry_days) <= at


def session_end(*, seen_at: datetime, idle_minutes: int, ends_at: datetime | None) -> datetime:
    """Return when a session ends unless it is used: after the idle time, at the absolute limit at the latest."""
    idle_end = seen_at + timedelta(minutes=idle_minutes)
    return idle_end if ends_at is None else min(idle_end, ends_at)


def is_worth_noting(*, seen_at: datetime | None, at: datetime, idle_minutes: int) -> bool:
    """Say whether activity is written down now: often enough for the idle limit, seldom enough to cost nothing."""
    if seen_at is None:
        return True
    return at - seen_at >= min(timedelta(minutes=idle_minutes) / 20, timedelta(minutes=5))
