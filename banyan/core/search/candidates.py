"""Records that may fit a text, from all objects in one query; which fit best is decided afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, F, IntegerField, Model, QuerySet, TextField, Value
from django.db.models.functions import Cast

from banyan.core.access.actor import Actor
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import Node
from banyan.core.listing.selection import ListRequest, Selection
from banyan.core.listing.text_search import matches, readable_query
from banyan.core.objects.spec import ObjectSpec


@dataclass(frozen=True)
class Candidate:
    """A record that fits; ``is_exact`` when its number is the very text that was typed."""

    object: str
    id: uuid.UUID
    number: str
    title: str
    is_exact: bool


def candidates(
    actor: Actor,
    specs: Sequence[ObjectSpec],
    query: str,
    *,
    limit: int,
    number: str = "",
    within: Node | None = None,
) -> list[Candidate]:
    """Return up to ``limit`` records of each object that fit a ``tsquery``, in no particular order.

    Records with this ``number`` come besides them. One statement looks through all objects; what the
    actor may not see, and words in fields that the actor may not read, are not found. ``within`` is a
    filter that the records must pass too.
    """
    parts: list[QuerySet[Any, Any]] = []
    for spec in specs:
        for rows in Selection(actor, spec, ListRequest(filter=within)).parts():
            if number:
                exact = rows.filter(number__in={number, number.upper()})
                parts.append(_found(exact, actor, spec, is_exact=True)[:1])
            readable = readable_query(actor, spec, query)
            if readable:
                parts.append(_found(rows.filter(matches(readable)), actor, spec, is_exact=False)[:limit])
    return [Candidate(*row) for row in _run(parts)]


def _found(rows: QuerySet[Model], actor: Actor, spec: ObjectSpec, *, is_exact: bool) -> QuerySet[Any, Any]:
    entry = open_fields(actor, spec).get(spec.title)
    title = Cast(F(entry.attribute), TextField()) if entry else Value("", output_field=TextField())
    return rows.annotate(
        object_name=Value(spec.name, output_field=CharField()),
        shown_title=title,
        exact=Value(int(is_exact), output_field=IntegerField()),
    ).values_list("object_name", "pk", "number", "shown_title", "exact")


def _run(parts: Sequence[QuerySet[Any, Any]]) -> list[tuple[Any, ...]]:
    compiled = []
    for part in parts:
        try:
            compiled.append(part.query.sql_with_params())
        except EmptyResultSet:
            continue
    if not compiled:
        return []
    statement = " UNION ALL ".join(f"({sql})" for sql, _given in compiled)
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for _sql, given in compiled for value in given])
        return cursor.fetchall()
