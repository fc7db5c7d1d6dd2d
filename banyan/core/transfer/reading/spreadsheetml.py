"""The XML workbooks of Excel 2003, which many Chinese systems still export under the name .xls."""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import IO, BinaryIO

from banyan.core.transfer.cells import Cell, without_harmful
from banyan.core.transfer.reading.grid import GridReader, GridSource
from banyan.core.transfer.reading.numbers import PLAIN, cell_of_number
from banyan.core.transfer.reading.source import Limits

_NAMESPACE = b"urn:schemas-microsoft-com:office:spreadsheet"


def looks_like_spreadsheetml(head: bytes) -> bool:
    """Say whether the beginning of a file is that of an XML workbook."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and _NAMESPACE in head and b"<html" not in head.lower()


class SpreadsheetML(GridSource):
    """One sheet of an Excel 2003 XML workbook."""

    format = "xml"

    def __init__(self, file: BinaryIO, *, sheet: str | None, limits: Limits) -> None:
        """Refuse a damaged document and a sheet that does not exist."""
        self._file = file
        super().__init__(sheet=sheet, limits=limits)

    def _new_reader(self, *, wanted: int | None) -> GridReader:
        return _WorkbookReader(self._limits, wanted=wanted)

    def _open(self) -> IO[bytes]:
        # A view of its own, so that closing the stream leaves the file open for the next reading.
        self._file.seek(0)
        return _Unowned(self._file)


class _Unowned(io.RawIOBase, IO[bytes]):
    """A file that stays open when it is closed here, with a position of its own."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offset = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self._file.seek(self._offset)
        chunk = self._file.read(size)
        self._offset += len(chunk)
        # Blanks before the XML declaration are common in generated files, and an error to the parser.
        return chunk.lstrip() if self._offset == len(chunk) else chunk


class _WorkbookReader(GridReader):
    def __init__(self, limits: Limits, *, wanted: int | None) -> None:
        super().__init__(limits, wanted=wanted)
        self._column = -1
        self._merged = 0
        self._kind = "String"
        self._pieces: list[str] = []
        self._is_taking = False
        self._value: Cell = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Data":
            self._kind = attributes.get("Type", "String")
            self._is_taking = True
        elif name == "Cell":
            self._column = _index(attributes.get("Index"), self._column + 2) - 1
            self._merged = _index(attributes.get("MergeAcross"), 0)
            self._value = None
        elif name == "Row":
            index = attributes.get("Index")
            self.begin_row(_index(index, 1) if index else None)
            self._column = -1
        elif name == "Worksheet":
            self.begin_sheet(without_harmful(attributes.get("Name", "")))

    def end(self, name: str) -> None:
        if name == "Data":
            self._is_taking = False
            self._value = _cell_of(self._kind, "".join(self._pieces))
            self._pieces = []
        elif name == "Cell":
            self.put(self._column, self._value)
            self._column += self._merged
        elif name == "Row":
            self.end_row()

    def text(self, text: str) -> None:
        if self._is_taking:
            self._pieces.append(text)


def _index(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 8 else default


def _cell_of(kind: str, text: str) -> Cell:
    if kind == "Number":
        return cell_of_number(text.strip(), PLAIN)
    if kind == "Boolean":
        return text.strip() == "1"
    if kind == "DateTime":
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            return without_harmful(text)
        return moment.date() if moment.time() == time() else moment
    return without_harmful(text) or None
