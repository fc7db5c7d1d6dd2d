"""Running the command line from outside, to see what it costs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

MEGABYTE = 1024
#: Runs a program and says at the end how many kilobytes of memory it had at most.
_WEIGHED = """
import os, subprocess, sys
program = subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL)
_pid, status, usage = os.wait4(program.pid, 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


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
    # Between us and the program stands a small process: what is counted as a process's memory begins with that of the
    # process which started it, and this one has measured much before.
    done = subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-I", "-S", "-c", _WEIGHED, sys.executable, "-m", "banyan.cli", *arguments],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"banyan {' '.join(arguments)} failed: {done.stdout[-500:]}")
    return Run(done.stdout, time.perf_counter() - started, round(int(done.stderr) / MEGABYTE))
