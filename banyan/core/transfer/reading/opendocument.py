"""ODS workbooks of LibreOffice, OpenOffice and WPS."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from banyan.core.transfer.cells import Cell, NumberedCells, without_harmful
from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.grid import GridReader, GridSource
from banyan.core.transfer.reading.numbers import PLAIN, cell_of_number
from banyan.core.transfer.reading.source import Limits

_CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")


class OpenDocument(GridSource):
    """One sheet of an ODS workbook."""

    format = "ods"

    def __init__(self, archive: zipfile.ZipFile, *, sheet: str | None, limits: Limits) -> None:
        """Refuse an encrypted workbook and a sheet that does not exist."""
        self._archive = archive
        if _MANIFEST in archive.namelist() and b"encryption-data" in archive.read(_MANIFEST)[:1_000_000]:
            raise refusals.password_protected()
        super().__init__(sheet=sheet, limits=limits)

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()

    def _new_reader(self, *, wanted: int | None) -> GridReader:
        return _ContentReader(self._limits, wanted=wanted)

    def _open(self) -> IO[bytes]:
        return self._archive.open(_CONTENT)

    def _read(self, reader: GridReader) -> Iterator[NumberedCells]:
        try:
            yield from super()._read(reader)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise refusals.broken(str(error)) from None


class _ContentReader(GridReader):
    def __init__(self, limits: Limits, *, wanted: int | None) -> None:
        super().__init__(limits, wanted=wanted)
        self._column = 0
        self._repeats = 1
        self._row_repeats = 1
        self._attributes: dict[str, str] = {}
        self._paragraphs: list[str] = []
        self._pieces: list[str] = []
        self._is_in_cell = False
        self._annotations = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in {"table-cell", "covered-table-cell"}:
            self._attributes = attributes
            self._repeats = _count(attributes.get("number-columns-repeated"))
            self._paragraphs = []
            self._is_in_cell = True
        elif name == "p":
            self._pieces = []
        elif name == "s":
            self._pieces.append(" " * min(_count(attributes.get("c")), 1000))
        elif name == "tab":
            self._pieces.append("\t")
        elif name == "line-break":
            self._pieces.append("\n")
        elif name == "table-row":
            self._column = 0
            self._row_repeats = _count(attributes.get("number-rows-repeated"))
            self.begin_row()
        elif name == "table":
            self.begin_sheet(without_harmful(attributes.get("name", "")))
        elif name == "annotation":
            self._annotations += 1

    def end(self, name: str) -> None:
        if name == "p":
            # A comment is drawn over its cell and is not its value.
            if self._is_in_cell and not self._annotations:
                self._paragraphs.append("".join(self._pieces))
        elif name in {"table-cell", "covered-table-cell"}:
            self.put(self._column, self._value(), repeats=self._repeats)
            self._column += self._repeats
            self._is_in_cell = False
        elif name == "table-row":
            self.end_row(repeats=self._row_repeats)
        elif name == "annotation":
            self._annotations -= 1

    def text(self, text: str) -> None:
        if self._is_in_cell and not self._annotations:
            self._pieces.append(text)

    def _value(self) -> Cell:
        attributes = self._attributes
        kind = attributes.get("value-type")
        if kind in ("float", "currency", "percentage"):
            return cell_of_number(attributes.get("value", ""), PLAIN)
        if kind == "boolean":
            return attributes.get("boolean-value") == "true"
        if kind == "date":
            return _moment(attributes.get("date-value", ""))
        shown = without_harmful("\n".join(self._paragraphs))
        if kind == "time":
            return _clock(attributes.get("time-value", "")) or shown
        return shown or without_harmful(attributes.get("string-value", "")) or None


def _count(repeated: str | None) -> int:
    return int(repeated) if repeated and repeated.isdecimal() and len(repeated) < 10 else 1


def _moment(text: str) -> Cell:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return without_harmful(text) or None
    return moment if "T" in text else moment.date()


def _clock(text: str) -> str:
    found = _DURATION.fullmatch(text)
    if not found:
        return ""
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return f"{found[1]}{days * 24 + hours:02}:{minutes:02}:{seconds:02}"
