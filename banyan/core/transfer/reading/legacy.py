"""XLS workbooks of Excel 97 to 2003, read in a process of their own.

The library reserves memory for the outermost cell of a sheet, so that a small file can ask for more
than there is, and then it does not raise but ends the process. Here that process is a child with a
limit; its rows come back as lines of JSON in a temporary file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO, cast

from banyan.core.transfer.cells import Cell, NumberedCells, without_harmful
from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.numbers import exact
from banyan.core.transfer.reading.source import Limits, Source

_CHILD = Path(__file__).with_name("legacy_child.py")
_TIMEOUT_SECONDS = 300
_MARK_OF_ENCRYPTION = "EncryptedPackage".encode("utf-16-le")


class LegacyWorkbook(Source):
    """One sheet of an XLS workbook."""

    format = "xls"

    def __init__(self, file: BinaryIO, *, sheet: str | None, limits: Limits) -> None:
        """Convert the sheet; refuse encrypted workbooks and other files of the same container (DOC, MSG)."""
        self._limits = limits
        # A workbook with a password is an encrypted XLSX inside the old container.
        if _contains(file, _MARK_OF_ENCRYPTION):
            raise refusals.password_protected()
        self._converted = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  # closed with the source
        try:
            self._convert(file, sheet)
            summary = json.loads(self._converted.readline())
            self._start = self._converted.tell()
            self._check(summary, sheet)
        except BaseException:
            self._converted.close()
            raise
        self.sheets = summary["sheets"]
        self.sheet = summary["sheet"]
        self._count = summary["rows"]

    def rows(self) -> Iterator[NumberedCells]:
        """Yield the rows that hold anything."""
        offset = self._start
        while True:
            self._converted.seek(offset)
            line = self._converted.readline()
            if not line:
                return
            offset += len(line)
            number, values = json.loads(line)
            cells = [_cell_of(value) for value in values]
            if len(cells) > self._limits.columns and any(cell is not None for cell in cells[self._limits.columns :]):
                raise refusals.too_many_columns(self._limits.columns)
            yield NumberedCells(number, cells)

    def estimate_rows(self) -> int:
        """Return the number of the last row."""
        return cast("int", self._count)

    def close(self) -> None:
        """Delete the converted rows."""
        self._converted.close()

    def _convert(self, file: BinaryIO, sheet: str | None) -> None:
        file.seek(0)
        command = [sys.executable, "-I", str(_CHILD), *([sheet] if sheet is not None else [])]
        try:
            subprocess.run(  # noqa: S603  # our own program; the sheet is an argument, never a command
                command,
                stdin=file,
                stdout=self._converted,
                stderr=subprocess.DEVNULL,
                timeout=_TIMEOUT_SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired:
            raise refusals.too_large(self._limits.file_bytes) from None
        except subprocess.CalledProcessError as error:
            raise refusals.broken(f"the reader ended with {error.returncode}") from None
        self._converted.seek(0)

    def _check(self, summary: dict[str, Any], sheet: str | None) -> None:
        match summary.get("refused"):
            case "password":
                raise refusals.password_protected()
            case "sheet":
                raise refusals.missing_sheet(sheet or "", summary["sheets"])
            case "empty":
                raise refusals.empty_file()
            case "format":
                raise refusals.not_a_table()


def _contains(file: BinaryIO, mark: bytes) -> bool:
    file.seek(0)
    # The directory of the container lies anywhere, but a workbook of this kind is small.
    rest = b""
    while chunk := file.read(1 << 20):
        if mark in rest + chunk:
            return True
        rest = chunk[-len(mark) :]
    return False


def _cell_of(value: Any) -> Cell:
    if isinstance(value, str):
        return without_harmful(value) or None
    if isinstance(value, float):
        return exact(value)
    if isinstance(value, dict):
        moment = datetime.fromisoformat(value["moment"])
        return date(moment.year, moment.month, moment.day) if moment.time() == time() else moment
    return cast("Cell", value)
