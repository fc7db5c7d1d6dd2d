"""Records grouped and added up, for statistics and charts; each group knows the filter behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Expression, F, Sum
from django.db.models.functions import Trunc
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.counting import currency_column
from banyan.core.listing.fields import open_fields, reading_of, unknown_field, value_expression
from banyan.core.listing.filters import Condition, Group, Node
from banyan.core.listing.labels import labels_of
from banyan.core.listing.selection import ListRequest, Selection
from banyan.core.objects.kinds import Choice, Date, DateTime, Link, LongText, Money
from banyan.core.objects.spec import Field, ObjectSpec

PERIODS = ("day", "week", "month", "quarter", "year")
MEASURES = ("count", "sum", "average")
MOST_GROUPS = 1_000
MOST_DIMENSIONS = 2


@dataclass
class GroupRow:
    """One group: the values it stands for, their names, its figures and the filter that opens its records.

    ``values`` holds the count, and for ``sum:amount`` or ``average:amount`` a figure for each currency
    (an empty text for numbers that are no money).
    """

    keys: tuple[Any, ...]
    labels: tuple[str, ...]
    filter: Node
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Dimension:
    entry: Field
    period: str

    def expression(self, zone: ZoneInfo) -> Expression | F:
        value = value_expression(self.entry)
        if not self.period:
            return value
        if isinstance(self.entry.kind, DateTime):
            return Trunc(value, self.period, tzinfo=zone)
        return Trunc(value, self.period)

    def key(self, value: Any) -> Any:
        if value == "":
            return None
        return value.date() if self.period and isinstance(value, datetime) else value

    def condition(self, key: Any) -> Condition:
        if key is None:
            return Condition(self.entry.name, "isnull", (True,))
        if self.period:
            return Condition(self.entry.name, "between", (key.isoformat(), _last_day(self.period, key).isoformat()))
        return Condition(self.entry.name, "eq", (self.entry.kind.to_json(key),))


@dataclass(frozen=True)
class _Measure:
    name: str
    function: str
    entry: Field | None = None


def group_by(
    actor: Actor,
    spec: ObjectSpec,
    request: ListRequest,
    *,
    by: str | Sequence[str],
    measures: Sequence[str] = ("count",),
) -> list[GroupRow]:
    """Group the rows of a list by one or two fields and count or add up each group.

    ``by`` names fields; dates and times take a period, as in ``created_at:month`` (day, week, month,
    quarter, year; weeks start on Monday, days begin in the actor's time zone). ``measures`` are
    ``count``, ``sum:field`` and ``average:field``. Periods come in order, other groups by count, the
    largest first; at most 1,000. Costs one query, and one for each object that groups are named by.
    Raises ``Invalid`` for what does not exist or cannot be grouped or added up.
    """
    readable = open_fields(actor, spec)
    dimensions = [_dimension(readable, name) for name in ([by] if isinstance(by, str) else by)[:MOST_DIMENSIONS]]
    figures = [_measure(readable, name) for name in measures]
    rows = _query(actor, Selection(actor, spec, request), dimensions, figures)
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        keys = tuple(part.key(row[f"by_{index}"]) for index, part in enumerate(dimensions))
        _add(groups.setdefault(keys, {}), row, figures, actor.currency)
    labels = _labels(actor, dimensions, groups)
    found = [
        GroupRow(
            keys,
            tuple(labels[index][key] for index, key in enumerate(keys)),
            Group("all", tuple(part.condition(key) for part, key in zip(dimensions, keys, strict=True))),
            _finished(values, figures),
        )
        for keys, values in groups.items()
    ]
    return _sorted(found, dimensions, groups)[:MOST_GROUPS]


def _dimension(readable: Mapping[str, Field], text: str) -> _Dimension:
    name, _colon, period = text.partition(":")
    entry = readable.get(name)
    if entry is None:
        raise unknown_field(name, readable, parameter="by")
    is_time = isinstance(entry.kind, (Date, DateTime))
    fits = period in PERIODS if is_time and period else not period
    if (
        entry.is_sealed
        or entry.kind.many
        or isinstance(entry.kind, LongText)
        or entry.kind.sql_type == "jsonb"
        or not fits
    ):
        message = _("Records cannot be grouped by “%(name)s”.") % {"name": text[:60]}
        raise Invalid([FieldError("by", "not_groupable", message)])
    return _Dimension(entry, (period or "month") if is_time else "")


def _measure(readable: Mapping[str, Field], text: str) -> _Measure:
    function, _colon, name = text.partition(":")
    if function not in MEASURES or (function == "count") != (not name):
        message = _("“%(name)s” is no figure. There are: count, sum:field, average:field.") % {"name": text[:60]}
        raise Invalid([FieldError("measures", "unknown_measure", message)])
    if function == "count":
        return _Measure(text, function)
    entry = readable.get(name)
    if entry is None or not entry.kind.totals:
        summed = [other for other, candidate in readable.items() if candidate.kind.totals]
        raise unknown_field(name, summed, parameter="measures")
    return _Measure(text, function, entry)


def _query(
    actor: Actor,
    selection: Selection,
    dimensions: Sequence[_Dimension],
    figures: Sequence[_Measure],
) -> Any:
    zone = ZoneInfo(actor.time_zone)
    by = {f"by_{index}": part.expression(zone) for index, part in enumerate(dimensions)}
    aggregates: dict[str, Any] = {"number": Count("*")}
    currencies: dict[str, F] = {}
    for index, figure in enumerate(figures):
        if figure.entry is None:
            continue
        value = value_expression(figure.entry)
        aggregates[f"sum_{index}"] = Sum(value)
        aggregates[f"filled_{index}"] = Count(value)
        column = currency_column(figure.entry, open_fields(actor, selection.spec))
        if column:
            currencies[f"currency_of_{figure.entry.name}"] = F(column)
    return selection.rows().values(**by, **currencies).annotate(**aggregates)


def _add(values: dict[str, Any], row: Mapping[str, Any], figures: Sequence[_Measure], own_currency: str) -> None:
    """Add a row of the database, which is of one currency, to its group."""
    values["number"] = values.get("number", 0) + row["number"]
    for index, figure in enumerate(figures):
        if figure.entry is None or row[f"sum_{index}"] is None:
            continue
        currency = row.get(f"currency_of_{figure.entry.name}") or own_currency
        currency = currency if isinstance(figure.entry.kind, Money) else ""
        total, filled = values.setdefault(figure.name, {}).get(currency, (Decimal(0), 0))
        values[figure.name][currency] = (total + Decimal(row[f"sum_{index}"]), filled + row[f"filled_{index}"])


def _finished(values: Mapping[str, Any], figures: Sequence[_Measure]) -> dict[str, Any]:
    finished: dict[str, Any] = {}
    for figure in figures:
        if figure.function == "count":
            finished[figure.name] = values["number"]
            continue
        pairs = values.get(figure.name, {})
        is_average = figure.function == "average"
        finished[figure.name] = {
            currency: total / filled if is_average else total for currency, (total, filled) in pairs.items()
        }
    return finished


def _labels(
    actor: Actor, dimensions: Sequence[_Dimension], groups: Mapping[tuple[Any, ...], Any]
) -> list[dict[Any, str]]:
    reading = reading_of(actor)
    found: list[dict[Any, str]] = []
    for index, part in enumerate(dimensions):
        keys = {group[index] for group in groups}
        kind = part.entry.kind
        if part.period:
            named = {key: _period_label(part.period, key) for key in keys if key is not None}
        elif isinstance(kind, Link):
            linked = labels_of({kind.target: keys}, actor=actor)
            named = {key: linked.get(key, "") for key in keys}
        else:
            named = {key: kind.display(key, reading) for key in keys}
        found.append({**named, None: _("(none)")})
    return found


def _sorted(
    found: list[GroupRow], dimensions: Sequence[_Dimension], groups: Mapping[tuple[Any, ...], dict[str, Any]]
) -> list[GroupRow]:
    """Sort by the first dimension, then by the second: periods by time, options by their list, others by size."""
    sizes: list[dict[Any, int]] = [{} for _dimension in dimensions]
    for keys, values in groups.items():
        for index, key in enumerate(keys):
            sizes[index][key] = sizes[index].get(key, 0) + values["number"]

    def place(row: GroupRow) -> tuple[Any, ...]:
        return tuple(
            _place(part, key, sizes[index]) for index, (part, key) in enumerate(zip(dimensions, row.keys, strict=True))
        )

    return sorted(found, key=place)


def _place(part: _Dimension, key: Any, sizes: Mapping[Any, int]) -> tuple[bool, Any, str]:
    if part.period:
        return key is None, key or date.max, ""
    if isinstance(part.entry.kind, Choice) and not part.entry.kind.open:
        codes = [option.code for option in part.entry.kind.options]
        return key is None, codes.index(key) if key in codes else len(codes), str(key)
    return key is None, -sizes[key], str(key)


def _last_day(period: str, first: date) -> date:
    if period == "day":
        return first
    if period == "week":
        return first + timedelta(days=6)
    months = first.year * 12 + first.month - 1 + {"month": 1, "quarter": 3, "year": 12}[period]
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _period_label(period: str, first: date) -> str:
    if period == "year":
        return f"{first.year}"
    if period == "quarter":
        return f"{first.year} Q{(first.month + 2) // 3}"
    return f"{first:%Y-%m}" if period == "month" else first.isoformat()
