"""Runs PostgreSQL's own programs for dumping and restoring a whole database."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from banyan.core.database.archive import Readable, chunks_of
from banyan.core.database.binaries import PostgresBinaries
from banyan.core.database.connections import plain_url
from banyan.core.database.errors import DatabaseUnavailable

ENVIRONMENT_NAMES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}

# Rights are given anew after a restore, because the other installation may name its roles differently.
NEUTRAL = ("--no-owner", "--no-privileges")


def dump(url: str, binaries: PostgresBinaries, *, snapshot: str) -> Iterator[bytes]:
    """Yield a dump of the database in PostgreSQL's custom format, as one transaction sees it.

    Args:
        url: The owner's address.
        binaries: Programs at least as new as the server.
        snapshot: The exported snapshot of an open transaction.

    Raises:
        DatabaseUnavailable: pg_dump failed; its own words are in the message.
    """
    options = ["--format=custom", f"--snapshot={snapshot}", "--no-password", *NEUTRAL]
    with tempfile.TemporaryFile() as errors:
        process = _start([binaries.program("pg_dump"), *options], url, stdout=subprocess.PIPE, stderr=errors)
        with process:
            try:
                yield from chunks_of(process.stdout)
            except BaseException:
                process.kill()
                raise
        _refuse_failure("pg_dump", process.returncode, errors)


def restore(url: str, binaries: PostgresBinaries, archive: Readable, *, before: Iterable[str]) -> None:
    """Load the public schema of a dump in one transaction: it arrives whole or not at all.

    pg_restore only translates the dump into SQL; psql runs it after the statements in ``before``, and
    is told to commit only when all was translated.

    Args:
        url: The owner's address.
        binaries: Programs at least as new as those that made the dump.
        archive: The open dump.
        before: SQL that makes room, in the same transaction.

    Raises:
        DatabaseUnavailable: It failed and nothing was changed; the message holds the reason.
    """
    translate = [binaries.program("pg_restore"), "--file=-", "--schema=public", *NEUTRAL]
    execute = [binaries.program("psql"), "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"]
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as translator_errors:
        psql = _start(execute, url, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        translator = _start(translate, url, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=translator_errors)
        with psql, translator:
            feeder = threading.Thread(target=_feed, args=(translator, archive), daemon=True)
            feeder.start()
            with contextlib.suppress(BrokenPipeError):
                _run_script(translator, psql, before)
            translator.kill()
            feeder.join()
        _refuse_failure("psql", psql.returncode, errors)
        _refuse_failure("pg_restore", translator.returncode, translator_errors)


def _feed(translator: subprocess.Popen[bytes], archive: Readable) -> None:
    """Give pg_restore the dump; it may stop reading early when it fails."""
    if translator.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError), translator.stdin as target:
        for chunk in chunks_of(archive):
            target.write(chunk)


def _run_script(translator: subprocess.Popen[bytes], psql: subprocess.Popen[bytes], before: Iterable[str]) -> None:
    if psql.stdin is None:
        return
    with psql.stdin as script:
        script.write(b"BEGIN;\n" + "".join(f"{statement};\n" for statement in before).encode())
        for number, chunk in enumerate(chunks_of(translator.stdout)):
            # Servers before version 17 do not know this setting, which newer programs write first.
            script.write(chunk if number else chunk.replace(b"SET transaction_timeout = 0;\n", b"", 1))
        if translator.wait() == 0:
            script.write(b"COMMIT;\n")


def _start(command: list[str], url: str, **streams: Any) -> subprocess.Popen[bytes]:
    """Start a program that finds address and password in its environment, where other users cannot look."""
    options = conninfo_to_dict(plain_url(url))
    address = {name: str(options[key]) for key, name in ENVIRONMENT_NAMES.items() if options.get(key)}
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": os.environ.get("HOME", "/"), **address}
    return subprocess.Popen(command, env=environment, **streams)  # noqa: S603 - a program of PostgreSQL


def _refuse_failure(program: str, returncode: int, errors: IO[bytes]) -> None:
    errors.seek(0)
    story = errors.read().decode("utf-8", "replace").strip()
    if returncode == 0:
        return
    reason = next((line for line in story.splitlines() if "ERROR" in line or "error" in line), story)
    advice = _("Nothing was changed. See the message of the database above.")
    if "row-level security" in story:
        advice = _(
            "The role in DATABASE_OWNER_URL needs the attribute BYPASSRLS to see the rows of every organization."
        )
    elif "lock timeout" in story:
        advice = _("Stop Banyan and its workers first; they still use the tables.")
    elif "server version mismatch" in story:
        advice = _("Set BANYAN_POSTGRES_BINARIES to programs at least as new as the server.")
    raise DatabaseUnavailable(format_lazy(_("{program} failed: {reason}"), program=program, reason=reason), advice)
