"""Proves that a backup can be restored: into a scratch database that is dropped again.

The result is written beside the backup, with the size and time of the file that was checked, so that a
backup that was replaced or touched since counts as unchecked.
"""

from __future__ import annotations

import gzip
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Literal
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from psycopg.sql import SQL, Identifier

from banyan.core.database.archive import (
    Manifest,
    Progress,
    Readable,
    chunks_of,
    damaged,
    ignore_progress,
    reading,
    verify,
)
from banyan.core.database.backup import (
    DROP_STATEMENTS,
    DUMP,
    compare_counts,
    fitting_binaries,
    refuse_newer,
    row_counts,
)
from banyan.core.database.binaries import PostgresBinaries
from banyan.core.database.client_programs import restore
from banyan.core.database.connections import database_urls, plain_url
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.failures import explain_connection_error, explain_os_error
from banyan.core.database.roles import prepare_database
from banyan.core.database.rotation import list_backups, report_path
from banyan.core.database.sealed_archive import BackupKeys
from banyan.core.kernel.clock import now
from banyan.core.kernel.configuration import Configuration
from banyan.core.kernel.errors import Conflict, Refused

SCRATCH_PREFIX = "banyan_check_"
#: A database restored anew is smaller than the one that people work in, its write-ahead log comes on top.
ROOM_FACTOR = 2

Level = Literal["restored", "read"]

UNUSED_SCRATCH = """
    SELECT datname::text FROM pg_database d
    WHERE starts_with(datname, %s) AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)
"""


