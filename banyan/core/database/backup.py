"""Backs up the whole installation into one file, and restores it.

The file holds the database, the uploaded files if they lie in a folder, and the secret key, without which
no signed link could be read after a restore. It is encrypted; the master key, which opens it and every
encrypted value in it, is not inside and has to be kept elsewhere.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from psycopg.sql import SQL, Identifier, Literal

import banyan
from banyan.core.database.archive import (
    ArchiveWriter,
    Manifest,
    Progress,
    chunks_of,
    extract_files,
    ignore_progress,
    reading,
    verify,
    writing,
)
from banyan.core.database.binaries import PostgresBinaries, find_binaries
from banyan.core.database.client_programs import dump, restore
from banyan.core.database.connections import database_urls, plain_url
from banyan.core.database.failures import explain_connection_error, explain_os_error
from banyan.core.database.ownership import ORGANIZATION_TABLE
from banyan.core.database.roles import prepare_database, role_of
from banyan.core.database.rotation import new_name, rotate
from banyan.core.database.sealed_archive import BackupKeys
from banyan.core.kernel.configuration import Configuration
from banyan.core.kernel.errors import Conflict, Refused

DUMP = "database.dump"
EXPORTS_FOLDER = "exports"

# Whoever still holds a table for longer is at work, and has to be stopped first.
LOCK_TIMEOUT = "10s"
SECRET_KEY = "secret_key"  # noqa: S105 - the name of a member, not a key

OWN_TABLES = """
    SELECT c.relname::text FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1
"""

# Everything of ours in the schema; what belongs to an extension stays, its owner may be another role.
DROP_STATEMENTS = """
    SELECT format('DROP %s IF EXISTS %s CASCADE', kind, name) FROM (
        SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
            ELSE 'TABLE' END AS kind, oid::regclass::text AS name, oid, relnamespace AS namespace
        FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
        UNION ALL
        SELECT 'ROUTINE', oid::regprocedure::text, oid, pronamespace FROM pg_proc
        UNION ALL
        SELECT 'TYPE', t.oid::regtype::text, t.oid, typnamespace FROM pg_type t
        LEFT JOIN pg_class row_type ON row_type.oid = t.typrelid
        WHERE typtype IN ('e', 'd', 'r') OR row_type.relkind = 'c'
    ) object
    WHERE namespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = object.oid AND d.deptype = 'e')
    ORDER BY kind = 'TYPE', kind = 'ROUTINE', name
"""


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup and what the rotation removed because of it."""

    path: Path
    size: int
    manifest: Manifest
    removed: list[Path]


def create_backup(configuration: Configuration, progress: Progress = ignore_progress) -> Backup:
    """Write a backup of everything into the backup folder, then remove those the rotation does not keep.

    The database is shown as of one moment, while people go on working.

    Raises:
        DatabaseUnavailable: The disk is full, the folder cannot be written, or pg_dump failed.
    """
    directory = configuration.backup_directory
    path = directory / new_name(is_sealed=configuration.backups_encrypted)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        manifest = _write(configuration, path, progress)
        daily, weekly = configuration.backups_kept
        return Backup(path, path.stat().st_size, manifest, rotate(directory, daily=daily, weekly=weekly))
    except psycopg.OperationalError as error:
        raise explain_connection_error(error) from error
    except OSError as error:
        raise explain_os_error(error, directory) from error


def restore_backup(
    configuration: Configuration,
    path: Path,
    *,
    replace: bool = False,
    progress: Progress = ignore_progress,
    passphrase: str = "",
) -> Manifest:
    """Restore everything from a backup; a failure leaves the installation as it was.

    Run the migrations afterwards: the backup may be older than the program. Other processes of the
    installation must be stopped, and started again afterwards.

    Args:
        configuration: Of the installation to restore into; its database must be reachable.
        path: The backup.
        replace: Whether what is there may be thrown away. Otherwise the database must be empty.
        progress: Told about the bytes done.
        passphrase: Opens the backup where its master key is not at hand.

    Raises:
        Refused: The backup is damaged, newer than the program, of one organization only, or its key is not here.
        Conflict: The database is not empty, or holds other rows afterwards than the backup counted.
        DatabaseUnavailable: The database refuses, or the disk is full.
    """
    keys = BackupKeys(configuration, passphrase)
    manifest = verify(path, progress, keys)
    refuse_newer(manifest)
    if manifest.kind != "installation":
        raise Refused("backup.wrong_kind", _("This is a backup of one organization; name the organization to restore."))
    files = local_files(configuration)
    try:
        draft = _extract(path, files, progress, keys) if files and manifest.has_files else None
        _restore_database(configuration, path, manifest, keys=keys, replace=replace)
        if files and draft:
            _swap(draft, files)
        if SECRET_KEY in manifest.members:
            _restore_secret_key(configuration, path, keys)
    except psycopg.OperationalError as error:
        raise explain_connection_error(error) from error
    except OSError as error:
        raise explain_os_error(error, configuration.home) from error
    return manifest


def refuse_newer(manifest: Manifest) -> None:
    """Refuse a backup that a newer version of the program made.

    Raises:
        Refused: It is newer.
    """
    if _version(manifest.product_version) > _version(banyan.__version__):
        raise Refused(
            "backup.newer",
            format_lazy(
                _("The backup was made by Banyan {newer}; this is {ours}. Upgrade first."),
                newer=manifest.product_version,
                ours=banyan.__version__,
            ),
        )


def local_files(configuration: Configuration) -> Path | None:
    """Return the folder of uploaded files, or None when a store elsewhere has them (and its own backups)."""
    url = configuration.files_url.removeprefix("file://")
    return None if "://" in url else Path(url)


