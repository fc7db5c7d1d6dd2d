"""Boards by time: one column for each month or quarter of a day, with its sums, its number and its first cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncMonth

from banyan.core.access.actor import Actor
from banyan.core.listing.board import BoardColumn, BoardPage, deal
from banyan.core.listing.counting import currency_column
from banyan.core.listing.fields import open_fields, unknown_field, value_expression
from banyan.core.listing.filter_tree import Condition, Group, Node
from banyan.core.listing.labels import labels_for_rows
from banyan.core.listing.query import Columns
from banyan.core.listing.selection import ListRequest, Selection
from banyan.core.listing.sorting import order_of
from banyan.core.objects.spec import Field, Forecast, ObjectSpec

NO_DAY, EARLIER, LATER = "none", "earlier", "later"


@dataclass(frozen=True)
class Period:
    """A column of a forecast: its key, and its first and last day as far as it has any."""

    key: str
    first: date | None = None
    last: date | None = None

    def condition(self, path: str) -> Q:
        """Return the condition on rows, by the path of the day."""
        if self.key == NO_DAY:
            return Q(**{f"{path}__isnull": True})
        limits = Q()
        if self.first is not None:
            limits &= Q(**{f"{path}__gte": self.first})
        return limits & Q(**{f"{path}__lte": self.last}) if self.last is not None else limits

    def node(self, name: str) -> Node:
        """Return the same as part of a filter."""
        if self.key == NO_DAY:
            return Condition(name, "isnull", (True,))
        bounds = (("gte", self.first), ("lte", self.last))
        parts = tuple(Condition(name, operator, (day.isoformat(),)) for operator, day in bounds if day is not None)
        return Group(parts=parts)

    def holds(self, day: date | None) -> bool:
        """Say whether a day lies in the period."""
        if day is None or self.key == NO_DAY:
            return day is None and self.key == NO_DAY
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def forecast_columns(
    actor: Actor, spec: ObjectSpec, request: ListRequest, forecast: Forecast, periods: Sequence[Period], *, cards: int
) -> BoardPage:
    """Return a board of the rows that a request asks for, by the periods in which their day lies.

    Costs one query for the sums, one for all cards, and one for each object that cards link to. Raises ``Invalid`` for
    a wrong request, or when the actor does not see the day. Periods must not overlap, nor cut a month in two.
    """
    readable = open_fields(actor, spec)
    entry = readable.get(forecast.date)
    if entry is None:
        raise unknown_field(forecast.date, readable, parameter="display")
    rows = Selection(actor, spec, request).rows()
    columns = [(period, BoardColumn(period.key, "")) for period in periods]
    _add_up(rows, entry, columns, forecast, readable, actor.currency)
    for period, column in columns:
        column.filter = period.node(entry.name)
    shown = Columns(actor, spec, request.columns)
    filled = [(column, period.condition(entry.attribute)) for period, column in columns if column.count]
    deal(rows, filled, shown=shown, order=order_of(actor, spec, request.sort), cards=cards)
    every = [row for column, _condition in filled for row in column.rows]
    return BoardPage(
        [column for _period, column in columns], labels_for_rows(spec, every, list(shown.names), actor=actor)
    )


def _add_up(
    rows: Any,
    entry: Field,
    columns: Sequence[tuple[Period, BoardColumn]],
    forecast: Forecast,
    readable: dict[str, Field],
    own_currency: str,
) -> None:
    """Count and sum all months in one query, and put them into their periods."""
    names: dict[str, Any] = {"month": TruncMonth(entry.attribute)}
    figures: dict[str, Any] = {"number": Count("*")}
    amounts = {"total": readable.get(forecast.total), "expected": readable.get(forecast.weighted)}
    for name, amount in amounts.items():
        if amount is not None:
            figures[name] = Sum(value_expression(amount))
    currency = currency_column(amounts["total"], readable) if amounts["total"] else ""
    if currency:
        names["currency_of_total"] = F(currency)
    for row in rows.order_by().values(**names).annotate(**figures):
        column = next((column for period, column in columns if period.holds(row["month"])), None)
        if column is None:
            continue
        column.count += row["number"]
        code = row.get("currency_of_total") or own_currency
        for name, sums in (("total", column.totals), ("expected", column.expected)):
            if row.get(name) is not None:
                sums[code] = sums.get(code, Decimal(0)) + Decimal(row[name])
