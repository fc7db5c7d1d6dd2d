"""The server process itself: launch, wait, recognise, end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import psutil

from banyan.core.database.account import ServiceAccount
from banyan.core.database.binaries import PostgresBinaries
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.errors import early_gettext_lazy as _
from banyan.core.database.failures import explain_log

PID_FILE = "postmaster.pid"
STATUS_LINE = 7
POLL_SECONDS = 0.01

# Recovery after a crash reads what was written since the last checkpoint, at most 2 GB.
READY_SECONDS = 300
SHUTDOWN_SECONDS = 60

# A killed postmaster leaves children that notice within moments; the server refuses to start before.
LEFTOVER_SECONDS = 20
RETRY_SECONDS = 0.05
LEFTOVERS = "pre-existing shared memory block"
LOCK_FILE = re.compile(r'lock file "([^"]+)" already exists')

LOG_BYTES = 10 * 1024**2

# The servers that this process started, so that they are collected when they have ended.
_children: dict[int, subprocess.Popen[bytes]] = {}


def running_pid(data_directory: Path) -> int | None:
    """Return the process id of the server that works on the folder, or None.

    A pid file alone proves nothing: after a crash its number may belong to any other program.
    """
    try:
        pid = int((data_directory / PID_FILE).read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return pid if _is_server(pid, data_directory) else None


def launch(data_directory: Path, binaries: PostgresBinaries, account: ServiceAccount, *, log_file: Path) -> int:
    """Start the server and return its process id once it accepts connections.

    Raises:
        DatabaseUnavailable: It gave up; its log is explained.
    """
    _rotate(log_file)
    _collect_children()
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while True:
        begin = log_file.stat().st_size if log_file.exists() else 0
        process = _spawn(data_directory, binaries, account, log_file)
        if _became_ready(process, data_directory):
            _children[process.pid] = process
            return process.pid
        story = _log_since(log_file, begin)
        lock_file = LOCK_FILE.search(story)
        if time.monotonic() > deadline or not (lock_file or LEFTOVERS in story):
            raise explain_log(story, data_directory, log_file)
        if lock_file and _belongs_to_nobody(data_directory):
            # Its number was given to another program, or to a server that is just dying.
            (data_directory / lock_file[1]).unlink(missing_ok=True)
        time.sleep(RETRY_SECONDS)


def wait_until_ready(data_directory: Path, pid: int, *, log_file: Path) -> None:
    """Wait until a server that somebody else started accepts connections.

    Raises:
        DatabaseUnavailable: It ended, or did not become ready.
    """
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(data_directory, pid):
        if time.monotonic() > deadline or not _is_server(pid, data_directory):
            raise explain_log(_log_since(log_file, -4096), data_directory, log_file)
        time.sleep(POLL_SECONDS)


def shut_down(data_directory: Path) -> bool:
    """End the server: sessions are cut, what was confirmed is on disk. Say whether there was one."""
    pid = running_pid(data_directory)
    if pid is None:
        return False
    server = psutil.Process(pid)
    try:
        # SIGINT is PostgreSQL's fast shutdown; SIGQUIT its immediate one, after which it recovers.
        for order in (signal.SIGINT, signal.SIGQUIT):
            server.send_signal(order)
            if _ended(pid, data_directory):
                return True
    except psutil.NoSuchProcess:
        return True
    finally:
        _collect_children()
    raise DatabaseUnavailable(
        _("The built-in database does not stop."), _("Restart the machine; nothing that was saved is lost.")
    )


def _spawn(
    data_directory: Path, binaries: PostgresBinaries, account: ServiceAccount, log_file: Path
) -> subprocess.Popen[bytes]:
    with log_file.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - a program of PostgreSQL
            [binaries.program("postgres"), "-D", str(data_directory)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            # Ctrl-C in the terminal is meant for Banyan, which then stops the server in good order.
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            **account.process_options(),
        )


def _became_ready(process: subprocess.Popen[bytes], data_directory: Path) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None:
        if _is_ready(data_directory, process.pid):
            return True
        if time.monotonic() > deadline:
            process.terminate()
            process.wait(SHUTDOWN_SECONDS)
        time.sleep(POLL_SECONDS)
    return False


def _is_ready(data_directory: Path, pid: int) -> bool:
    try:
        lines = (data_directory / PID_FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > STATUS_LINE and lines[0] == str(pid) and lines[STATUS_LINE].strip() == "ready"


def _is_server(pid: int, data_directory: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.name().startswith("postgres")
            and str(data_directory) in process.cmdline()
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _belongs_to_nobody(data_directory: Path) -> bool:
    """Say whether no process of any server has the folder open, so that its pid file is stale for sure."""
    for process in psutil.process_iter(["name"]):
        try:
            if str(process.info["name"]).startswith("postgres") and process.cwd() == str(data_directory):
                return False
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            return False
    return True


def _ended(pid: int, data_directory: Path) -> bool:
    """Wait for the end; one that its parent has not collected yet has ended too."""
    deadline = time.monotonic() + SHUTDOWN_SECONDS
    while _is_server(pid, data_directory):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _collect_children() -> None:
    for pid, process in list(_children.items()):
        if process.poll() is not None:
            del _children[pid]


def _rotate(log_file: Path) -> None:
    if log_file.exists() and log_file.stat().st_size > LOG_BYTES:
        log_file.replace(log_file.with_suffix(".old.log"))


def _log_since(log_file: Path, begin: int) -> str:
    if not log_file.exists():
        return ""
    with log_file.open("rb") as file:
        file.seek(begin if begin >= 0 else max(0, log_file.stat().st_size + begin))
        return file.read().decode("utf-8", "replace")
