"""Prepares a database: extensions, what the application's role may do, and trusted functions."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.text import format_lazy
from psycopg.conninfo import conninfo_to_dict

from banyan.core.database.append_only import revoke_changes
from banyan.core.database.connections import DatabaseConnection, plain_url, quoted
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.errors import early_gettext_lazy as _
from banyan.core.database.leakproof import leakproof_missing, leakproof_sql
from banyan.core.database.typed_values import create_functions

REQUIRED_EXTENSIONS = ("pg_trgm", "btree_gin")
OPTIONAL_EXTENSIONS = ("vector",)

EXTENSION_STATE = """
    SELECT e.name, e.installed_version IS NOT NULL, bool_or(v.trusted), bool_and(NOT v.superuser)
    FROM pg_available_extensions e JOIN pg_available_extension_versions v USING (name)
    WHERE e.name = ANY(%s) GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Preparation:
    """What could be prepared with the rights that the owner has.

    ``leakproof_missing`` lists functions that only a superuser can mark; give ``leakproof_sql`` of
    them to the administrator. ``extensions_missing`` names optional extensions.
    """

    extensions_missing: list[str]
    leakproof_missing: list[str]


def prepare_database(owner_connection: DatabaseConnection, *, application_role: str) -> Preparation:
    """Make the database ready for migrations; safe to repeat at each upgrade.

    Args:
        owner_connection: A connection of the role that owns the tables.
        application_role: The role the application works as; empty if it is the owner itself.

    Raises:
        DatabaseUnavailable: An extension is missing that the owner may not create.
    """
    is_superuser = _is_superuser(owner_connection)
    missing = _create_extensions(owner_connection, is_superuser=is_superuser)
    if application_role:
        grant_application(owner_connection, application_role)
    create_functions(owner_connection, can_mark=is_superuser)
    untrusted = leakproof_missing(owner_connection)
    if untrusted and is_superuser:
        with owner_connection.cursor() as cursor:
            cursor.execute(leakproof_sql(untrusted))
        untrusted = []
    return Preparation(missing, untrusted)


def grant_application(owner_connection: DatabaseConnection, role: str) -> None:
    """Let a role work with all rows of present and future tables, and change no table.

    Which rows that is, the policies decide. Functions need no grant: everybody may call them.
    """
    name = quoted(role)
    rights = {
        "TABLES": "SELECT, INSERT, UPDATE, DELETE",
        "SEQUENCES": "USAGE, SELECT",
    }
    with owner_connection.cursor() as cursor:
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        for kind, allowed in rights.items():
            cursor.execute(f"GRANT {allowed} ON ALL {kind} IN SCHEMA public TO {name}")
            cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {allowed} ON {kind} TO {name}")
    revoke_changes(owner_connection, role)


def role_of(application_url: str, owner_url: str) -> str:
    """Return the role that the application works as, or an empty string if it is the owner itself."""
    application, owner = (str(conninfo_to_dict(plain_url(url)).get("user", "")) for url in (application_url, owner_url))
    return "" if application == owner else application


def _is_superuser(connection: DatabaseConnection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    return bool(row and row[0])


def _create_extensions(connection: DatabaseConnection, *, is_superuser: bool) -> list[str]:
    """Create what is allowed and return the optional extensions that are not there."""
    wanted = [*REQUIRED_EXTENSIONS, *OPTIONAL_EXTENSIONS]
    missing = []
    with connection.cursor() as cursor:
        cursor.execute(EXTENSION_STATE, [wanted])
        states = {
            name: (installed, trusted or open_to_all) for name, installed, trusted, open_to_all in cursor.fetchall()
        }
        for name in wanted:
            installed, is_allowed = states.get(name, (False, False))
            if installed:
                continue
            if name in states and (is_superuser or is_allowed):
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {quoted(name)}")
            else:
                missing.append(name)
    for name in REQUIRED_EXTENSIONS:
        if name in missing:
            raise DatabaseUnavailable(
                format_lazy(_("The database lacks the PostgreSQL extension {name}."), name=name),
                format_lazy(_("Have the administrator run: CREATE EXTENSION {name};"), name=name),
            )
    return missing
