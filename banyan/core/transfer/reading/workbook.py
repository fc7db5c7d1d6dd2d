"""XLSX workbooks, streamed cell by cell.

Written here rather than taken from a library: those we know build the whole sheet in memory,
sized by its outermost cell, so that two cells in opposite corners end the process.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

from banyan.core.transfer.cells import NumberedCells
from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.markup import Markup
from banyan.core.transfer.reading.numbers import NumberFormat
from banyan.core.transfer.reading.source import Limits, Source
from banyan.core.transfer.reading.workbook_parts import (
    Listing,
    Relations,
    SharedStrings,
    SheetEntry,
    StringsReader,
    Styles,
)
from banyan.core.transfer.reading.worksheet import CellValues, sheet_rows

_DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="[A-Z]+\d+:[A-Z]+(\d+)"')
_ROW_TAG = re.compile(rb"<(?:\w+:)?row[ >]")
_HEAD_BYTES = 4096
_CHUNK_BYTES = 1 << 20


class Workbook(Source):
    """One sheet of an XLSX workbook."""

    format = "xlsx"

    def __init__(self, archive: zipfile.ZipFile, *, sheet: str | None, limits: Limits) -> None:
        """Read the list of sheets and the formats; refuse a workbook without sheets or without the one asked for."""
        self._archive = archive
        self._limits = limits
        part = self._workbook_part()
        relations = self._relations(part)
        listing = Listing(relations)
        self._collect(part, listing)
        entries = [entry for entry in listing.sheets if entry.is_visible] or listing.sheets
        if not entries:
            raise refusals.empty_file()
        self.sheets = [entry.name for entry in entries]
        self._values = CellValues(
            self._read_strings(relations), self._read_formats(relations), from_1904=listing.from_1904
        )
        self._entry = self._choose(entries, sheet)
        self.sheet = self._entry.name

    def rows(self) -> Iterator[NumberedCells]:
        """Yield the rows that hold anything, with the number that the spreadsheet shows."""
        return self._rows_of(self._entry)

    def estimate_rows(self) -> int:
        """Return the number of the last row as the sheet declares it, or else the count of its rows."""
        with self._open(self._entry.part) as stream:
            declared = _DIMENSION.search(stream.read(_HEAD_BYTES))
        if declared:
            return int(declared[1])
        count = 0
        with self._open(self._entry.part) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                count += len(_ROW_TAG.findall(chunk))
        return count

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()

    def _rows_of(self, entry: SheetEntry) -> Iterator[NumberedCells]:
        try:
            yield from sheet_rows(lambda: self._open(entry.part), self._values, self._limits)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise refusals.broken(str(error)) from None

    def _choose(self, entries: list[SheetEntry], wanted: str | None) -> SheetEntry:
        if wanted is not None:
            for entry in entries:
                if entry.name == wanted:
                    return entry
            raise refusals.missing_sheet(wanted, self.sheets)
        return next((entry for entry in entries if self._is_filled(entry)), entries[0])

    def _is_filled(self, entry: SheetEntry) -> bool:
        return any(True for _ in self._rows_of(entry))

    def _workbook_part(self) -> str:
        for target in self._relations("").values():
            if target.endswith("workbook.xml"):
                return target
        return "xl/workbook.xml"

    def _relations(self, part: str) -> dict[str, str]:
        """Return the parts that a part refers to, by id."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        relations = Relations(folder)
        if path in self._archive.namelist():
            self._collect(path, relations)
        return dict(relations.targets)

    def _read_formats(self, relations: dict[str, str]) -> list[NumberFormat]:
        styles = Styles()
        for part in relations.values():
            if part.endswith("styles.xml") and part in self._archive.namelist():
                self._collect(part, styles)
        return styles.formats

    def _read_strings(self, relations: dict[str, str]) -> SharedStrings:
        strings = SharedStrings()
        for part in relations.values():
            if part.lower().endswith("sharedstrings.xml") and part in self._archive.namelist():
                if self._archive.getinfo(part).file_size > self._limits.shared_text_bytes:
                    raise refusals.too_large(self._limits.shared_text_bytes)
                self._collect(part, StringsReader(strings, self._limits))
        return strings

    def _collect(self, part: str, reader: Markup[Any]) -> None:
        try:
            with self._open(part) as stream:
                for _ in reader.read(stream):
                    continue
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError) as error:
            raise refusals.broken(str(error)) from None

    def _open(self, part: str) -> IO[bytes]:
        try:
            return self._archive.open(part)
        except (KeyError, zipfile.BadZipFile) as error:
            raise refusals.broken(str(error)) from None
