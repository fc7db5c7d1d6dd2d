"""Set-based SQL of the one door: any number of rows in one statement, typed by the table itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

import orjson
from django.db import connection, models
from psycopg import sql

from banyan.core.encryption.columns import SealedColumn

CHUNK_ROWS = 2_000
Item = TypeVar("Item")


def insert_rows(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows given as ``{column: value}``; a column that a row lacks gets the model's default.

    The rows travel as one JSON text and PostgreSQL gives them the types of the table, which is many
    times faster than one statement per row and needs no list of casts. What is the same in all rows
    travels once.
    """
    columns = [field for field in model._meta.concrete_fields if not field.generated]  # noqa: SLF001
    given = {name for row in rows for name in row}
    shared = {field.column: field.get_default() for field in columns if _is_shared(field, given)}
    changing = [field for field in columns if field.column not in shared]
    names = [field.column for field in columns]
    sources = [sql.Identifier("shared" if name in shared else "given", name) for name in names]
    query = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {sources}"
        " FROM json_populate_recordset(NULL::{table}, %s) AS given, json_populate_record(NULL::{table}, %s) AS shared"
    ).format(
        table=sql.Identifier(model._meta.db_table),  # noqa: SLF001
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        sources=sql.SQL(", ").join(sources),
    )
    same = to_json(shared)
    sealed = [field for field in changing if isinstance(field, SealedColumn)]
    with connection.cursor() as cursor:
        for part in chunks(rows, CHUNK_ROWS):
            complete = _completed(part, changing)
            cursor.execute(query, [to_json(_sealed(complete, sealed) if sealed else complete), same])


def _sealed(rows: Sequence[dict[str, Any]], fields: Sequence[SealedColumn]) -> list[dict[str, Any]]:
    """Return the rows with the content of encrypted columns as it is stored."""
    return [{**row, **{field.column: field.stored_form(row[field.column]) for field in fields}} for row in rows]


def _is_shared(field: models.Field[Any, Any], given: set[str]) -> bool:
    """Say whether a column that no row gives has one default for all rows; ids and instants are made for each."""
    return field.column not in given and (not callable(field.default) or field.default in {list, dict})


def _completed(rows: Sequence[dict[str, Any]], fields: Sequence[models.Field[Any, Any]]) -> list[dict[str, Any]]:
    """Return the rows with the defaults of those columns that they lack and others have."""
    wanted = {field.column for field in fields}
    completed = []
    for row in rows:
        missing = wanted - row.keys()
        defaults = {field.column: field.get_default() for field in fields if field.column in missing} if missing else {}
        completed.append({**row, **defaults} if missing else row)
    return completed


#: Own values that a row is given join those it has; an empty one goes.
_JOINED = sql.SQL(
    "custom = ({table}.custom || given.custom)"
    " - ARRAY(SELECT key FROM jsonb_each(given.custom) WHERE value = 'null'::jsonb)"
)


def update_rows(
    model: type[models.Model], names: Sequence[str], rows: Sequence[dict[str, Any]], *, joins_custom: bool = False
) -> int:
    """Set the named columns of existing rows; each row has ``id`` and the columns. Return how many changed.

    With ``joins_custom`` the values given in ``custom`` join those of the row, whatever others wrote there meanwhile.
    """
    statement = sql.SQL(
        "UPDATE {table} SET {pairs} FROM json_populate_recordset(NULL::{table}, %s) AS given WHERE {table}.id = given.id"
    )
    table = sql.Identifier(model._meta.db_table)  # noqa: SLF001
    query = statement.format(
        table=table,
        pairs=sql.SQL(", ").join(
            _JOINED.format(table=table)
            if joins_custom and name == "custom"
            else sql.SQL("{0} = given.{0}").format(sql.Identifier(name))
            for name in names
        ),
    )
    changed = 0
    with connection.cursor() as cursor:
        for part in chunks(rows, CHUNK_ROWS):
            cursor.execute(query, [to_json(list(part))])
            changed += cursor.rowcount
    return changed


def to_json(value: Any) -> str:
    """Return JSON in which ids, days, instants and exact numbers are texts that PostgreSQL reads."""
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of at most ``size`` items."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
