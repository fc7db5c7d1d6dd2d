"""What the operating system and the server's log say, in words an administrator can act upon."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Any

from django.utils.text import format_lazy

from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.errors import early_gettext_lazy as _

DISK_CODES = (errno.ENOSPC, errno.EDQUOT)
REFUSAL_CODES = (errno.EACCES, errno.EPERM, errno.EROFS)

# What the server writes into its log, and what that means.
LOG_MEANINGS: tuple[tuple[str, Any, Any], ...] = (
    (
        r"No space left on device|Disk quota exceeded",
        _("The disk of {path} is full."),
        _("Free some space, or move BANYAN_HOME to a larger disk; nothing that was saved is lost."),
    ),
    (
        r"database files are incompatible with server|was initialized by PostgreSQL version",
        _("The data folder {path} was made by another version of PostgreSQL."),
        _("Install that version again, make a backup and restore it with the new one."),
    ),
    (
        r"Address already in use|lock file \"[^\"]*\.s\.PGSQL[^\"]*\" already exists|could not create any",
        _("The address of the built-in database is taken by another program."),
        _("End the other PostgreSQL that uses the same socket or port, then start again."),
    ),
    (
        r"Permission denied|wrong ownership|invalid permissions|Read-only file system|Operation not permitted",
        _("The built-in database may not read or write {path}."),
        _("Give the folder back to the account that started Banyan first, and make it writable."),
    ),
    (
        r"could not create shared memory segment|Cannot allocate memory|could not map anonymous shared memory",
        _("There is not enough memory for the built-in database."),
        _("Give the machine or container at least 512 MB of memory."),
    ),
)


def disk_full(path: Path) -> DatabaseUnavailable:
    """Return the error for a disk without room for the database."""
    _pattern, message, advice = LOG_MEANINGS[0]
    return DatabaseUnavailable(format_lazy(message, path=path), advice)


def explain_os_error(error: OSError, path: Path) -> DatabaseUnavailable:
    """Return the explained form of an error that the operating system raised about the data folder."""
    if error.errno in DISK_CODES:
        return disk_full(path)
    place = error.filename or path
    if error.errno in REFUSAL_CODES:
        return DatabaseUnavailable(
            format_lazy(_("{path} cannot be written or read."), path=place),
            _("Make it writable for the account that starts Banyan, or set BANYAN_HOME to another folder."),
        )
    return DatabaseUnavailable(
        format_lazy(_("{path} cannot be used ({reason})."), path=place, reason=error.strerror or str(error)),
        _("Set BANYAN_HOME to a folder on a local disk."),
    )


def explain_connection_error(error: Exception) -> DatabaseUnavailable:
    """Return the explained form of an error that a server somewhere answered a connection with."""
    return DatabaseUnavailable(
        format_lazy(_("The database does not answer: {reason}"), reason=str(error).strip().split("\n")[0]),
        _("Start the database, or correct DATABASE_URL and DATABASE_OWNER_URL."),
    )


def explain_log(text: str, data_directory: Path, log_file: Path) -> DatabaseUnavailable:
    """Return the explained form of what the server or initdb wrote before it gave up."""
    for pattern, message, advice in LOG_MEANINGS:
        if re.search(pattern, text):
            return DatabaseUnavailable(format_lazy(message, path=data_directory), advice)
    fatal = re.findall(r"(?:FATAL|PANIC|error):\s+(.*)", text)
    return DatabaseUnavailable(
        format_lazy(
            _("The built-in database did not start: {reason}."),
            reason=fatal[-1].strip(" .") if fatal else _("the log tells no reason"),
        ),
        format_lazy(_("The whole story is in {log}."), log=log_file),
    )
