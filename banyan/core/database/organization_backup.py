"""Backs up one organization, and restores it into this or another installation.

Everything happens as the application's role within the organization's scope: the policies themselves
see to it that no row of another organization gets in or out. Files are those below the folder named
after the organization's id. An account that serves several organizations is matched by its unique
columns, so that a person who is known already keeps the password and the id of the installation.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import IO
from uuid import UUID

import psycopg
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from psycopg.sql import SQL, Composed, Identifier

import banyan
from banyan.core.database.append_only import append_only_tables
from banyan.core.database.archive import (
    Manifest,
    Progress,
    chunks_of,
    extract_files,
    ignore_progress,
    reading,
    verify,
    writing,
)
from banyan.core.database.backup import add_files, local_files, refuse_newer
from banyan.core.database.connections import database_urls, plain_url
from banyan.core.database.failures import explain_connection_error, explain_os_error
from banyan.core.database.ownership import (
    ORGANIZATION_TABLE,
    SHARED_COLUMN,
    Table,
    owned_tables,
    unique_columns,
)
from banyan.core.database.rotation import new_name
from banyan.core.database.row_level_security import ORGANIZATION_COLUMN, SETTING
from banyan.core.database.sealed_archive import BackupKeys
from banyan.core.kernel.configuration import Configuration
from banyan.core.kernel.errors import Conflict, Missing, Refused

#: Opens one member of the archive by its name.
OpenMember = Callable[[str], AbstractContextManager[IO[bytes]]]
GZIP_WINDOW = 31  # zlib's number for a gzip header around the compressed text


def create_organization_backup(
    configuration: Configuration, organization_id: UUID, progress: Progress = ignore_progress
) -> Path:
    """Write a backup of one organization into the backup folder and return its path.

    Raises:
        Missing: There is no such organization.
        DatabaseUnavailable: The disk is full or the folder cannot be written.
    """
    path = configuration.backup_directory / new_name(
        organization=str(organization_id), is_sealed=configuration.backups_encrypted
    )
    with _connected(configuration) as connection:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _enter(connection, organization_id)
        _write(configuration, connection, organization_id, path=path, progress=progress)
    return path


def restore_organization(
    configuration: Configuration,
    path: Path,
    *,
    replace: bool = False,
    progress: Progress = ignore_progress,
    passphrase: str = "",
) -> Manifest:
    """Restore one organization in one transaction; a failure leaves everything as it was.

    The audit log of an organization that exists already stays as it is: nobody gets rid of it by an old backup.

    Args:
        configuration: Of the installation to restore into; its tables must exist.
        path: The backup.
        replace: Whether the organization's present rows may be thrown away.
        progress: Told about the bytes done.
        passphrase: Opens the backup where its master key is not at hand; encrypted values in it need that one.

    Raises:
        Refused: The backup is damaged, newer than the program, has columns that we lack, or its key is not here.
        Conflict: The organization exists and ``replace`` is not set.
    """
    keys = BackupKeys(configuration, passphrase)
    manifest = verify(path, progress, keys)
    refuse_newer(manifest)
    if manifest.kind != "organization":
        raise Refused("backup.wrong_kind", _("This is a backup of the whole installation."))
    organization_id = UUID(manifest.organization_id)
    files = local_files(configuration)
    with _connected(configuration) as connection:
        _enter(connection, organization_id)
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
        tables = owned_tables(connection)
        kept = set(append_only_tables(connection, with_kept=True)) if _exists(connection, organization_id) else set()
        _make_room(connection, [table for table in tables if table.name not in kept], organization_id, replace=replace)
        _load(connection, tables, partial(reading, path, keys=keys), manifest=manifest.without(kept), progress=progress)
        if files and manifest.has_files:
            extract_files(path, files, progress, keys)
    return manifest


@contextmanager
def _connected(configuration: Configuration) -> Iterator[psycopg.Connection]:
    """Run the block in one transaction of the application's role, and explain what goes wrong."""
    application_url, _owner_url = database_urls(configuration)
    try:
        # Prepared statements do not survive PgBouncer's transaction mode.
        with psycopg.connect(plain_url(application_url), prepare_threshold=None) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise explain_connection_error(error) from error
    except psycopg.IntegrityError as error:
        raise Conflict(
            "backup.incomplete",
            format_lazy(_("The database refused a row: {reason}."), reason=error.diag.message_primary),
        ) from error
    except OSError as error:
        raise explain_os_error(error, configuration.home) from error


