"""Tables whose rows are written once: no change, and no deletion before its time."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from banyan.core.database.connections import DatabaseConnection, quoted
from banyan.core.database.row_level_security import ORGANIZATION_COLUMN, SETTING, application_role

TRIGGER = "append_only"
#: On tables whose rows change, and stay.
KEPT_TRIGGER = "kept"
#: No setting of the product keeps a log for less; the law of networks asks for six months.
LEAST_KEPT = "6 months"

FUNCTION = f"""
    CREATE OR REPLACE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND OLD.at < now() - interval '{LEAST_KEPT}' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'Rows of % are never changed, nor deleted within {LEAST_KEPT}.', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END $$
"""

# It runs with the owner's rights, so that the application needs none to delete; the time is checked here and by the
# trigger. The owner may be free of the policies, hence the organization is compared once more.
PRUNING = """
    CREATE OR REPLACE FUNCTION public.prune_{table}(until uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE gone bigint;
    BEGIN
        DELETE FROM public.{table} WHERE {organization} = NULLIF(current_setting('{setting}', true), '')::uuid
            AND {column} < until AND at < now() - interval '{least}';
        GET DIAGNOSTICS gone = ROW_COUNT;
        RETURN gone;
    END $$
"""

TABLES = """
    SELECT DISTINCT c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgname = ANY(%s) AND c.relnamespace = 'public'::regnamespace
"""


class AppendOnlyTable(Operation):
    """Migration operation that lets the application's role insert into a table and read it, no more.

    A trigger refuses changes by whoever else. ``prune_<table>(until)`` deletes the organization's rows whose
    ``column`` is less than ``until``, if they are old enough. The table needs a column ``at``.
    """

    reversible = True
    atomic = True

    def __init__(self, table: str, *, column: str = "id") -> None:
        self.table = table
        self.column = column

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what writes this operation into a migration file."""
        return self.__class__.__qualname__, [self.table], {} if self.column == "id" else {"column": self.column}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Triggers and rights are no part of Django's model state."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Protect the table."""
        role = application_role(schema_editor.connection)
        for statement in append_only_statements(self.table, column=self.column, role=role):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Take the protection away again."""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TRIGGER} ON {quoted(self.table)}")
        schema_editor.execute(f"DROP FUNCTION IF EXISTS public.prune_{self.table}(uuid)")

    def describe(self) -> str:
        """Return what ``migrate --plan`` shows."""
        return f"Let nobody change the rows of {self.table}"


def append_only_statements(table: str, *, column: str = "id", role: str = "") -> list[str]:
    """Return the SQL that lets nobody change a table's rows and, if a role is given, takes its rights to do so."""
    statements = [
        FUNCTION,
        (
            f"CREATE TRIGGER {TRIGGER} BEFORE UPDATE OR DELETE ON {quoted(table)}"
            " FOR EACH ROW EXECUTE FUNCTION public.refuse_change()"
        ),
        PRUNING.format(table=table, organization=ORGANIZATION_COLUMN, setting=SETTING, column=column, least=LEAST_KEPT),
    ]
    return [*statements, _revocation(table, role)] if role else statements


class KeptTable(Operation):
    """Migration operation that lets nobody delete the rows of a table."""

    reversible = True
    atomic = True

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what writes this operation into a migration file."""
        return self.__class__.__qualname__, [self.table], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Triggers are no part of Django's model state."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Protect the table."""
        schema_editor.execute(FUNCTION, params=None)
        schema_editor.execute(
            f"CREATE TRIGGER {KEPT_TRIGGER} BEFORE DELETE ON {quoted(self.table)}"
            " FOR EACH ROW EXECUTE FUNCTION public.refuse_change()"
        )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Take the protection away again."""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {KEPT_TRIGGER} ON {quoted(self.table)}")

    def describe(self) -> str:
        """Return what ``migrate --plan`` shows."""
        return f"Let nobody delete the rows of {self.table}"


def append_only_tables(connection: DatabaseConnection, *, with_kept: bool = False) -> list[str]:
    """Return the tables whose rows are never changed; with those whose rows are only never deleted, if wished."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [[TRIGGER, *([KEPT_TRIGGER] if with_kept else [])]])
        return sorted(name for (name,) in cursor.fetchall())


def revoke_changes(owner_connection: DatabaseConnection, role: str) -> None:
    """Take from a role what a general grant has given it: changing and deleting rows that stand for ever."""
    for table in append_only_tables(owner_connection):
        with owner_connection.cursor() as cursor:
            cursor.execute(_revocation(table, role))


def _revocation(table: str, role: str) -> str:
    return f"REVOKE UPDATE, DELETE, TRUNCATE ON {quoted(table)} FROM {quoted(role)}"
