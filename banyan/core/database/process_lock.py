"""Locks between processes that the kernel releases when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RETRY_SECONDS = 0.02


class LockTimeout(Exception):
    """Another process kept the lock for longer than one wanted to wait."""


@contextmanager
def exclusive(path: Path, *, timeout_seconds: float) -> Iterator[None]:
    """Run the block while no other process holds the lock file.

    Raises:
        LockTimeout: It was not released in time.
    """
    descriptor = _open(path)
    deadline = time.monotonic() + timeout_seconds
    try:
        while not _try(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise LockTimeout(str(path))
            time.sleep(RETRY_SECONDS)
        yield
    finally:
        os.close(descriptor)


class SharedUse:
    """This process's mark on a lock file that it uses something, together with others."""

    def __init__(self, path: Path) -> None:
        self._descriptor: int | None = _open(path)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> bool:
        """Take the mark away and say whether it was the last one."""
        if self._descriptor is None:
            return False
        was_last = _try(self._descriptor, fcntl.LOCK_EX)
        # Forked children share the lock with us; closing alone would leave it to them.
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)
        self._descriptor = None
        return was_last


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
