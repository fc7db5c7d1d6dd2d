"""Banyan's own PostgreSQL server: initialised, started, found again, repaired and stopped.

It listens on a Unix socket in a folder that only its account may enter, and still asks for a
password (SCRAM). Trusting the socket alone would make the separation of the two roles depend on file
permissions, and the loopback port, used where sockets cannot be, is open to every local account. The
passwords lie in ``connection.json`` inside the data folder, readable by its owner alone.

Every process that uses the server holds a shared lock; whoever releases the last one stops the
server. A killed process releases its lock too, so nothing has to be counted or cleaned up.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils.text import format_lazy

from banyan.core.database import postmaster
from banyan.core.database.account import ServiceAccount, service_account
from banyan.core.database.binaries import PostgresBinaries, find_binaries
from banyan.core.database.cluster import Connection, create_cluster, read_connection, settle_connection
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.errors import early_gettext_lazy as _
from banyan.core.database.failures import disk_full, explain_os_error
from banyan.core.database.process_lock import LockTimeout, SharedUse, exclusive
from banyan.core.kernel.configuration import Configuration

logger = logging.getLogger(__name__)

LEAST_FREE_BYTES = 100 * 1024**2
START_LOCK_SECONDS = 300
WATCH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """How to reach the server, as owner of the tables and as the application."""

    owner_url: str
    application_url: str
    data_directory: Path
    pid: int


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What can be said of the built-in server without starting it."""

    is_initialised: bool
    pid: int | None
    data_directory: Path
    log_file: Path

    @property
    def is_running(self) -> bool:
        """Whether a server works on the data folder."""
        return self.pid is not None


_uses: dict[Path, tuple[int, SharedUse]] = {}
_guard = threading.RLock()


def ensure_running(configuration: Configuration) -> ServerAddress:
    """Start the built-in server, or find the running one, and keep it until ``stop`` or the process's end.

    The first call ever makes the data folder, the two roles and an empty database. Calling it again
    is cheap, and repairs: a server that was killed is started anew and recovers by itself.

    Raises:
        DatabaseUnavailable: The folder, disk, port, version or account prevents it.
    """
    home = configuration.home.resolve()
    with _guard, _explained(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_full_disk(home)
        with exclusive(home / "postgres.lock", timeout_seconds=START_LOCK_SECONDS):
            address = _start(configuration, home)
            _mark_use(home)
        return address


def stop(configuration: Configuration) -> bool:
    """Give up the server and stop it, unless another process still uses it.

    Returns:
        Whether the server was stopped: sessions end, what was confirmed is on disk.
    """
    home = configuration.home.resolve()
    with _guard:
        process_id, use = _uses.pop(home, (0, None))
        # A forked child inherits the entry, but the lock belongs to its parent.
        if use is None or process_id != os.getpid():
            return False
        with _explained(home), exclusive(home / "postgres.lock", timeout_seconds=START_LOCK_SECONDS):
            return use.release() and postmaster.shut_down(home / "postgres")


def status(configuration: Configuration) -> ServerStatus:
    """Tell whether the server is initialised and running, without changing either."""
    data_directory = configuration.home.resolve() / "postgres"
    try:
        return ServerStatus(
            is_initialised=(data_directory / "PG_VERSION").exists(),
            pid=postmaster.running_pid(data_directory),
            data_directory=data_directory,
            log_file=_log_file(configuration.home.resolve()),
        )
    except PermissionError as error:
        raise explain_os_error(error, data_directory) from error


def keep_running(configuration: Configuration, *, interval_seconds: float = WATCH_SECONDS) -> threading.Event:
    """Watch the server from a background thread and start it again when it has gone.

    Returns:
        The event to set when it shall no longer be watched; set it before ``stop``.
    """
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(interval_seconds):
            try:
                if not status(configuration).is_running and not ended.is_set():
                    logger.error("The built-in PostgreSQL has gone; starting it again.")
                    ensure_running(configuration)
            except DatabaseUnavailable as error:
                logger.error("The built-in PostgreSQL cannot be started: %s", error)  # noqa: TRY400 - it explains itself

    threading.Thread(target=watch, name="banyan-postgres-watch", daemon=True).start()
    return ended


def known_connection(configuration: Configuration) -> Connection | None:
    """Return the connection of an initialised server, running or not; None when there is none yet."""
    data_directory = configuration.home.resolve() / "postgres"
    try:
        return read_connection(data_directory)
    except OSError as error:
        raise explain_os_error(error, data_directory) from error


def _start(configuration: Configuration, home: Path) -> ServerAddress:
    data_directory = home / "postgres"
    account = service_account(data_directory)
    pid = postmaster.running_pid(data_directory)
    if pid is None:
        pid = _launch(configuration, home, account)
    else:
        postmaster.wait_until_ready(data_directory, pid, log_file=_log_file(home))
    connection = read_connection(data_directory)
    if connection is None:
        raise DatabaseUnavailable(
            format_lazy(_("{folder} holds a database that Banyan did not make."), folder=data_directory),
            _("Choose another BANYAN_HOME, or set DATABASE_URL to use that database."),
        )
    return ServerAddress(connection.owner_url, connection.application_url, data_directory, pid)


def _launch(configuration: Configuration, home: Path, account: ServiceAccount) -> int:
    data_directory = home / "postgres"
    binaries = find_binaries(configuration.postgres_binaries, major=_major_version(data_directory))
    account.open_way_to(data_directory)
    account.open_way_to(binaries.directory / "postgres")
    if not (data_directory / "PG_VERSION").exists():
        logger.info("Making the data folder of the built-in PostgreSQL %s in %s.", binaries.version, data_directory)
        create_cluster(home, binaries, account)
    settle_connection(home, account)
    return _run(home, binaries, account)


def _run(home: Path, binaries: PostgresBinaries, account: ServiceAccount) -> int:
    log_file = _log_file(home)
    log_file.parent.mkdir(mode=0o700, exist_ok=True)
    return postmaster.launch(home / "postgres", binaries, account, log_file=log_file)


def _major_version(data_directory: Path) -> int | None:
    version_file = data_directory / "PG_VERSION"
    return int(version_file.read_text().strip()) if version_file.exists() else None


def _log_file(home: Path) -> Path:
    return home / "logs" / "postgres.log"


def _mark_use(home: Path) -> None:
    process_id, _use = _uses.get(home, (0, None))
    if process_id == os.getpid():
        return
    if not _uses:
        atexit.register(_stop_all)
    _uses[home] = (os.getpid(), SharedUse(home / "postgres.users"))


def _stop_all() -> None:
    for home, (process_id, use) in list(_uses.items()):
        if process_id != os.getpid():
            continue
        del _uses[home]
        with exclusive(home / "postgres.lock", timeout_seconds=START_LOCK_SECONDS):
            if use.release():
                postmaster.shut_down(home / "postgres")


def _refuse_full_disk(home: Path) -> None:
    if shutil.disk_usage(home).free < LEAST_FREE_BYTES:
        raise disk_full(home)


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Turn what the operating system says into something an administrator can act upon."""
    try:
        yield
    except LockTimeout:
        raise DatabaseUnavailable(
            _("Another process has been starting or stopping the built-in database for five minutes."),
            format_lazy(_("See {log}, and end that process if it hangs."), log=_log_file(home)),
        ) from None
    except OSError as error:
        raise explain_os_error(error, home) from error
