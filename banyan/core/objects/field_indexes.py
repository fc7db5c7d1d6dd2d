"""Indexes of custom fields: which there should be, and making the database have just those.

An index holds the records of one organization alone: another one may have a field of the same name that
means something else. It is built without keeping anybody from writing, which no transaction can do.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import connections
from psycopg import sql

from banyan.core.database.typed_values import function_of
from banyan.core.objects.kinds import kinds
from banyan.core.objects.models import CustomField, CustomObject, CustomRecord
from banyan.core.objects.registry import objects
from banyan.core.tenancy.scope import organization_scope

OWNER = "owner"
PREFIX = "custom_"

EXISTING = """
    SELECT index_class.relname::text, pg_index.indisvalid
      FROM pg_index JOIN pg_class AS index_class ON index_class.oid = pg_index.indexrelid
     WHERE index_class.relname ~ '^custom_[0-9a-f]{32}$'
       AND pg_get_expr(pg_index.indpred, pg_index.indrelid) LIKE %s
"""


@dataclass(frozen=True)
class FieldIndex:
    """The index of one custom field; ``object_name`` tells its object's rows apart where a table has several."""

    name: str
    table: str
    field: str
    sql_type: str
    object_name: str = ""

    def statements(self, organization_id: uuid.UUID) -> list[sql.Composed]:
        """Return the SQL that builds it; its expression is what ``listing`` compares and sorts by.

        PostgreSQL takes no statistics from an index of some rows only, and without any it guesses that a
        third of them fit; so the expression gets statistics of its own.
        """
        parts = {
            "name": sql.Identifier(self.name),
            "table": sql.Identifier(self.table),
            "value": self._value(),
            "organization": sql.Literal(organization_id),
            "object": sql.SQL(" AND object_name = {}").format(sql.Literal(self.object_name))
            if self.object_name
            else sql.SQL(""),
        }
        index = sql.SQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} (organization_id, ({value}), id)"
            " WHERE deleted_at IS NULL AND organization_id = {organization}{object}"
        )
        statistics = sql.SQL("CREATE STATISTICS IF NOT EXISTS {name} ON ({value}) FROM {table}")
        return [statistics.format(**parts), index.format(**parts)]

    def _value(self) -> sql.Composed:
        text = sql.SQL("(custom ->> {})").format(sql.Literal(self.field))
        function = function_of(self.sql_type)
        return sql.SQL("{}({})").format(sql.Identifier(function), text) if function else text


def index_name(field_id: uuid.UUID) -> str:
    """Return the name of a field's index."""
    return f"{PREFIX}{field_id.hex}"


def wanted_indexes(organization_id: uuid.UUID) -> dict[str, FieldIndex]:
    """Return the indexes that an organization's fields ask for, by name."""
    with organization_scope(organization_id):
        rows = list(CustomField.objects.filter(is_indexed=True, is_active=True))
        made = set(CustomObject.objects.values_list("name", flat=True))
    found = {}
    for row in rows:
        if row.object_name in objects:
            place = (objects[row.object_name].table, "")
        elif row.object_name in made:
            place = (CustomRecord._meta.db_table, row.object_name)  # noqa: SLF001 Django's public model API is named so
        else:
            continue
        name = index_name(row.pk)
        found[name] = FieldIndex(name, place[0], row.name, kinds[row.kind].sql_type, place[1])
    return found


def existing_indexes(organization_id: uuid.UUID) -> dict[str, bool]:
    """Return the names of an organization's indexes, and whether each is complete."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(EXISTING, [f"%{organization_id}%"])
        return dict(cursor.fetchall())


def synchronise(organization_id: uuid.UUID) -> None:
    """Build the indexes that are missing, drop those nobody wants any more; call it outside of any transaction.

    What an interrupted run left half built is dropped and built anew.
    """
    wanted, existing = wanted_indexes(organization_id), existing_indexes(organization_id)
    with connections[OWNER].cursor() as cursor:
        for name, is_complete in existing.items():
            if name not in wanted or not is_complete:
                cursor.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name)))
                cursor.execute(sql.SQL("DROP STATISTICS IF EXISTS {}").format(sql.Identifier(name)))
        missing = [index for name, index in wanted.items() if not existing.get(name)]
        for index in missing:
            for statement in index.statements(organization_id):
                cursor.execute(statement)
        # Only now does the planner learn how values are spread, and when an index is worth it.
        for table in {index.table for index in missing}:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def is_built(field_id: uuid.UUID, organization_id: uuid.UUID) -> bool:
    """Say whether a field's index serves already."""
    return existing_indexes(organization_id).get(index_name(field_id), False)
