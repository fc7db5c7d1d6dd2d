"""How many rows a list has, and what its numbers add up to; neither holds up the list itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from django.db import OperationalError, connection, transaction
from django.db.models import Model, QuerySet, Sum

from banyan.core.access.actor import Actor
from banyan.core.listing.fields import open_fields, value_expression
from banyan.core.listing.filters import join
from banyan.core.listing.narrowing import union_of
from banyan.core.listing.selection import MOST_ROWS, ListRequest, Selection, estimated_rows
from banyan.core.objects.kinds import Money
from banyan.core.objects.spec import COLUMN, Field, ObjectSpec

PATIENCE_MILLISECONDS = 400
NOT_TOTALLED = {"version"}


@dataclass(frozen=True)
class Count:
    """A number of rows; when it is not exact, it is the database's estimate."""

    value: int
    is_exact: bool

    def __str__(self) -> str:
        if self.is_exact:
            return f"{self.value:,}"
        return f"{MOST_ROWS:,}+" if self.value > MOST_ROWS else f"~{self.value:,}"


def count_rows(actor: Actor, spec: ObjectSpec, request: ListRequest, *, exact: bool = False) -> Count:
    """Return how many rows a list has.

    Up to 10,000 it is exact. Beyond, or when counting takes more than 0.4 seconds, it is estimated
    from the statistics of the tables, unless the exact number is asked for. Raises ``Invalid`` for a
    wrong filter.
    """
    selection = Selection(actor, spec, request)
    if exact:
        return Count(_counted(selection, None), is_exact=True)
    if selection.is_frequent_search:
        return Count(estimated_rows(selection.rows()), is_exact=False)
    # What lies under an index alone is read in a few milliseconds; only conditions can be slow.
    is_slow = join(request.filter) is not None or bool(request.search.strip())
    counted = _counted_in_time(selection) if is_slow else _counted(selection, MOST_ROWS + 1)
    if counted is not None and counted <= MOST_ROWS:
        return Count(counted, is_exact=True)
    least = 0 if counted is None else counted
    return Count(max(estimated_rows(selection.rows()), least), is_exact=False)


def totals(
    actor: Actor, spec: ObjectSpec, request: ListRequest, *, names: Iterable[str] = ()
) -> dict[str, dict[str, Decimal]]:
    """Return the sums of a list's numbers by field and currency.

    ``names`` says which fields (the request's or the object's columns when empty); those that cannot
    be added up, or are masked, are left out. Money is added per currency; for other numbers the
    currency is an empty text. Fields without any value are not in the result. Costs one query for
    plain numbers and one for each field of currencies.
    """
    readable = open_fields(actor, spec)
    wanted = [readable[name] for name in (*names,) or request.columns or spec.columns if name in readable]
    summed = [entry for entry in wanted if entry.kind.totals and entry.name not in NOT_TOTALLED]
    by_currency: dict[str, list[Field]] = {}
    for entry in summed:
        by_currency.setdefault(currency_column(entry, readable), []).append(entry)
    rows = Selection(actor, spec, request).rows()
    found: dict[str, dict[str, Decimal]] = {}
    for column, entries in by_currency.items():
        for currency, sums in _sums(rows, entries, column):
            for entry, total in zip(entries, sums, strict=True):
                if total is not None:
                    shown = (currency or actor.currency) if isinstance(entry.kind, Money) else ""
                    of_field = found.setdefault(entry.name, {})
                    of_field[shown] = of_field.get(shown, Decimal(0)) + Decimal(total)
    return found


def currency_column(entry: Field, readable: dict[str, Field]) -> str:
    """Return the column that holds the currency of an amount; empty when it is the organization's."""
    if not isinstance(entry.kind, Money):
        return ""
    currency = readable.get(entry.kind.currency_field)
    return currency.attribute if currency and currency.source == COLUMN else ""


def _sums(rows: QuerySet[Model], entries: list[Field], column: str) -> list[tuple[str, list[Any]]]:
    sums = {f"sum_{index}": Sum(value_expression(entry)) for index, entry in enumerate(entries)}
    if not column:
        found = rows.aggregate(**sums)
        return [("", [found[name] for name in sums])]
    grouped = rows.values(column).annotate(**sums)
    return [(row[column], [row[name] for name in sums]) for row in grouped]


def _counted_in_time(selection: Selection) -> int | None:
    """Count, but give up after a moment; None then. The rest of the transaction goes on."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)",
                [str(PATIENCE_MILLISECONDS)],
            )
            usual = cursor.fetchall()[0][0]
            counted = _counted(selection, MOST_ROWS + 1)
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [usual])
            return counted
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            return None
        raise


def _counted(selection: Selection, most: int | None) -> int:
    parts = [part.values_list("pk")[:most] for part in selection.parts()]
    matching, parameters = union_of(parts)
    if not matching:
        return 0
    limit = "" if most is None else f"LIMIT {int(most)}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM ({matching}) AS every {limit}) AS rows", parameters)  # noqa: S608
        return int(cursor.fetchall()[0][0])
