"""A scanner for malware in a process of its own: clamd where it is installed, else one that speaks as clamd does.

Both know the test text of all scanners (EICAR) and nothing else.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banyan.core.files.scanning import harmless_test
from tests.installation import free_port, wait_until

MOST_BYTES = 50 * 1024 * 1024
PATH = "/usr/sbin:/usr/local/sbin:/usr/bin"


@contextmanager
def running_scanner(folder: Path) -> Iterator[tuple[str, str]]:
    """Run a scanner; give its address over TCP and that of its socket."""
    port, path = free_port(), folder / "scanner.socket"
    folder.mkdir(parents=True, exist_ok=True)
    program = shutil.which("clamd") or shutil.which("clamd", path=PATH)
    stand_in = [sys.executable, "-m", "tests.scanner_process", str(port), str(path)]
    command = _clamd(program, folder, port, path) if program else stand_in
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        wait_until(lambda: process.poll() is not None or _answers(port), what=f"the start of {command[0]}")
        assert process.poll() is None, f"{command[0]} ended at once"
        yield f"tcp://127.0.0.1:{port}", f"unix://{path}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def _clamd(program: str, folder: Path, port: int, path: Path) -> list[str]:
    (folder / "signatures").mkdir()
    (folder / "signatures/own.ndb").write_text(f"Test-Of-All-Scanners:0:*:{harmless_test().hex()}\n")
    (folder / "clamd.conf").write_text(
        f"LocalSocket {path}\nTCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {folder}/signatures\n"
        f"Foreground yes\nStreamMaxLength {MOST_BYTES}\n"
    )
    return [program, "-c", str(folder / "clamd.conf")]


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
