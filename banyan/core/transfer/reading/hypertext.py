"""HTML tables, which many web systems export under the name .xls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import BinaryIO

from banyan.core.kernel.errors import Refused
from banyan.core.transfer.cells import Cell, NumberedCells, without_harmful
from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.encodings import DecodedText, decoded
from banyan.core.transfer.reading.source import Limits, Source

_OPENING = re.compile(rb"<(!doctype\s+html|html|head|body|meta|table|style|div)[\s>]", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BREAKING = frozenset({"br", "p", "div", "li"})
_SILENT = frozenset({"script", "style", "title"})


def looks_like_hypertext(head: bytes) -> bool:
    """Say whether the beginning of a file, in whatever encoding, is that of a page with a table."""
    narrow = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    return narrow.startswith(b"<") and _OPENING.search(narrow) is not None


class HypertextTables(Source):
    """One table of an HTML page; the sheets are its tables, called 1, 2, 3."""

    format = "html"

    def __init__(self, file: BinaryIO, *, sheet: str | None, encoding: str | None, limits: Limits) -> None:
        """Count the tables; the one with the most rows is taken unless another is asked for."""
        self._limits = limits
        self._text = _decoded_page(file, encoding)
        self.encoding = self._text.encoding
        counts: dict[int, int] = {}
        for table, _ in self._all_rows():
            counts[table] = counts.get(table, 0) + 1
        if not counts:
            raise refusals.empty_file()
        self.sheets = [str(table) for table in counts]
        if sheet is not None and sheet not in self.sheets:
            raise refusals.missing_sheet(sheet, self.sheets)
        self.sheet = sheet or str(max(counts, key=lambda table: counts[table]))
        self._chosen = int(self.sheet)
        self._count = counts[self._chosen]

    @property
    def unreadable_characters(self) -> int:  # type: ignore[override]  # counted while decoding
        """How many characters could not be decoded so far."""
        return self._text.unreadable

    def rows(self) -> Iterator[NumberedCells]:
        """Yield the rows of the table that hold anything."""
        for table, row in self._all_rows():
            if table == self._chosen:
                yield row

    def estimate_rows(self) -> int:
        """Return the number of rows: they were counted while opening."""
        return self._count

    def _all_rows(self) -> Iterator[tuple[int, NumberedCells]]:
        parser = _TableParser(self._limits)
        for chunk in self._text.chunks():
            parser.feed(chunk)
            yield from parser.take()
        parser.close()
        parser.finish()
        yield from parser.take()


def _decoded_page(file: BinaryIO, encoding: str | None) -> DecodedText:
    """Believe the page about its encoding unless its bytes contradict it."""
    file.seek(0)
    declared = _CHARSET.search(file.read(4096))
    if encoding is None and declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        try:
            return decoded(file, declared[1].decode("ascii"))
        except Refused:
            return decoded(file)
    return decoded(file, encoding)


class _TableParser(HTMLParser):
    """Gathers the rows of the outermost tables; a table inside a cell is part of the text of that cell."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self._limits = limits
        self._ready: list[tuple[int, NumberedCells]] = []
        self._table = 0
        self._depth = 0
        self._number = 0
        self._row: list[Cell] | None = None
        self._pieces: list[str] | None = None
        self._columns_spanned = 1
        self._silent = 0
        # For each column that a cell of an earlier row reaches down into: the rows still to come.
        self._reaching: dict[int, int] = {}
        self._rows_spanned = 1

    def take(self) -> list[tuple[int, NumberedCells]]:
        """Return the rows completed since the last call."""
        ready, self._ready = self._ready, []
        return ready

    def finish(self) -> None:
        """Complete the row at hand: many generated pages end without closing their tags."""
        self._end_row()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._table += 1
                self._number = 0
                self._reaching = {}
        elif tag in _SILENT:
            self._silent += 1
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row = []
            self._number += 1
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
            if self._row is None:
                self._row = []
                self._number += 1
            spans = dict(attrs)
            self._columns_spanned = _span(spans.get("colspan"))
            self._rows_spanned = _span(spans.get("rowspan"))
            self._pieces = []
        elif tag in _BREAKING and self._pieces:
            self._pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            if self._depth == 1:
                self._end_row()
            self._depth = max(0, self._depth - 1)
        elif tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif self._depth == 1 and tag == "tr":
            self._end_row()
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._pieces is not None and not self._silent:
            # Line breaks of the page are only spaces; those that the reader sees come from tags.
            self._pieces.append(_SPACES.sub(" ", data))

    def _end_cell(self) -> None:
        if self._pieces is None or self._row is None:
            return
        text = "\n".join(line.strip(" \xa0") for line in "".join(self._pieces).split("\n")).strip()
        self._pieces = None
        while self._reaching.get(len(self._row), 0) > 0:
            self._row.append(None)
        start = len(self._row)
        if start + self._columns_spanned > self._limits.columns:
            raise refusals.too_many_columns(self._limits.columns)
        self._row.append(without_harmful(text) or None)
        self._row.extend([None] * (self._columns_spanned - 1))
        if self._rows_spanned > 1:
            for column in range(start, len(self._row)):
                # This row counts itself off when it ends.
                self._reaching[column] = self._rows_spanned

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is None:
            return
        if any(cell is not None for cell in self._row):
            self._ready.append((self._table, NumberedCells(self._number, self._row)))
        self._reaching = {column: left - 1 for column, left in self._reaching.items() if left > 1}
        self._row = None


def _span(text: str | None) -> int:
    digits = (text or "").strip()
    return max(1, min(int(digits), 10_000)) if digits.isdecimal() and len(digits) < 6 else 1