def _enter(connection: psycopg.Connection, organization_id: UUID) -> None:
    connection.execute("SELECT set_config(%s, %s, true)", [SETTING, str(organization_id)])


def _write(
    configuration: Configuration,
    connection: psycopg.Connection,
    organization_id: UUID,
    *,
    path: Path,
    progress: Progress,
) -> None:
    tables = owned_tables(connection)
    if not _exists(connection, organization_id):
        raise Missing("organization.missing", _("There is no such organization."))
    files = local_files(configuration)
    manifest = Manifest(
        "organization",
        banyan.__version__,
        connection.info.parameter_status("server_version") or "",
        organization_id=str(organization_id),
        has_files=files is not None,
    )
    with writing(path, manifest, progress, BackupKeys(configuration)) as archive:
        for table in tables:
            rows = _count(connection, table.name, *_condition(table, organization_id))
            manifest.columns[table.name] = list(table.columns)
            manifest.row_counts[table.name] = rows
            archive.add(_member(table.name), _compressed(_rows(connection, table, organization_id)), step=table.name)
        if files:
            add_files(archive, files, below=str(organization_id))


def _condition(table: Table, organization_id: UUID) -> tuple[str, UUID]:
    if table.is_shared:
        return SHARED_COLUMN, organization_id
    return ("id" if table.name == ORGANIZATION_TABLE else ORGANIZATION_COLUMN), organization_id


def _count(connection: psycopg.Connection, table: str, column: str, organization_id: UUID) -> int:
    query = SQL("SELECT count(*) FROM {} WHERE {}").format(Identifier(table), _belongs(column))
    row = connection.execute(query, [organization_id]).fetchone()
    return int(row[0]) if row else 0


def _exists(connection: psycopg.Connection, organization_id: UUID) -> bool:
    return _count(connection, ORGANIZATION_TABLE, "id", organization_id) > 0


def _belongs(column: str) -> Composed:
    operator = SQL("%s = ANY({})") if column == SHARED_COLUMN else SQL("{} = %s")
    return operator.format(Identifier(column))


def _rows(connection: psycopg.Connection, table: Table, organization_id: UUID) -> Iterator[bytes]:
    """Yield the organization's rows of a table as PostgreSQL writes them."""
    column, _value = _condition(table, organization_id)
    # Another organization of the same person is nobody's business but theirs.
    selected = [
        SQL("ARRAY[%s]::uuid[]") if name == SHARED_COLUMN else SQL("{}").format(Identifier(name))
        for name in table.columns
    ]
    parameters = [organization_id] * (2 if table.is_shared else 1)
    # A key of several columns has no name of its own; the order only has to be the same each time.
    order = SQL(", ").join(map(Identifier, [table.key] if table.key else table.columns))
    query = SQL("COPY (SELECT {} FROM {} WHERE {} ORDER BY {}) TO STDOUT").format(
        SQL(", ").join(selected), Identifier(table.name), _belongs(column), order
    )
    with connection.cursor() as cursor, cursor.copy(query, parameters) as copy:
        for chunk in copy:
            yield bytes(chunk)


def _compressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(wbits=GZIP_WINDOW)
    for chunk in chunks:
        if packed := compressor.compress(chunk):
            yield packed
    yield compressor.flush()


def _make_room(connection: psycopg.Connection, tables: list[Table], organization_id: UUID, *, replace: bool) -> None:
    if not _exists(connection, organization_id):
        return
    if not replace:
        raise Conflict(
            "backup.organization_exists",
            _("The organization exists already. Restoring replaces all of its data; confirm that with --replace."),
        )
    for table in reversed(tables):
        if not table.is_shared and table.name != ORGANIZATION_TABLE:
            query = SQL("DELETE FROM {} WHERE {}").format(Identifier(table.name), _belongs(ORGANIZATION_COLUMN))
            connection.execute(query, [organization_id])


def _load(
    connection: psycopg.Connection, tables: list[Table], opened: OpenMember, *, manifest: Manifest, progress: Progress
) -> None:
    known = {table.name: table for table in tables}
    for number, (name, columns) in enumerate(manifest.columns.items()):
        table = known.get(name)
        if table is None or not set(columns) <= set(table.columns):
            raise Refused(
                "backup.other_tables",
                format_lazy(_("The backup has columns of {table} that this version lacks."), table=name),
            )
        _receive(connection, table, columns, opened)
        _follow_shared(connection, table, known)
        loaded = _insert(connection, table, columns)
        if loaded != manifest.row_counts[name]:
            raise Conflict("backup.incomplete", format_lazy(_("Some rows of {table} were not accepted."), table=name))
        progress("restore", number + 1, len(manifest.columns))


