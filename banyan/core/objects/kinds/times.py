"""Kinds that hold days and instants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.expressions import Type
from banyan.core.kernel.languages import written_day, written_instant
from banyan.core.kernel.periods import is_period, period_days
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.kinds.base import Kind, Reading, Unacceptable, register_kind

#: A day, perhaps with a time behind it that is not looked at.
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
TIME_OPERATORS = ("eq", "ne", "lt", "lte", "gt", "gte", "between", "within", "isnull")


@register_kind
@dataclass(frozen=True)
class Date(Kind):
    """A day."""

    name: ClassVar[str] = "date"
    expression_type: ClassVar[Type | None] = Type.DATE
    label: ClassVar[Any] = gettext_lazy("Date")
    widget: ClassVar[str] = "date"
    operators: ClassVar[tuple[str, ...]] = TIME_OPERATORS
    json_type: ClassVar[dict[str, Any]] = {"type": "string", "format": "date"}
    sql_type: ClassVar[str] = "date"

    def parse(self, value: Any, reading: Reading) -> date | None:
        """Return the day of an ISO date (also written with slashes or dots)."""
        if isinstance(value, datetime):
            return value.date()
        if value is None or isinstance(value, date):
            return value
        text = clean_text(str(value))
        if not text:
            return None
        parts = _DAY.fullmatch(text.replace("/", "-").replace(".", "-"))
        try:
            found = date(*map(int, parts.groups())) if parts else None
        except ValueError:
            found = None
        if found is None:
            raise Unacceptable(
                "not_date", _("“%(value)s” is not a date; write it as 2026-01-31.") % {"value": text[:40]}
            )
        if not 1000 <= found.year <= 9999:
            raise Unacceptable("not_date", _("Write the year with four digits."))
        return found

    def to_json(self, value: Any) -> str | None:
        """Return the day as ISO text."""
        return value.isoformat() if isinstance(value, date) else value

    def from_json(self, value: Any) -> date | None:
        """Return the day."""
        return date.fromisoformat(value) if isinstance(value, str) else value

    def display(self, value: Any, reading: Reading) -> str:
        """Return the day as the reader's language writes it in lists."""
        if value is None:
            return ""
        return written_day(self.from_json(value), reading.language)

    def search_text(self, value: Any) -> str:
        """Return nothing: days are filtered, not searched."""
        return ""

    def parse_filter(self, operator: str, values: list[Any], reading: Reading) -> list[Any]:
        """Accept the names of periods (``this_month``) for ``within`` and ``today`` for a day."""
        if operator == "within":
            name = str(values[0])
            if not is_period(name):
                raise Unacceptable("unknown_period", _("“%(value)s” is not a period.") % {"value": name[:40]})
            return list(period_days(name, reading.time_zone))
        return super().parse_filter(operator, [_day_of(value, reading) for value in values], reading)

    def condition(self, path: str, operator: str, values: list[Any]) -> Q:
        """Return the filter."""
        return super().condition(path, "between" if operator == "within" else operator, values)

    def holds(self, value: Any, operator: str, values: list[Any]) -> bool:
        """Say whether a day passes a filter."""
        return super().holds(value, "between" if operator == "within" else operator, values)


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and (value == "today" or len(value.strip()) == 10)


def _day_of(value: Any, reading: Reading) -> Any:
    return period_days("today", reading.time_zone)[0] if value == "today" else value


@register_kind
@dataclass(frozen=True)
class DateTime(Kind):
    """An instant, kept in UTC."""

    name: ClassVar[str] = "datetime"
    expression_type: ClassVar[Type | None] = Type.DATETIME
    label: ClassVar[Any] = gettext_lazy("Date and time")
    widget: ClassVar[str] = "datetime"
    operators: ClassVar[tuple[str, ...]] = TIME_OPERATORS
    json_type: ClassVar[dict[str, Any]] = {"type": "string", "format": "date-time"}
    sql_type: ClassVar[str] = "timestamptz"

    def parse(self, value: Any, reading: Reading) -> datetime | None:
        """Return the instant; text without a zone is taken in the reader's time zone."""
        if value is None:
            return None
        if isinstance(value, datetime):
            found = value
        elif isinstance(value, date):
            found = datetime.combine(value, time())
        else:
            text = clean_text(str(value)).replace("/", "-")
            if not text:
                return None
            try:
                found = datetime.fromisoformat(text)
            except ValueError:
                raise Unacceptable(
                    "not_datetime",
                    _("“%(value)s” is not a date and time; write it as 2026-01-31 14:30.") % {"value": text[:40]},
                ) from None
        if found.tzinfo is None:
            found = found.replace(tzinfo=ZoneInfo(reading.time_zone))
        try:
            return found.astimezone(UTC)
        except OverflowError:
            raise Unacceptable("not_datetime", _("This date is out of range.")) from None

    def to_json(self, value: Any) -> str | None:
        """Return the instant as ISO text in UTC."""
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return value

    def from_json(self, value: Any) -> datetime | None:
        """Return the instant."""
        return datetime.fromisoformat(value) if isinstance(value, str) else value

    def display(self, value: Any, reading: Reading) -> str:
        """Return the instant in the reader's time zone."""
        if value is None:
            return ""
        local = self.from_json(value).astimezone(ZoneInfo(reading.time_zone))  # type: ignore[union-attr]
        return written_instant(local, reading.language)

    def search_text(self, value: Any) -> str:
        """Return nothing: instants are filtered, not searched."""
        return ""

    def parse_filter(self, operator: str, values: list[Any], reading: Reading) -> list[Any]:
        """Turn days and the names of periods into the instants at which they begin and end."""
        zone = ZoneInfo(reading.time_zone)
        if operator == "within":
            first, last = Date().parse_filter(operator, values, reading)
            return [
                datetime.combine(first, time(), zone),
                datetime.combine(last + timedelta(days=1), time(), zone) - timedelta(microseconds=1),
            ]
        if operator == "isnull":
            return super().parse_filter(operator, values, reading)
        if operator in {"eq", "ne"} and _is_day(values[0]):
            return [self._instant(values[0], reading), self._instant(values[0], reading, at_end=True)]
        return [
            self._instant(value, reading, at_end=operator in {"lte", "gt"} or (operator == "between" and position == 1))
            for position, value in enumerate(values)
        ]

    def _instant(self, value: Any, reading: Reading, *, at_end: bool = False) -> datetime | None:
        """Return the instant of a filter's value; of a day its beginning or its end."""
        instant = self.parse(_day_of(value, reading), reading)
        if instant is None or not (at_end and _is_day(value)):
            return instant
        return instant + timedelta(days=1) - timedelta(microseconds=1)

    def condition(self, path: str, operator: str, values: list[Any]) -> Q:
        """Return the filter."""
        if len(values) == 2 and operator != "between":
            within = super().condition(path, "between", values)
            return ~within | Q(**{f"{path}__isnull": True}) if operator == "ne" else within
        return super().condition(path, operator, values)

    def holds(self, value: Any, operator: str, values: list[Any]) -> bool:
        """Say whether an instant passes a filter; a day is all its instants."""
        if len(values) == 2 and operator != "between":
            within = super().holds(value, "between", values)
            return not within if operator == "ne" else within
        return super().holds(value, operator, values)
