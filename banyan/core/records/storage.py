"""Set-based SQL of the one door: any number of rows in one statement, typed by the table itself."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

import orjson
from django.db import connection, models
from psycopg import Cursor, sql
from psycopg.pq.abc import PGconn
from psycopg.waiting import Ready, Wait

from banyan.core.encryption.columns import SealedColumn

CHUNK_ROWS = 2_000
#: Of rows that are made one by one so many travel at once, while the next ones are being made.
MADE_TOGETHER = 250
Item = TypeVar("Item")


def insert_rows(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows given as ``{column: value}``; a column that a row lacks gets the model's default.

    Rows travel as one JSON text, which is many times faster than one statement per row. What is the same in all
    rows, as most of what the system adds to them is, travels and is read once. Where an iterator makes the rows, the
    next ones are made while PostgreSQL writes those before.
    """
    size = CHUNK_ROWS if isinstance(rows, Sequence) else MADE_TOGETHER
    parts = chunks(rows, size)
    first = next(parts, [])
    if len(first) < size:
        if first:
            _insert(model, first)
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        for part in itertools.chain([first], parts):
            _insert(model, part, Cursor(connection.connection))
            connection.connection.wait(_sent(connection.connection.pgconn))


def _sent(server: PGconn) -> Generator[Wait, Ready, None]:
    """Wait until a statement has left; otherwise what the socket has no room for would stay until the next one."""
    while server.flush():
        yield Wait.W


def _insert(model: type[models.Model], rows: Sequence[dict[str, Any]], sender: Cursor[Any] | None = None) -> None:
    """Insert rows in one statement; a ``sender`` sends them beside the statement, unquoted, which pays for many."""
    columns = [field for field in model._meta.concrete_fields if not field.generated]  # noqa: SLF001
    shared = _shared_values(columns, rows)
    changing = [field for field in columns if field.column not in shared]
    names = [field.column for field in columns]
    sources = [sql.Identifier("shared" if name in shared else "given", name) for name in names]
    query = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {sources}"
        " FROM json_to_recordset(%s) AS given({changing}), json_populate_record(NULL::{table}, %s) AS shared"
    ).format(
        table=sql.Identifier(model._meta.db_table),  # noqa: SLF001
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        sources=sql.SQL(", ").join(sources),
        changing=sql.SQL(", ").join(map(_typed, changing)),
    )
    given = [to_json(_completed(rows, changing)), to_json(shared)]
    with sender or connection.cursor() as cursor:
        cursor.execute(query, given)


def _typed(field: models.Field[Any, Any]) -> sql.Composable:
    return sql.SQL("{} {}").format(sql.Identifier(field.column), sql.SQL(field.db_type(connection) or "text"))


def _shared_values(fields: Sequence[models.Field[Any, Any]], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the columns that have one value in all rows, with it; ids and encrypted contents are each row's own."""
    given: set[str] = set().union(*rows)
    shared = {}
    for field in fields:
        name = field.column
        if name not in given:
            if _is_constant(field):
                shared[name] = field.get_default()
        elif not field.primary_key and not isinstance(field, SealedColumn) and name in rows[0]:
            first = rows[0][name]
            if all(name in row and _is_same(row[name], first) for row in rows):
                shared[name] = first
    return shared


def _is_constant(field: models.Field[Any, Any]) -> bool:
    """Say whether a column has one default for all rows; ids and instants are made for each."""
    return not field.has_default() or not callable(field.default) or field.default in {list, dict}


def _is_same(value: Any, first: Any) -> bool:
    """Say whether two values are written alike; numbers that are equal need not be, so only one and the same counts."""
    return value is first or (value == first and (type(value) is type(first) is str or value in ([], {})))


def _completed(rows: Sequence[dict[str, Any]], fields: Sequence[models.Field[Any, Any]]) -> list[dict[str, Any]]:
    """Return these columns of the rows as they are stored, with the defaults of those that a row lacks."""
    columns = [(field.column, field.get_default) for field in fields]
    complete = [{name: row[name] if name in row else default() for name, default in columns} for row in rows]
    for field in fields:
        if isinstance(field, SealedColumn):
            for row in complete:
                row[field.column] = field.stored_form(row[field.column])
    return complete


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
