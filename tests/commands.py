"""``banyan`` on the command line of a data folder, in processes of their own.

A start takes a second and a half to load the product. Commands without settings of their own come from a process that
has loaded it once and forks for each: nothing else differs, and those with settings start from nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.installation import FOREIGN, ROOT

#: What a command reads when it runs, not when the product is loaded.
LATE = frozenset({"LC_ALL"})


class Commands:
    """Runs commands in a data folder whose database runs; settings are given for a single command."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._loaded: subprocess.Popen[str] | None = None

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command and return what came of it."""
        if not settings.keys() <= LATE:
            return self.start(*arguments, **settings)
        with tempfile.TemporaryDirectory(prefix="banyan-command-") as folder:
            order = {"arguments": arguments, "settings": settings, "folder": folder}
            code = self._ask(order)
            said = {name: (Path(folder) / name).read_text(encoding="utf-8") for name in ("stdout", "stderr")}
        return subprocess.CompletedProcess(arguments, code, **said)

    def start(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a process that loads everything for itself."""
        return subprocess.run(  # noqa: S603 our own program
            [sys.executable, "-m", "banyan.cli", *arguments],
            cwd=ROOT, env=self._environment(settings), capture_output=True, text=True, check=False,
        )  # fmt: skip

    def end(self) -> None:
        """End the process that commands come from."""
        if self._loaded is not None:
            self._loaded.communicate()
            self._loaded = None

    def _ask(self, order: Mapping[str, Any]) -> int:
        if self._loaded is None:
            self._loaded = subprocess.Popen(
                [sys.executable, "-m", "tests.commands"],
                cwd=ROOT, env=self._environment({}), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        assert self._loaded.stdin is not None
        assert self._loaded.stdout is not None
        self._loaded.stdin.write(json.dumps(order) + "\n")
        self._loaded.stdin.flush()
        return int(self._loaded.stdout.readline())

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return {**kept, "BANYAN_HOME": str(self.home), "LC_ALL": "C.UTF-8", **settings}


def serve_orders() -> None:
    """Load the product, then fork for each line of standard input and answer with the exit code of the command."""
    from banyan.cli.main import COMMANDS, main  # noqa: PLC0415 only in the process that commands come from
    from banyan.cli.starting import open_installation  # noqa: PLC0415

    open_installation(start_database=False)
    for name in ("doctor", "keys"):
        __import__(COMMANDS[name][0])
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ.update(order["settings"])
            for name, number in (("stdout", 1), ("stderr", 2)):
                file = os.open(Path(order["folder"]) / name, os.O_WRONLY | os.O_CREAT, 0o600)
                os.dup2(file, number)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            main(order["arguments"], prog_name="banyan")
        _child, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve_orders()
