"""Values of expressions: their types, their bounds, and how one becomes another.

An empty value is ``None``, and so is an empty text. What cannot be computed is empty, too: evaluation never fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Clamped, Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from enum import StrEnum
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.errors import Refused

#: Longer texts are no value any more: an expression must not fill the memory.
LONGEST_TEXT = 10_000
#: Numbers with more digits before the point are no value any more.
MOST_DIGITS = 30
#: Enough for sums of money of every size; bounded, so that no computation takes long.
ARITHMETIC = Context(
    prec=38, Emax=200, Emin=-200, traps=[InvalidOperation, DivisionByZero, Overflow], rounding="ROUND_HALF_UP"
)
ARITHMETIC.traps[Clamped] = False


class Type(StrEnum):
    """What a field or a part of an expression is."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    LIST = "list"

    @property
    def label(self) -> Any:
        """Return what people call it."""
        return _LABELS[self]


_LABELS = {
    Type.NUMBER: _("number"),
    Type.TEXT: _("text"),
    Type.BOOLEAN: _("yes or no"),
    Type.DATE: _("date"),
    Type.DATETIME: _("date and time"),
    Type.LIST: _("list"),
}


class BadExpression(Refused):
    """An expression that cannot be used; ``position`` is the character, from 0, at which it goes wrong."""

    def __init__(self, code: str, message: Any, position: int = 0, **details: Any) -> None:
        super().__init__(code, message, position=position, **details)
        self.position = position


@dataclass(frozen=True)
class Moment:
    """The instant of an evaluation, and where its days begin."""

    now: datetime
    time_zone: str = "UTC"

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def today(self) -> date:
        """Return the day."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Situation:
    """What an evaluation reads from: the values of fields, and the moment."""

    values: Callable[[str], Any]
    moment: Moment


def bounded(number: Decimal) -> Decimal | None:
    """Return a number that is neither too large nor no number at all."""
    if not number.is_finite() or (number and number.adjusted() >= MOST_DIGITS):
        return None
    return ARITHMETIC.plus(number)


def clamped(number: Decimal, least: int, most: int) -> int:
    """Return the whole part of a number, within bounds."""
    return least if number < least else most if number > most else int(number)


def compute(work: Callable[[], Decimal]) -> Decimal | None:
    """Return the number that a computation gives; empty where there is none, as with a division by zero."""
    try:
        return bounded(work())
    except (DecimalException, ValueError):
        return None


def as_number(value: Any) -> Decimal | None:
    """Return a stored value as a number."""
    if value is None:
        return None
    return bounded(value if isinstance(value, Decimal) else Decimal(str(value)))


def as_text(value: Any) -> str | None:
    """Return a text of acceptable length; an empty one is empty."""
    if value is None:
        return None
    text = str(value)
    return text if text and len(text) <= LONGEST_TEXT else None


def as_list(value: Any) -> list[str]:
    """Return a stored list of values as texts."""
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, (list, tuple, set, frozenset)) else [str(value)]


def as_day(value: Any, moment: Moment) -> date | None:
    """Return the day of a day or an instant."""
    if isinstance(value, datetime):
        return value.astimezone(moment.zone).date()
    return value if isinstance(value, date) else None


def as_instant(value: Any, moment: Moment) -> datetime | None:
    """Return the instant of an instant, or at which a day begins."""
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time(), moment.zone) if isinstance(value, date) else None


def plain(number: Decimal) -> str:
    """Return a number as people write it, without needless zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def written(value: Any, moment: Moment) -> str:
    """Return any value as text, for joining."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(moment.zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return str(value)


#: How a stored value is read as a value of a type.
READERS: dict[Type, Callable[[Any], Any]] = {
    Type.NUMBER: as_number,
    Type.TEXT: as_text,
    Type.BOOLEAN: lambda value: None if value is None else bool(value),
    Type.DATE: lambda value: value,
    Type.DATETIME: lambda value: value,
    Type.LIST: as_list,
}
