"""Records that may fit a text, from all objects in one query; which fit best is decided afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from banyan.core.access.actor import Actor
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import Node
from banyan.core.listing.selection import ListRequest, Selection
from banyan.core.listing.text_search import readable_query, whole_value_query
from banyan.core.objects.spec import ObjectSpec

Fragment = tuple[str, list[Any]]


@dataclass(frozen=True)
class Candidate:
    """A record that fits; ``is_exact`` when its number is the very text that was typed."""

    object: str
    id: uuid.UUID
    number: str
    title: str
    is_exact: bool


class Places:
    """Where to look: the rows of each object that an actor may see, written as SQL once for several looks.

    Writing SQL takes longer than running it here, so the objects that somebody sees all of, which are
    most, do without the query builder. ``within`` is a filter that the records must pass too.
    """

    def __init__(self, actor: Actor, specs: Sequence[ObjectSpec], within: Node | None = None) -> None:
        self.actor = actor
        self.specs = specs
        self.within = within

    def fitting(self, query: str, limit: int, *, number: str = "", value: str = "") -> list[Candidate]:
        """Return up to ``limit`` records of each object that fit a ``tsquery``, in no particular order, with one query.

        Words in fields that the actor may not read are not found. Records whose number is ``number``, in small or capital
        letters, come first, then those of which an encrypted field is the very ``value``.
        """
        looks = []
        if number:
            wanted = [number, number.upper()]
            looks = [_look(spec, base, ("number", "= ANY(%s)", wanted), 1, is_exact=True) for spec, base in self._bases]
        if value:
            looks += self._with_words(
                {spec.name: whole_value_query(self.actor, spec, value) for spec in self.specs}, limit
            )
        looks += self._with_words({spec.name: readable_query(self.actor, spec, query) for spec in self.specs}, limit)
        return _run(looks)

    def _with_words(self, queries: Mapping[str, str], limit: int) -> list[Fragment]:
        return [
            _look(spec, base, ("search", "@@ %s::tsquery", queries[spec.name]), limit)
            for spec, base in (self._bases if any(queries.values()) else ())
            if queries[spec.name]
        ]

    @cached_property
    def _bases(self) -> list[tuple[ObjectSpec, Fragment]]:
        """Return for each object one SELECT, up to its last condition, for each way to see its records."""
        return [(spec, base) for spec in self.specs for base in self._bases_of(spec)]

    def _bases_of(self, spec: ObjectSpec) -> list[Fragment]:
        selection = Selection(self.actor, spec, ListRequest(filter=self.within))
        entry = open_fields(self.actor, spec).get(spec.title)
        columns = ("id", "number", entry.attribute if entry else "number")
        if selection.limit is not None and not selection.limit and self.within is None:
            listed = ", ".join(_column(spec, name) for name in columns)
            live = f"{_column(spec, 'organization_id')} = %s AND {_column(spec, 'deleted_at')} IS NULL"
            return [(f'SELECT {listed} FROM "{spec.table}" WHERE {live}', [self.actor.organization_id])]  # noqa: S608
        bases: list[Fragment] = []
        for rows in selection.parts():
            try:
                sql, parameters = rows.values_list(*columns).query.sql_with_params()
            except EmptyResultSet:
                continue
            bases.append((sql, list(parameters)))
        return bases


def _look(
    spec: ObjectSpec, base: Fragment, condition: tuple[str, str, Any], limit: int, *, is_exact: bool = False
) -> Fragment:
    """Return the SELECT of an object's rows with one more condition: column, comparison, value.

    The rows come from a CTE, which is planned as if all were wanted and yet read only as far as they are.
    With the limit inside, PostgreSQL expects to meet enough rows early (it takes the start of a rare word
    for frequent) and reads three million of them in vain.
    """
    sql, parameters = base
    column, comparison, value = condition
    fitting = f"{sql} AND {_column(spec, column)} {comparison}"
    told = "true" if is_exact else "false"
    look = f"(WITH fitting AS MATERIALIZED ({fitting}) SELECT %s, {told}, * FROM fitting LIMIT {int(limit)})"  # noqa: S608
    return look, [*parameters, value, spec.name]


def _run(looks: Sequence[Fragment]) -> list[Candidate]:
    if not looks:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(sql for sql, _given in looks), [v for _sql, given in looks for v in given])
        found = [
            Candidate(name, pk, number, title, is_exact) for name, is_exact, pk, number, title in cursor.fetchall()
        ]
    return sorted(found, key=lambda candidate: not candidate.is_exact)


def _column(spec: ObjectSpec, name: str) -> str:
    return f'"{spec.table}"."{name}"'
