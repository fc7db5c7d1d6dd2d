"""The rows of one sheet of an XLSX workbook."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import IO

from banyan.core.transfer.cells import Cell, NumberedCells, screened, without_harmful
from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.numbers import PLAIN, NumberFormat, cell_of_number
from banyan.core.transfer.reading.source import Limits
from banyan.core.transfer.reading.workbook_parts import SharedStrings, TextReader, unescaped

_DIGITS = "0123456789"
_CHUNK_BYTES = 1 << 18
_END_OF_ROW = b"</row>"
_FIRST_ROW = re.compile(rb"<sheetData>")
_OTHER_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["'](?!utf-8)""", re.IGNORECASE)
_ROW_NUMBER = re.compile(r' r="(\d+)"')
# A cell exactly as all widespread programs write it; what they write otherwise is left to the XML parser.
_USUAL_CELL = re.compile(
    r'<c r="([A-Z]{1,3})\d+"(?: s="(\d+)")?(?: t="(\w+)")?'
    r"(?:/>|>(?:<f[^>]*/>|<f[^>]*>([^<]*)</f>)?(?:<v>([^<]*)</v>|<v/>|<is><t(?: [^>]*)?>([^<]*)</t></is>)?</c>)"
)


class _UnusualError(Exception):
    """The sheet is not written the usual way."""


def sheet_rows(open_part: Callable[[], IO[bytes]], values: CellValues, limits: Limits) -> Iterator[NumberedCells]:
    """Yield the filled rows of a sheet; ``open_part`` opens its XML from the beginning.

    Usual sheets are split by a pattern, four times as fast as by an XML parser. At the first thing
    that the pattern does not know, the parser takes over, past the rows already given.
    """
    count = 0
    try:
        with open_part() as stream:
            for row in _usual_rows(stream, values, limits):
                yield row
                count += 1
    except _UnusualError:
        with open_part() as stream:
            yield from islice(_SheetReader(values, limits).read(stream), count, None)


class CellValues:
    """Turns what the XML of a cell says into its value."""

    def __init__(self, strings: SharedStrings, formats: list[NumberFormat], *, from_1904: bool) -> None:
        self._strings = strings
        self._formats = {str(index): shape for index, shape in enumerate(formats)}
        self._from_1904 = from_1904

    def value(self, kind: str, style: str, text: str) -> Cell:
        """Return the value of a cell of that type (``t``), style (``s``) and stored text; never empty text."""
        if kind == "s":
            try:
                return self._strings[int(text)] or None
            except (ValueError, IndexError):
                raise refusals.broken(f"no shared string {text[:20]}") from None
        if not kind or kind == "n":
            shape = self._formats.get(style, PLAIN)
            if shape is PLAIN and text.isdecimal() and len(text) < 16:
                return int(text)
            return cell_of_number(text, shape, from_1904=self._from_1904)
        if kind == "b":
            return text.strip() in ("1", "true")
        if kind == "d":
            return _moment(text)
        return unescaped(text) or None


def column_index(letters: str) -> int:
    """Return the index of the column with those letters: A is 0; refuse what are no letters of a column."""
    if not letters.isascii() or not letters.isupper() or len(letters) > 3:
        raise refusals.broken(f"column {letters[:20]}")
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


class _Columns(dict[str, int]):
    """The indexes of the columns met so far."""

    def __missing__(self, letters: str) -> int:
        index = self[letters] = column_index(letters)
        return index


def _usual_rows(stream: IO[bytes], values: CellValues, limits: Limits) -> Iterator[NumberedCells]:
    columns = _Columns()
    number = 0
    for piece in _row_pieces(stream, 16 * limits.cell_characters):
        opening, _, inner = piece.rpartition("<row")[2].partition(">")
        declared = _ROW_NUMBER.search(opening)
        # Rows without cells may stand before it, and without numbers there is no telling how many.
        if declared is None or opening.endswith("/"):
            raise _UnusualError
        number = int(declared[1])
        cells = _usual_cells(inner, values, columns)
        if len(cells) > limits.columns:
            raise refusals.too_many_columns(limits.columns)
        if cells:
            yield NumberedCells(number, cells)


