"""What belongs to one organization, read from the catalogue: tables, their order and their keys."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.errors import Conflict

ORGANIZATION_TABLE = "tenancy_organization"

# A table whose rows serve several organizations lists them in a column of this name (accounts do).
SHARED_COLUMN = "organization_ids"

COLUMNS = """
    SELECT c.relname::text, c.relforcerowsecurity, a.attname::text, a.atttypid::regtype::text,
        coalesce(a.attnum = ANY(k.conkey), false) AND array_length(k.conkey, 1) = 1
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    ORDER BY c.relname, a.attnum
"""

REFERENCES = """
    SELECT k.conrelid::regclass::text, a.attname::text, k.confrelid::regclass::text
    FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
    WHERE k.contype = 'f' AND array_length(k.conkey, 1) = 1 AND k.connamespace = 'public'::regnamespace
"""

UNIQUE_COLUMNS = """
    SELECT ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey))
    FROM pg_index i WHERE i.indrelid = %s::regclass AND i.indisunique AND NOT i.indisprimary
        AND i.indexprs IS NULL AND i.indpred IS NULL
"""

WHOLE_NUMBERS = {"smallint", "integer", "bigint"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table with rows of organizations.

    ``columns`` are those to copy. ``renumbered`` is its automatic number, left out because another
    installation has given it to somebody else already. ``references`` leads from column to table.
    """

    name: str
    columns: tuple[str, ...]
    key: str
    is_shared: bool
    renumbered: str | None
    references: dict[str, str]


def owned_tables(connection: psycopg.Connection) -> list[Table]:
    """Return the table of organizations, the shared tables and all that row-level security isolates.

    Each one comes after those it refers to. What mentions an organization without being isolated, as
    sessions do, belongs to the installation and is left out.

    Raises:
        Conflict: A table refers to rows whose number cannot be kept, so no copy could be right.
    """
    columns: dict[str, list[tuple[str, str, bool]]] = {}
    isolated: set[str] = set()
    for table, is_isolated, *column in connection.execute(COLUMNS).fetchall():
        columns.setdefault(table, []).append((column[0], column[1], column[2]))
        isolated.update({table} if is_isolated else ())
    references: dict[str, dict[str, str]] = {}
    for table, column, target in connection.execute(REFERENCES).fetchall():
        references.setdefault(table, {})[column] = target
    tables = {
        name: _table(name, described, references.get(name, {}))
        for name, described in columns.items()
        if name == ORGANIZATION_TABLE
        or name in isolated
        or any(column == SHARED_COLUMN for column, *_rest in described)
    }
    for table in tables.values():
        for target in table.references.values():
            if target not in tables or tables[target].renumbered:
                raise _cannot_follow(table.name, target)
    return [tables[name] for name in _ordered(tables)]


def unique_columns(connection: psycopg.Connection, table: str) -> list[list[str]]:
    """Return the sets of columns that tell rows of a table apart, besides its key."""
    return [columns for (columns,) in connection.execute(UNIQUE_COLUMNS, [table]).fetchall()]


def _table(name: str, described: list[tuple[str, str, bool]], references: dict[str, str]) -> Table:
    key = next((column for column, _type, is_key in described if is_key), "")
    renumbered = next(
        (column for column, data_type, is_key in described if is_key and data_type in WHOLE_NUMBERS), None
    )
    return Table(
        name=name,
        columns=tuple(column for column, *_rest in described if column != renumbered),
        key=key,
        is_shared=SHARED_COLUMN in {column for column, *_rest in described},
        renumbered=renumbered,
        references=references,
    )


def _ordered(tables: dict[str, Table]) -> list[str]:
    """Order by reference. Django's references are checked at the end, so a circle may be cut anywhere."""
    order: dict[str, None] = {}
    entered: set[str] = set()

    def place(name: str) -> None:
        if name in entered:
            return
        entered.add(name)
        for target in sorted(tables[name].references.values()):
            place(target)
        order[name] = None

    for name in sorted(tables):
        place(name)
    return list(order)


def _cannot_follow(table: str, target: str) -> Conflict:
    return Conflict(
        "backup.reference",
        format_lazy(
            _("{table} refers to {target}, which no backup of one organization can hold."), table=table, target=target
        ),
    )
