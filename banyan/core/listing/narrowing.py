"""Pages of few rows among many: find them first, then sort.

Left alone, PostgreSQL may walk the whole index of the order for a page, in the hope of meeting the
wanted rows soon. For a salesperson with ten customers among a million, or a rare word, it meets them
late: it reads everything. Here the matching rows are collected by their own index first, up to a
bound; when there are more, they are met soon enough and the walk is right after all.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from banyan.core.access.decisions import right_of
from banyan.core.listing.selection import MOST_ROWS, Selection
from banyan.core.listing.sorting import Order, after_sql

Position = tuple[Any, ...]


def is_narrow(selection: Selection, order: Order) -> bool:
    """Say whether to look for the rows first: when a search or the actor's rights leave few of them.

    Somebody's own records by latest change need no help: there is an index in just that order.
    """
    if selection.request.search.strip():
        return not selection.is_frequent_search
    if not selection.limit:
        return False
    is_own = len(right_of(selection.actor, selection.spec, selection.action).people) == 1
    by_change = len(order.keys) == 2 and order.keys[0].name == "updated_at" and order.keys[0].descending
    return not (is_own and by_change and selection.spec.own_fields == ("owner",) and len(selection.parts()) == 1)


def narrowed_page(
    selection: Selection, order: Order, position: Sequence[Any] | None, count: int
) -> list[tuple[uuid.UUID, Position]] | None:
    """Return the ids and places of the next ``count`` rows; None when too many rows match for this way."""
    names = [f"key_{index}" for index in range(len(order.keys) - 1)]
    keys = {name: key.expression for name, key in zip(names, order.keys, strict=False)}
    parts = [part.annotate(**keys).values_list(*names, "pk")[: MOST_ROWS + 1] for part in selection.parts()]
    matching, parameters = union_of(parts)
    if not matching:
        return []
    columns = [*names, "id"]
    after = ""
    after_parameters: list[Any] = []
    if position is not None:
        comparison, after_parameters = after_sql(order.keys, [(name, ()) for name in columns], position)
        after = f"WHERE {comparison}"
    listed = ", ".join(columns)
    statement = f"""
        WITH matching ({listed}) AS MATERIALIZED ({matching})
        SELECT total.number, page.* FROM (SELECT count(*) AS number FROM matching) AS total
        LEFT JOIN LATERAL (
            SELECT {listed} FROM matching {after} ORDER BY {_order_sql(order, columns)} LIMIT {int(count)}
        ) AS page ON true
    """  # noqa: S608 names are made here, values are parameters
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, *after_parameters])
        rows = cursor.fetchall()
    if rows[0][0] > MOST_ROWS:
        return None
    return [(row[-1], row[1:]) for row in rows if row[-1] is not None]


def union_of(parts: Sequence[QuerySet[Any, Any]]) -> tuple[str, list[Any]]:
    """Return the SQL of all rows of several queries, each row once; an empty text when none can match."""
    compiled: list[tuple[str, tuple[Any, ...]]] = []
    for part in parts:
        try:
            compiled.append(part.query.sql_with_params())
        except EmptyResultSet:
            continue
    statement = " UNION ".join(f"({sql})" for sql, _given in compiled)
    return statement, [value for _sql, given in compiled for value in given]


def _order_sql(order: Order, columns: Sequence[str]) -> str:
    pairs = zip(order.keys, columns, strict=True)
    return ", ".join(f"{column} {'DESC' if key.descending else 'ASC'} NULLS LAST" for key, column in pairs)