def _write(configuration: Configuration, path: Path, progress: Progress) -> Manifest:
    _application_url, owner_url = database_urls(configuration)
    with psycopg.connect(plain_url(owner_url)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        files = local_files(configuration)
        manifest = Manifest(
            "installation", banyan.__version__, connection.info.parameter_status("server_version") or "",
            has_files=files is not None, row_counts=row_counts(connection),
        )  # fmt: skip
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
        binaries = fitting_binaries(configuration, connection)
        with writing(path, manifest, progress, BackupKeys(configuration)) as archive:
            archive.add(DUMP, dump(owner_url, binaries, snapshot=str((snapshot or [""])[0])), step="database")
            # Files come second: whatever the database mentions is there already.
            if files:
                add_files(archive, files)
            archive.add(SECRET_KEY, iter([_secret_lines(configuration)]), step="files")
    return manifest


def row_counts(connection: psycopg.Connection) -> dict[str, int]:
    """Return the number of rows of each of our tables, as this role sees them."""
    counts = {}
    for (table,) in connection.execute(OWN_TABLES).fetchall():
        row = connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
        counts[table] = int(row[0]) if row else 0
    return counts


def add_files(archive: ArchiveWriter, folder: Path, *, below: str = "") -> None:
    """Append the files of a folder, or those below one of its subfolders, under ``files/``.

    Exports of everything stay behind: they can be made anew, and would be in every backup again.
    """
    for place in sorted((folder / below).rglob("*")):
        if not place.is_file() or place.is_symlink() or place.relative_to(folder).parts[0] == EXPORTS_FOLDER:
            continue
        archive.add(f"files/{place.relative_to(folder).as_posix()}", _content(place), step="files")


def _content(place: Path) -> Iterator[bytes]:
    try:
        file = place.open("rb")
    except FileNotFoundError:  # deleted since the folder was listed
        return
    with file:
        yield from chunks_of(file)


def _restore_database(
    configuration: Configuration, path: Path, manifest: Manifest, *, keys: BackupKeys, replace: bool
) -> None:
    application_url, owner_url = database_urls(configuration)
    role = role_of(application_url, owner_url)
    with psycopg.connect(plain_url(owner_url), autocommit=True) as connection:
        connection.execute(SQL("SET lock_timeout = {}").format(Literal(LOCK_TIMEOUT)))
        if not replace and not _is_empty(connection):
            raise Conflict(
                "backup.not_empty",
                _("The database is not empty. Restoring replaces everything in it; confirm that with --replace."),
            )
        prepare_database(connection, application_role=role)
        drops = [statement for (statement,) in connection.execute(DROP_STATEMENTS).fetchall()]
        binaries = fitting_binaries(configuration, connection)
    before = [f"SET lock_timeout = '{LOCK_TIMEOUT}'", *drops]
    with reading(path, DUMP, keys) as archive:
        restore(owner_url, binaries, archive, before=before)
    with psycopg.connect(plain_url(owner_url), autocommit=True) as connection:
        prepare_database(connection, application_role=role)
        connection.execute("ANALYZE")
        compare_counts(manifest, row_counts(connection))


def _is_empty(connection: psycopg.Connection) -> bool:
    """Say whether there are no tables yet, or ours without any organization in them."""
    tables = {name for (name,) in connection.execute(OWN_TABLES).fetchall()}
    if ORGANIZATION_TABLE not in tables:
        return not tables
    query = SQL("SELECT FROM {} LIMIT 1").format(Identifier(ORGANIZATION_TABLE))
    return connection.execute(query).fetchone() is None


def compare_counts(manifest: Manifest, found: dict[str, int]) -> None:
    """Raise ``Conflict`` when tables have other numbers of rows than the backup counted."""
    wrong = [table for table, count in manifest.row_counts.items() if found.get(table) != count]
    if wrong:
        raise Conflict(
            "backup.incomplete",
            format_lazy(_("After restoring, these tables differ from the backup: {tables}."), tables=", ".join(wrong)),
        )


def fitting_binaries(configuration: Configuration, connection: psycopg.Connection) -> PostgresBinaries:
    """Return PostgreSQL's programs of a version that can read and fill the server of a connection."""
    server = connection.info.server_version // 10000
    binaries = find_binaries(configuration.postgres_binaries)
    # Programs read older servers, never newer ones.
    return binaries if binaries.major >= server else find_binaries(configuration.postgres_binaries, major=server)


def _extract(path: Path, files: Path, progress: Progress, keys: BackupKeys) -> Path:
    draft = files.with_name(f"{files.name}.restoring")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    extract_files(path, draft, progress, keys)
    return draft


def _swap(draft: Path, files: Path) -> None:
    """Put the restored files in place; the database already mentions them."""
    old = files.with_name(f"{files.name}.replaced")
    shutil.rmtree(old, ignore_errors=True)
    if files.exists():
        files.rename(old)
    draft.rename(files)
    shutil.rmtree(old, ignore_errors=True)


def _secret_lines(configuration: Configuration) -> bytes:
    """Return the secret key, and below it the earlier ones, as the data folder keeps them."""
    return "\n".join((configuration.secret_key, *configuration.secret_key_fallbacks)).encode()


def _restore_secret_key(configuration: Configuration, path: Path, keys: BackupKeys) -> None:
    target = configuration.home / SECRET_KEY
    draft = target.with_name(f"{SECRET_KEY}.restoring")
    draft.unlink(missing_ok=True)
    with reading(path, SECRET_KEY, keys) as file:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as key:
            key.write(file.read())
    draft.replace(target)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
