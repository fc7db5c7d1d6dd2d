"""The operating system account of the built-in server, because PostgreSQL refuses to run as root."""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.text import format_lazy

from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.errors import early_gettext_lazy as _

logger = logging.getLogger(__name__)

ACCOUNT = "banyan"
# Tried in this order; the second one exists where the machine's own PostgreSQL is installed.
EXISTING_ACCOUNTS = (ACCOUNT, "postgres")
CREATE_COMMANDS = (
    ("useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false", ACCOUNT),
    ("adduser", "-S", "-D", "-H", "-s", "/bin/false", ACCOUNT),
)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Who runs the server and owns its folders."""

    name: str
    user_id: int
    group_id: int
    is_other: bool

    def process_options(self) -> dict[str, Any]:
        """Return what ``subprocess.Popen`` needs to run a program as this account."""
        if not self.is_other:
            return {}
        return {"user": self.user_id, "group": self.group_id, "extra_groups": []}

    def own(self, path: Path, *, mode: int) -> None:
        """Give a file or folder to the account, with these permissions.

        Raises:
            DatabaseUnavailable: The file system keeps no owners or permissions.
        """
        try:
            if self.is_other:
                os.chown(path, self.user_id, self.group_id)
            path.chmod(mode)
            found = path.stat()
        except PermissionError:
            raise _no_permissions(path) from None
        if stat.S_IMODE(found.st_mode) != mode or found.st_uid != self.user_id:
            raise _no_permissions(path)

    def can_pass(self, folder: Path) -> bool:
        """Say whether the account may go through a folder to what lies below."""
        if not self.is_other:
            return True
        found = folder.stat()
        if found.st_uid == self.user_id:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.group_id:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)

    def open_way_to(self, path: Path) -> None:
        """Let the account go through each folder above ``path``; what they contain stays unlisted.

        A data folder below /root is useless to any other account otherwise.
        """
        for folder in reversed(path.parents):
            if not self.can_pass(folder):
                logger.warning("Folder %s may now be passed through, not listed, by other accounts.", folder)
                folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)


def service_account(data_directory: Path) -> ServiceAccount:
    """Return the current account, or, for root, one that may run a server.

    An existing data folder stays with its owner. Otherwise ``banyan`` or ``postgres`` is used, and
    ``banyan`` is created when neither exists.

    Raises:
        DatabaseUnavailable: The folder belongs to somebody else, or no account can be created.
    """
    owner = data_directory.stat().st_uid if data_directory.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise DatabaseUnavailable(
                format_lazy(_("The data folder {folder} belongs to another account."), folder=data_directory),
                _("Start Banyan as the account that started it first, or choose another BANYAN_HOME."),
            )
        return ServiceAccount(str(os.geteuid()), os.geteuid(), os.getegid(), is_other=False)
    if owner:
        return _account(pwd.getpwuid(owner))
    for name in EXISTING_ACCOUNTS:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    return _create_account()


def _account(entry: pwd.struct_passwd) -> ServiceAccount:
    return ServiceAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=True)


def _create_account() -> ServiceAccount:
    for command in CREATE_COMMANDS:
        if shutil.which(command[0]):
            logger.info("Creating the system account %s, which runs the built-in PostgreSQL.", ACCOUNT)
            subprocess.run(command, check=False, capture_output=True, timeout=60)  # noqa: S603 - constants above
            try:
                return _account(pwd.getpwnam(ACCOUNT))
            except KeyError:
                continue
    raise DatabaseUnavailable(
        _("PostgreSQL refuses to run as root, and no account for it could be created."),
        _("Start Banyan as an ordinary user, or create a system account named banyan."),
    )


def _no_permissions(path: Path) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        format_lazy(_("The file system of {path} does not keep owners and permissions."), path=path),
        _("PostgreSQL needs them to protect your data: set BANYAN_HOME to a folder on a local disk."),
    )