def _receive(connection: psycopg.Connection, table: Table, columns: list[str], opened: OpenMember) -> None:
    """Copy a table's rows into a temporary one; COPY itself cannot check policies."""
    incoming = _incoming(table)
    connection.execute(SQL("CREATE TEMP TABLE {} (LIKE {}) ON COMMIT DROP").format(incoming, Identifier(table.name)))
    for column in set(table.columns) - set(columns) | ({table.renumbered} if table.renumbered else set()):
        connection.execute(SQL("ALTER TABLE {} ALTER {} DROP NOT NULL").format(incoming, Identifier(column)))
    names = SQL(", ").join(map(Identifier, columns))
    with (
        opened(_member(table.name)) as packed,
        gzip.open(packed) as rows,
        connection.cursor() as cursor,
        cursor.copy(SQL("COPY {} ({}) FROM STDIN").format(incoming, names)) as copy,
    ):
        for chunk in chunks_of(rows):
            copy.write(chunk)


def _follow_shared(connection: psycopg.Connection, table: Table, known: dict[str, Table]) -> None:
    """Point references to shared rows at the ones that this installation had already."""
    for column, target in table.references.items():
        if known[target].is_shared:
            query = SQL("UPDATE {} new SET {column} = same.kept FROM {} same WHERE new.{column} = same.given")
            connection.execute(query.format(_incoming(table), _same(known[target]), column=Identifier(column)))


def _insert(connection: psycopg.Connection, table: Table, columns: list[str]) -> int:
    """Move the received rows into their table and return how many of them are there now."""
    matched = _match_shared(connection, table) if table.is_shared else 0
    names = SQL(", ").join(map(Identifier, columns))
    conflict: SQL | Composed = SQL("")
    if table.name == ORGANIZATION_TABLE:
        # The row stays while the organization is replaced, because sessions refer to it.
        updates = SQL(", ").join(SQL("{0} = EXCLUDED.{0}").format(Identifier(name)) for name in columns)
        conflict = SQL("ON CONFLICT ({}) DO UPDATE SET {}").format(Identifier(table.key), updates)
    query = SQL("INSERT INTO {} ({names}) SELECT {names} FROM {} {}")
    cursor = connection.execute(query.format(Identifier(table.name), _incoming(table), conflict, names=names))
    return cursor.rowcount + matched


def _match_shared(connection: psycopg.Connection, table: Table) -> int:
    """Join received rows with existing ones that have the same key or unique columns; return how many."""
    same, incoming, target = _same(table), _incoming(table), Identifier(table.name)
    connection.execute(SQL("CREATE TEMP TABLE {} (given uuid, kept uuid) ON COMMIT DROP").format(same))
    for columns in ([table.key], *unique_columns(connection, table.name)):
        matching = SQL(" AND ").join(SQL("new.{0} = own.{0}").format(Identifier(column)) for column in columns)
        query = SQL(
            "INSERT INTO {} SELECT new.{key}, own.{key} FROM {} new JOIN {} own ON {} "
            "WHERE NOT EXISTS (SELECT FROM {} known WHERE known.given = new.{key})"
        )
        connection.execute(query.format(same, incoming, target, matching, same, key=Identifier(table.key)))
    query = SQL(
        "UPDATE {} own SET {shared} = ARRAY(SELECT DISTINCT unnest(own.{shared} || new.{shared})) "
        "FROM {} new JOIN {} same ON same.given = new.{key} WHERE own.{key} = same.kept"
    )
    names = {"shared": Identifier(SHARED_COLUMN), "key": Identifier(table.key)}
    connection.execute(query.format(target, incoming, same, **names))
    query = SQL("DELETE FROM {} new USING {} same WHERE same.given = new.{key}")
    return connection.execute(query.format(incoming, same, **names)).rowcount


def _incoming(table: Table) -> Identifier:
    return Identifier(f"incoming_{table.name}"[:63])


def _same(table: Table) -> Identifier:
    return Identifier(f"same_{table.name}"[:63])


def _member(table: str) -> str:
    return f"tables/{table}.copy.gz"