@dataclass(frozen=True, slots=True)
class Verification:
    """How a check went.

    ``level`` is ``restored`` when the database was restored and every row counted, ``read`` when every
    byte and checksum was read only. ``problem`` says what is wrong with the backup; empty means good.
    """

    checked_at: str
    level: Level
    problem: str
    rows: int
    files: int
    size: int
    changed_ns: int

    @property
    def is_good(self) -> bool:
        """Whether the backup can be trusted."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """A backup in the backup folder, with the last check of exactly this file, if there was one."""

    path: Path
    made_at: datetime
    size: int
    verification: Verification | None

    @property
    def is_known_bad(self) -> bool:
        """Whether a check found it damaged."""
        return self.verification is not None and not self.verification.is_good


def stored_backups(directory: Path, *, organization: str = "") -> list[StoredBackup]:
    """Return the backups of the installation, or of one organization, newest first.

    Raises:
        DatabaseUnavailable: The folder cannot be read.
    """
    try:
        return [
            StoredBackup(path, made_at, path.stat().st_size, read_verification(path))
            for path, made_at in list_backups(directory, organization=organization)
        ]
    except FileNotFoundError:  # the rotation took one away meanwhile
        return stored_backups(directory, organization=organization)
    except OSError as error:
        raise explain_os_error(error, directory) from error


def last_good_backup(directory: Path) -> datetime | None:
    """Return when the newest backup of the installation was made that no check found damaged."""
    return next((backup.made_at for backup in stored_backups(directory) if not backup.is_known_bad), None)


def read_verification(path: Path) -> Verification | None:
    """Return the last check of a backup, or None when there was none of the file as it is now."""
    try:
        found = Verification(**json.loads(report_path(path).read_text(encoding="utf-8")))
        state = path.stat()
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return found if (found.size, found.changed_ns) == (state.st_size, state.st_mtime_ns) else None


def verify_backup(configuration: Configuration, path: Path, progress: Progress = ignore_progress) -> Verification:
    """Check a backup and write the result beside it; a damaged backup is a result, not an error.

    That of an installation is restored into a scratch database, if the owner's role may make one; that
    of an organization is read and its rows are counted.

    Raises:
        DatabaseUnavailable: The database cannot be reached, or there is no room for a second one.
        OSError: The result cannot be written.
    """
    state = path.stat()
    level: Level = "read"
    manifest, problem = None, ""
    try:
        keys = BackupKeys(configuration)
        manifest = verify(path, progress, keys)
        refuse_newer(manifest)
        if manifest.kind == "installation":
            level = _restore_for_trial(configuration, path, manifest, progress=progress)
        else:
            _count_rows(path, manifest, progress, keys)
    except (Refused, Conflict) as error:
        problem = str(error.message)
    result = Verification(
        checked_at=now().isoformat(timespec="seconds"),
        level=level,
        problem=problem,
        rows=sum(manifest.row_counts.values()) if manifest else 0,
        files=sum(name.startswith("files/") for name in manifest.members) if manifest else 0,
        size=state.st_size,
        changed_ns=state.st_mtime_ns,
    )
    _write_report(path, result)
    return result


def _restore_for_trial(configuration: Configuration, path: Path, manifest: Manifest, *, progress: Progress) -> Level:
    """Restore the database beside the real one and count its rows; say how far that went."""
    _application_url, owner_url = database_urls(configuration)
    try:
        with psycopg.connect(plain_url(owner_url), autocommit=True) as owner:
            _drop_unused(owner)
            _require_room(configuration, owner)
            binaries = fitting_binaries(configuration, owner)
            with _scratch_database(owner) as name:
                dump = reading(path, DUMP, BackupKeys(configuration))
                _restore_into(_with_database(owner_url, name), binaries, dump, manifest=manifest, progress=progress)
    except psycopg.errors.InsufficientPrivilege:
        # A managed server may not let the owner make databases or extensions; the checksums were compared.
        return "read"
    except psycopg.OperationalError as error:
        raise explain_connection_error(error) from error
    return "restored"


def _restore_into(
    url: str,
    binaries: PostgresBinaries,
    dump: AbstractContextManager[IO[bytes]],
    *,
    manifest: Manifest,
    progress: Progress,
) -> None:
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        prepare_database(connection, application_role="")
        # The backup brings what was just made, as the one of the real database does.
        drops = [statement for (statement,) in connection.execute(DROP_STATEMENTS).fetchall()]
    try:
        with dump as archive:
            restore(url, binaries, _Counted(archive, progress, manifest.members[DUMP].size), before=drops)
    except DatabaseUnavailable as error:
        raise Conflict("backup.not_restorable", error.message) from error
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        compare_counts(manifest, row_counts(connection))


@contextmanager
def _scratch_database(owner: psycopg.Connection) -> Iterator[str]:
    """Make an empty database, give its name, and drop it whatever happens."""
    name = f"{SCRATCH_PREFIX}{secrets.token_hex(6)}"
    owner.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        yield name
    finally:
        owner.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _drop_unused(owner: psycopg.Connection) -> None:
    """Drop what a check left behind that was killed."""
    for (name,) in owner.execute(UNUSED_SCRATCH, [SCRATCH_PREFIX]).fetchall():
        owner.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))


def _require_room(configuration: Configuration, owner: psycopg.Connection) -> None:
    """Refuse to fill the disk that the database works on; of another machine's disk we know nothing."""
    if not configuration.uses_embedded_database:
        return
    row = owner.execute("SELECT pg_database_size(current_database())").fetchone()
    needed = ROOM_FACTOR * int(row[0]) if row else 0
    free = shutil.disk_usage(configuration.home).free
    if free < needed:
        raise DatabaseUnavailable(
            format_lazy(
                _("A trial restore needs {needed} MB of disk, {free} MB are free."),
                needed=needed // 1024**2,
                free=free // 1024**2,
            ),
            _("Free some space in the data folder, then check again."),
        )


def _count_rows(path: Path, manifest: Manifest, progress: Progress, keys: BackupKeys) -> None:
    """Count the rows of every table file; one that cannot be unpacked or lacks rows is damage."""
    for number, (table, expected) in enumerate(manifest.row_counts.items()):
        member = f"tables/{table}.copy.gz"
        try:
            with reading(path, member, keys) as packed, gzip.open(packed) as rows:
                found = sum(chunk.count(b"\n") for chunk in chunks_of(rows))
        except (OSError, EOFError, KeyError):
            raise damaged(member) from None
        if found != expected:
            raise damaged(member)
        progress("verify", number + 1, len(manifest.row_counts))


class _Counted:
    """An open dump that tells how much of it was read."""

    def __init__(self, file: Readable, progress: Progress, total: int) -> None:
        self._file, self._progress, self._total, self._done = file, progress, total, 0

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes."""
        chunk = self._file.read(size)
        self._done += len(chunk)
        self._progress("restore", self._done, self._total)
        return chunk


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _write_report(path: Path, result: Verification) -> None:
    target = report_path(path)
    draft = target.with_name(f".{target.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(result), file)
    draft.replace(target)
