"""Founding the same organization for thousands of tests: the first one is founded, the others are copies of its rows."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from django.db import connection
from psycopg import sql

from banyan.core.identity.models import Account
from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OWNED = """
    SELECT columns.table_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE column_name = 'organization_id' AND table_schema = 'public' AND table_type = 'BASE TABLE'
     ORDER BY columns.table_name = 'identity_user' DESC, columns.table_name
"""


@dataclass(frozen=True)
class Copied:
    """The rows of an organization by table, as JSON, and the ids of those rows."""

    organization_id: str
    rows: tuple[tuple[str, str], ...]
    ids: frozenset[str]

    @contextmanager
    def pasted(self) -> Iterator[Callable[[uuid.UUID], uuid.UUID]]:
        """Insert the rows once more, each under a new id, and say within their scope what the new id of an old one is.

        New ids keep processes from taking one test's organization for another's that they remember. All rows go to the
        database at once: thousands of tests wait for this.
        """
        fresh = {old: str(new_id()) for old in self.ids}
        texts = [_UUID.sub(lambda found: fresh.get(found[0], found[0]), rows) for _table, rows in self.rows]
        statement = _insertions(tuple(table for table, _rows in self.rows))
        with organization_scope(uuid.UUID(fresh[self.organization_id])):
            with connection.cursor() as cursor:
                cursor.execute(statement, texts)
            yield lambda old: uuid.UUID(fresh[str(old)])


def copy_of(organization: Organization, accounts: list[uuid.UUID]) -> Copied:
    """Return the rows of an organization and of its people's accounts."""
    with organization_scope(organization.pk):
        rows = _rows_of(organization, accounts)
    present = tuple((table, text) for table, text in rows if text)
    ids = {str(row["id"]) for _table, text in present for row in json.loads(text) if "id" in row}
    found = frozenset(known for known in ids if _UUID.fullmatch(known))
    return Copied(str(organization.pk), present, found)


def _rows_of(organization: Organization, accounts: list[uuid.UUID]) -> list[tuple[str, str]]:
    return [
        _read("tenancy_organization", "id", [organization.pk]),
        _read(Account._meta.db_table, "id", accounts),
        *(_read(table, "organization_id", [organization.pk]) for table in _owned_tables()),
    ]


def _owned_tables() -> list[str]:
    # Asked anew each time: a table that one test makes is gone with it.
    with connection.cursor() as cursor:
        cursor.execute(_OWNED)
        return [table for (table,) in cursor.fetchall()]


def _read(table: str, column: str, ids: list[uuid.UUID]) -> tuple[str, str]:
    query = sql.SQL("SELECT coalesce(json_agg(t)::text, '') FROM {table} AS t WHERE {column} = ANY(%s)")
    with connection.cursor() as cursor:
        cursor.execute(query.format(table=sql.Identifier(table), column=sql.Identifier(column)), [ids])
        return table, cursor.fetchone()[0]


@cache
def _insertions(tables: tuple[str, ...]) -> str:
    one = sql.SQL("INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, %s)")
    return sql.SQL("; ").join(one.format(table=sql.Identifier(table)) for table in tables).as_string()