def _usual_cells(inner: str, values: CellValues, columns: _Columns) -> list[Cell]:
    found = _USUAL_CELL.findall(inner)
    if len(found) != inner.count("<c"):
        raise _UnusualError
    cells: list[Cell] = []
    value_of = values.value
    for letters, style, kind, formula, stored, inline in found:
        text = stored or inline
        if not text:
            if not formula:
                continue
            # Never calculated: the formula itself tells more than silence would.
            text = f"={formula}"
        if "&" in text:
            text = without_harmful(html.unescape(text))
        value = value_of(kind, style, text) if stored or inline else text
        if value is None:
            continue
        gap = columns[letters] - len(cells)
        if gap < 0:
            raise _UnusualError
        if gap:
            cells.extend([None] * gap)
        cells.append(value)
    return cells


def _row_pieces(stream: IO[bytes], longest: int) -> Iterator[str]:
    """Yield the XML of each row without its end tag."""
    rest = _from_first_row(stream)
    while chunk := stream.read(_CHUNK_BYTES):
        rest += chunk
        end = rest.rfind(_END_OF_ROW)
        if end < 0:
            if len(rest) > longest:
                raise _UnusualError
            continue
        yield from _split_rows(rest[:end])
        rest = rest[end + len(_END_OF_ROW) :]
    end = rest.rfind(_END_OF_ROW)
    if end >= 0:
        yield from _split_rows(rest[:end])
        rest = rest[end + len(_END_OF_ROW) :]
    if b"<c" in rest.partition(b"</sheetData>")[0]:
        raise _UnusualError


def _from_first_row(stream: IO[bytes]) -> bytes:
    start = stream.read(_CHUNK_BYTES)
    found = _FIRST_ROW.search(start)
    if found is None or b"<!" in start[: found.start()] or _OTHER_ENCODING.match(start):
        raise _UnusualError
    return start[found.end() :]


def _split_rows(text: bytes) -> list[str]:
    # Comments and CDATA could hide the end of a row.
    if b"<!" in text:
        raise _UnusualError
    try:
        return screened(text.decode()).split("</row>")
    except UnicodeDecodeError:
        raise _UnusualError from None


class _SheetReader(TextReader):
    """The same by an XML parser, for sheets written in any other way."""

    def __init__(self, values: CellValues, limits: Limits) -> None:
        super().__init__(limits)
        self._values = values
        self._columns = _Columns()
        self._row: list[Cell] = []
        self._number = 0
        self._column = -1
        self._kind = ""
        self._style = ""
        self._formula = ""
        self._is_phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in {"v", "f"}:
            self._is_taking = True
        elif name == "c":
            reference = attributes.get("r")
            # A cell without reference stands right of the one before it.
            self._column = self._column + 1 if reference is None else self._columns[reference.rstrip(_DIGITS)]
            self._kind = attributes.get("t", "")
            self._style = attributes.get("s", "")
            self._formula = ""
        elif name == "t":
            self._is_taking = not self._is_phonetic
        elif name == "row":
            self._row = []
            self._column = -1
            declared = attributes.get("r", "")
            self._number = int(declared) if declared.isdecimal() else self._number + 1
        elif name == "rPh":
            self._is_phonetic = True

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name in {"v", "t"}:
            self._is_taking = False
        elif name == "row":
            if self._row:
                self.found.append(NumberedCells(self._number, self._row))
        elif name == "f":
            self._is_taking = False
            self._formula = self.taken()
        elif name == "rPh":
            self._is_phonetic = False

    def _end_cell(self) -> None:
        text = self.taken()
        value: Cell = None
        if text:
            value = self._values.value(self._kind, self._style, without_harmful(text))
        elif self._formula:
            value = f"={without_harmful(self._formula)}"
        if value is None:
            return
        if self._column >= self._limits.columns:
            raise refusals.too_many_columns(self._limits.columns)
        missing = self._column + 1 - len(self._row)
        if missing > 0:
            self._row.extend([None] * missing)
        self._row[self._column] = value


def _moment(text: str) -> Cell:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return unescaped(text) or None
    return moment if "T" in text else moment.date()
