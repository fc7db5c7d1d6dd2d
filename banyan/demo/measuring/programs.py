"""Running the command line from outside, to see what it costs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

MEGABYTE = 1024


@dataclass(frozen=True)
class Run:
    """What a finished program printed, took and needed."""

    output: str
    seconds: float
    peak_megabytes: float


def run_banyan(*arguments: str, environment: Mapping[str, str] | None = None) -> Run:
    """Run ``banyan`` to its end in a process of its own.

    Raises:
        RuntimeError: It failed; the message holds what it said.
    """
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 our own program
        [sys.executable, "-m", "banyan.cli", *arguments],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    output = process.stdout.read() if process.stdout else ""
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"banyan {' '.join(arguments)} failed: {output[-500:]}")
    return Run(output, time.perf_counter() - started, round(usage.ru_maxrss / MEGABYTE))
