"""Dates and times in the ways people and programs write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from banyan.core.transfer.cells import Cell
from banyan.core.transfer.parsing.unreadable import Unreadable, shortened

# Whole days since 1900 as Excel counts them, limited to 1927-2119: smaller numbers are years, larger ones are codes.
_SERIALS = range(10_000, 80_001)
_SERIAL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a calendar day, in no zone
_SECONDS_PER_DAY = 86_400
_COMPACT_YEARS = range(1900, 2101)
_FIRST_YEAR = 1000
# Two-digit years as POSIX reads them: 69 is 1969, 68 is 2068.
_CENTURY_PIVOT = 69
_LAST_MONTH = 12
_LAST_DAY = 31
_SHORTEST_ISO_MOMENT = len("2023-02-03 14:30")

_THREE_NUMBERS = re.compile(r"(\d{1,4})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{1,2})")
_CHINESE = re.compile(r"(\d{4}|\d{2})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?")
_DAY_AND_MONTH_NAME = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?(?:\s+of)?[\s./-]*([a-z]{3,9})\.?[\s,./-]*(\d{4}|\d{2})", re.IGNORECASE
)
_MONTH_NAME_AND_DAY = re.compile(r"([a-z]{3,9})\.?[\s-]*(\d{1,2})(?:st|nd|rd|th)?(?:,\s*|[\s-]+)(\d{4})", re.IGNORECASE)
_YEAR_AND_MONTH_NAME = re.compile(r"(\d{4})[\s-]*([a-z]{3,9})\.?[\s-]*(\d{1,2})", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_EPOCH_SECONDS = re.compile(r"[1-4]\d{9}(?:\d{3})?")
_WEEKDAY = re.compile(
    r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+|\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?\s*", re.IGNORECASE
)
_TIME = re.compile(
    r"(?:(?<=\d)T|\s+|(?<=[日号]))\s*(?P<part>凌晨|早上|上午|中午|下午|晚上)?\s*(?P<hour>\d{1,2})"
    r"(?:[:时点]\s*(?P<minute>\d{1,2})(?:[:分]\s*(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?[秒分]?|[时点]|(?=\s*[ap]\.?m))"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*(?:\([^)]*\))?$",
    re.IGNORECASE,
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


class DateOrder(StrEnum):
    """The order of a date written in numbers."""

    YEAR_FIRST = "ymd"
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


def parse_date(value: Cell, order: DateOrder | None = None) -> date:
    """Return the day that a cell names.

    ``order`` decides what 02/03/2023 means; without it only dates that can be read in one way are
    accepted. Serial numbers of spreadsheets count. A time is left out, a zone does not move the day.
    Raises ``Unreadable`` with ``not_a_date``, ``no_such_date``, ``ambiguous_date`` or ``date_order``.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = value.strip() if isinstance(value, str) else _number_text(value)
    return _split(text, order)[0]


