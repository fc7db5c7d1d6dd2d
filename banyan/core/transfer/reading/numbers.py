"""Numbers as spreadsheets keep them: a binary float and a format that may turn it into a date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite

from banyan.core.transfer.cells import Cell

_LAST_SERIAL = 2_958_465  # 9999-12-31
_SECONDS_PER_DAY = 86_400
# Excel believes that 1900 was a leap year, so its days before 1 March 1900 count from one day later.
_PHANTOM_DAY = 60
# Calendar days, in no zone.
_EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_EXACT_INTEGERS = 10**15
# Quoted text, escaped characters, padding, and conditions or colours in brackets (but not elapsed time).
_NOT_PART_OF_CODE = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ONLY_ZEROS = re.compile(r"0{2,15}")


class Meaning(Enum):
    """What a number format makes of a number."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    ELAPSED = "elapsed"
    PADDED = "padded"


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A number format; ``digits`` is the width to which zeros pad a code such as 000123."""

    meaning: Meaning
    digits: int = 0


PLAIN = NumberFormat(Meaning.NUMBER)
_DATE = NumberFormat(Meaning.DATE)
_TIME = NumberFormat(Meaning.TIME)
_ELAPSED = NumberFormat(Meaning.ELAPSED)
# The built-in numbers of ECMA-376 18.8.30, with those of Chinese, Japanese and Korean editions.
_BUILT_IN = {
    **dict.fromkeys([*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58], _DATE),
    **dict.fromkeys([*range(18, 22), *range(32, 36), 55, 56, 45, 47], _TIME),
    46: _ELAPSED,
}


def format_of(number: int, code: str | None) -> NumberFormat:
    """Return what a format means, from its number and, when it is a custom one, its code."""
    if code is None:
        return _BUILT_IN.get(number, PLAIN)
    bare = _NOT_PART_OF_CODE.sub("", code).split(";", 1)[0].strip()
    if _ONLY_ZEROS.fullmatch(bare):
        return NumberFormat(Meaning.PADDED, len(bare))
    lowered = bare.casefold()
    if lowered in ("general", "g/通用格式", "@", ""):
        return PLAIN
    if "[" in lowered:
        return _ELAPSED
    if "y" in lowered or "d" in lowered or ("e" in lowered and "年" in code):
        return _DATE
    if "h" in lowered or "s" in lowered:
        return _TIME
    return _DATE if "m" in lowered and not set(lowered) & set("0#?") else PLAIN


def cell_of_number(text: str, shape: NumberFormat, *, from_1904: bool = False) -> Cell:
    """Return the number, day, instant or text that a spreadsheet shows for a stored number.

    Decimals keep the fifteen digits that a spreadsheet keeps, so 0.1 + 0.2 is 0.3. Times of day and
    durations come as text (``14:30:00``). Text that is no number is returned unchanged.
    """
    if shape is PLAIN:
        return _plain(text)
    try:
        value = float(text)
    except ValueError:
        return text
    if not isfinite(value):
        return text
    if shape.meaning is Meaning.PADDED:
        return str(int(value)).zfill(shape.digits) if value.is_integer() and value >= 0 else _plain(text)
    if shape.meaning is Meaning.ELAPSED:
        return _clock(value)
    if not 0 <= value < _LAST_SERIAL + 1:
        return _plain(text)
    if value < 1 and shape.meaning is Meaning.TIME:
        return _clock(value)
    moment = moment_of_serial(value, from_1904=from_1904)
    is_whole_day = value.is_integer() and shape.meaning is Meaning.DATE
    return moment.date() if is_whole_day else moment


def moment_of_serial(serial: float, *, from_1904: bool = False) -> datetime:
    """Return the local moment of a serial day number, rounded to seconds; raise ``OverflowError`` beyond 9999."""
    epoch = _EPOCH_1904 if from_1904 else _EPOCH_1900 + timedelta(days=1) if serial < _PHANTOM_DAY else _EPOCH_1900
    return epoch + timedelta(seconds=round(serial * _SECONDS_PER_DAY))


def day_of_serial(serial: int) -> date:
    """Return the day of a whole serial number of the usual 1900 calendar."""
    return moment_of_serial(serial).date()


def exact(value: float) -> int | Decimal:
    """Return a float as people see it in a spreadsheet: whole numbers whole, others with fifteen digits."""
    if value.is_integer() and abs(value) < _EXACT_INTEGERS:
        return int(value)
    return Decimal(format(value, ".15g"))


def _plain(text: str) -> Cell:
    if text.isdecimal() and len(text) <= 15:
        return int(text)
    try:
        value = float(text)
    except ValueError:
        return text
    return exact(value) if isfinite(value) else text


def _clock(days: float) -> str:
    seconds = round(abs(days) * _SECONDS_PER_DAY)
    hours, rest = divmod(seconds, 3600)
    return f"{'-' if days < 0 else ''}{hours:02}:{rest // 60:02}:{rest % 60:02}"
