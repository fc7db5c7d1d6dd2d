"""How long a whole installation takes to start, and how much memory it holds while nobody uses it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from banyan.demo.measuring.figures import Figure
from banyan.demo.measuring.programs import run_banyan

LONGEST_START = 60.0
SETTLING_SECONDS = 5.0
MEGABYTE = 1024**2


def start_and_memory() -> Iterator[Figure]:
    """Make an installation of its own with the built-in database, start it, and look at its processes."""
    with tempfile.TemporaryDirectory(prefix="banyan-measure-") as folder:
        environment = {"BANYAN_HOME": folder, "PORT": str(_free_port()), "DATABASE_URL": "", "DATABASE_OWNER_URL": ""}
        run_banyan("init", environment=environment)
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "banyan.cli", "serve"],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for_answer(f"http://127.0.0.1:{environment['PORT']}/readyz", started)
            seconds = time.perf_counter() - started
            time.sleep(SETTLING_SECONDS)
            memory = _memory_of(process.pid, Path(folder))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
    yield Figure("cold start, database included", round(seconds, 2), "s", bound=4)
    yield Figure("idle installation, memory of all processes", round(memory / MEGABYTE), "MB", bound=450)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_answer(url: str, started: float) -> None:
    while time.perf_counter() - started < LONGEST_START:
        with suppress(OSError), urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 loopback
            if answer.status == 200:
                return
        time.sleep(0.02)
    raise TimeoutError(f"{url} did not answer within {LONGEST_START:.0f} s.")


def _memory_of(server: int, home: Path) -> int:
    """Return the bytes that the server, its worker and its database hold; what they share counts once."""
    database = int((home / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
    families = (psutil.Process(pid) for pid in (server, database))
    processes = {process for first in families for process in (first, *first.children(recursive=True))}
    return sum(_own_memory(process) for process in processes)


def _own_memory(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        memory = process.memory_full_info()
        return int(getattr(memory, "pss", memory.rss))
    return 0