def parse_datetime(value: Cell, order: DateOrder | None = None, *, zone: tzinfo = UTC) -> datetime:
    """Return the instant that a cell names, in UTC; ``zone`` is where a time without a zone was written.

    A day without a time is its midnight. Reads what ``parse_date`` reads, and seconds or milliseconds
    since 1970. Raises ``Unreadable`` as ``parse_date`` does, and with ``no_such_time``.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time())
    else:
        text = value.strip() if isinstance(value, str) else _number_text(value)
        if _EPOCH_SECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text[:10]), UTC) + timedelta(milliseconds=int(text[10:] or 0))
        day, clock = _split(text, order)
        moment = datetime.combine(day, clock or time())
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise _no_such_date(str(value)) from None


def guess_date_order(samples: Iterable[Cell]) -> DateOrder | None:
    """Return the order that the dates of a column show; None when every one of them can be read in two ways.

    A day above 12 betrays the order. Dates that begin with a four-digit year need no guessing and
    only count when there are no others.
    """
    votes = dict.fromkeys(DateOrder, 0)
    year_first = 0
    for sample in samples:
        found = _THREE_NUMBERS.match(_folded(sample)) if isinstance(sample, str) else None
        if not found:
            continue
        first, separator, second, last = found.groups()
        if len(first) == 4:
            year_first += 1
        elif len(last) < 4 and int(first) > _LAST_DAY:
            votes[DateOrder.YEAR_FIRST] += 1
        elif int(first) > _LAST_MONTH or separator == ".":
            votes[DateOrder.DAY_FIRST] += 1
        elif int(second) > _LAST_MONTH:
            votes[DateOrder.MONTH_FIRST] += 1
    best, second_best = sorted(votes, key=lambda order: -votes[order])[:2]
    if votes[best] == votes[second_best]:
        return DateOrder.YEAR_FIRST if year_first and not votes[best] else None
    return best


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _number_text(value: Cell) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return format(Decimal(value), "f")
    raise _not_a_date(value)


# Columns repeat their days: most cells of a large file are answered from here.
@lru_cache(maxsize=16_384)
def _split(text: str, order: DateOrder | None) -> tuple[date, time | None]:
    if found := _THREE_NUMBERS.fullmatch(text):
        return _made(text, *_in_order(found, text, order)), None
    if moment := _iso_moment(text):
        return moment.date(), moment.timetz()
    folded = _WEEKDAY.sub(" ", _folded(text)).strip() if not text.isdecimal() else text
    if _SERIAL.fullmatch(folded) and int(float(folded)) in _SERIALS:
        moment = _SERIAL_EPOCH + timedelta(seconds=round(float(folded) * _SECONDS_PER_DAY))
        return moment.date(), moment.time() if "." in folded else None
    found = _TIME.search(folded)
    if not found:
        return _day(folded, text, order), None
    return _day(folded[: found.start()].strip().rstrip(","), text, order), _clock(found, text)


def _iso_moment(text: str) -> datetime | None:
    """Return the moment of the form that programs write, which needs no further thought."""
    if text[4:5] != "-" or text[7:8] != "-" or len(text) < _SHORTEST_ISO_MOMENT or not text.isascii():
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _day(folded: str, original: str, order: DateOrder | None) -> date:
    if found := _THREE_NUMBERS.fullmatch(folded):
        return _made(original, *_in_order(found, original, order))
    if found := _CHINESE.fullmatch(folded):
        return _made(original, _full_year(found[1]), int(found[2]), int(found[3]))
    if (found := _COMPACT.fullmatch(folded)) and int(found[1]) in _COMPACT_YEARS:
        return _made(original, int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_AND_MONTH_NAME.fullmatch(folded):
        return _made(original, _full_year(found[3]), _month(found[2], original), int(found[1]))
    if found := _MONTH_NAME_AND_DAY.fullmatch(folded):
        return _made(original, int(found[3]), _month(found[1], original), int(found[2]))
    if found := _YEAR_AND_MONTH_NAME.fullmatch(folded):
        return _made(original, int(found[1]), _month(found[2], original), int(found[3]))
    raise _not_a_date(original)


def _in_order(found: re.Match[str], original: str, order: DateOrder | None) -> tuple[int, int, int]:
    """Return year, month and day of a date in three numbers."""
    first, separator, second, last = found.groups()
    if len(first) == 4:
        return int(first), int(second), int(last)
    if len(first) == 3:
        raise _not_a_date(original)
    if len(last) < 4 and (order is DateOrder.YEAR_FIRST or (order is None and int(first) > _LAST_DAY)):
        return _full_year(first), int(second), int(last)
    if len(last) < 4 and order is None and int(last) <= _LAST_DAY and separator != ".":
        raise _ambiguous(original)
    day, month = int(first), int(second)
    if order is DateOrder.MONTH_FIRST:
        day, month = month, day
    elif order is not DateOrder.DAY_FIRST and separator != ".":
        if day <= _LAST_MONTH and month <= _LAST_MONTH and day != month:
            raise _ambiguous(original)
        if month > _LAST_MONTH:
            day, month = month, day
    if month > _LAST_MONTH >= day:
        raise Unreadable(
            "date_order",
            format_lazy(
                _("“{value}” does not fit the order of day and month chosen for this column."),
                value=shortened(original),
            ),
        )
    return _full_year(last), month, day


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (1900 if year >= _CENTURY_PIVOT else 2000)


def _month(name: str, original: str) -> int:
    lowered = name.casefold()
    for index, month in enumerate(_MONTHS, start=1):
        if month.startswith(lowered) or (lowered == "sept" and index == 9):
            return index
    raise _not_a_date(original)


def _made(original: str, year: int, month: int, day: int) -> date:
    if year < _FIRST_YEAR:
        raise _no_such_date(original)
    try:
        return date(year, month, day)
    except ValueError:
        raise _no_such_date(original) from None


def _clock(found: re.Match[str], original: str) -> time:
    hour = int(found["hour"])
    half = (found["half"] or "").casefold()
    is_afternoon = half.startswith("p") or found["part"] in ("下午", "晚上") or (found["part"] == "中午" and hour < 10)
    if is_afternoon and hour < 12:
        hour += 12
    elif (half.startswith("a") or found["part"] in ("凌晨", "上午")) and hour == 12:
        hour = 0
    fraction = (found["fraction"] or "").ljust(6, "0")[:6]
    try:
        return time(hour, int(found["minute"] or 0), int(found["second"] or 0), int(fraction), _zone(found["zone"]))
    except ValueError:
        raise Unreadable(
            "no_such_time",
            format_lazy(
                _("“{value}” holds a time that does not exist. Write for example 14:30."), value=shortened(original)
            ),
        ) from None


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    offset = text.upper().replace("UTC", "").replace("GMT", "").replace(":", "")
    if offset in ("", "Z"):
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[3:5] or 0)
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def _not_a_date(value: object) -> Unreadable:
    return Unreadable(
        "not_a_date",
        format_lazy(_("“{value}” is not a complete date. Write for example 2023-02-28."), value=shortened(value)),
    )


def _no_such_date(value: str) -> Unreadable:
    return Unreadable(
        "no_such_date",
        format_lazy(
            _("“{value}” does not exist in the calendar. Correct the day, month or year."), value=shortened(value)
        ),
    )


def _ambiguous(value: str) -> Unreadable:
    return Unreadable(
        "ambiguous_date",
        format_lazy(
            _("“{value}” can be read in two ways. Choose the order of day, month and year for this column."),
            value=shortened(value),
        ),
    )
