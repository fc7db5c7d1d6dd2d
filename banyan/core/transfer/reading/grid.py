"""Documents that hold their sheets one after another in a single XML stream."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import IO

from banyan.core.transfer.cells import Cell, NumberedCells
from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.markup import Markup
from banyan.core.transfer.reading.source import Limits, Source

# No spreadsheet program has more rows; a document that repeats a row beyond it is an attack.
_MOST_ROWS = 1_048_576


@dataclass(slots=True)
class SheetSummary:
    """A sheet met in the stream and how many rows it has."""

    name: str
    rows: int = 0


class GridReader(Markup[NumberedCells]):
    """Yields the rows of one sheet of the stream and keeps a summary of all of them.

    A format calls ``begin_sheet``, ``begin_row``, ``put`` and ``end_row`` from its elements.
    """

    def __init__(self, limits: Limits, *, wanted: int | None) -> None:
        super().__init__()
        self.summaries: list[SheetSummary] = []
        self._limits = limits
        self._wanted = wanted
        self._row: list[Cell] = []
        self._number = 0

    def begin_sheet(self, name: str) -> None:
        """Start the next sheet."""
        self.summaries.append(SheetSummary(name))
        self._number = 0

    def begin_row(self, number: int | None = None) -> None:
        """Start a row: the next one, unless it says which."""
        self._row = []
        self._number = self._number + 1 if number is None else number

    def put(self, column: int, cell: Cell, *, repeats: int = 1) -> None:
        """Put a cell at its place in the current row, and again beside it when it repeats."""
        if cell is None or cell == "":
            return
        if column + repeats > self._limits.columns:
            raise refusals.too_many_columns(self._limits.columns)
        missing = column - len(self._row)
        if missing > 0:
            self._row.extend([None] * missing)
        self._row[column : column + repeats] = [cell] * repeats

    def end_row(self, *, repeats: int = 1) -> None:
        """Finish the row and the equal rows that follow it."""
        if not self.summaries:
            return
        first = self._number
        self._number += repeats - 1
        if not self._row:
            return
        if self._number > _MOST_ROWS:
            raise refusals.suspicious_compression()
        summary = self.summaries[-1]
        summary.rows += repeats
        if self._wanted == len(self.summaries) - 1:
            self.found.extend(NumberedCells(first + index, list(self._row)) for index in range(repeats))


class GridSource(Source):
    """One sheet of a document whose sheets share a stream."""

    def __init__(self, *, sheet: str | None, limits: Limits) -> None:
        """Go through the document once for the names of its sheets; refuse one that does not exist."""
        self._limits = limits
        reader = self._new_reader(wanted=None)
        for _ in self._read(reader):
            continue
        summaries = reader.summaries
        self.sheets = [summary.name for summary in summaries]
        if not any(summary.rows for summary in summaries):
            raise refusals.empty_file()
        if sheet is not None and sheet not in self.sheets:
            raise refusals.missing_sheet(sheet, self.sheets)
        self._index = (
            self.sheets.index(sheet)
            if sheet is not None
            else next(index for index, summary in enumerate(summaries) if summary.rows)
        )
        self.sheet = self.sheets[self._index]
        self._count = summaries[self._index].rows

    def rows(self) -> Iterator[NumberedCells]:
        """Yield the rows that hold anything."""
        rows = self._read(self._new_reader(wanted=self._index))
        with closing(rows):  # type: ignore[type-var]  # a generator has close()
            # What follows the sheet is of no interest, and may be long.
            yield from islice(rows, self._count)

    def estimate_rows(self) -> int:
        """Return the number of rows that hold anything: they were counted while opening."""
        return self._count

    def _read(self, reader: GridReader) -> Iterator[NumberedCells]:
        with self._open() as stream:
            yield from reader.read(stream)

    @abstractmethod
    def _new_reader(self, *, wanted: int | None) -> GridReader:
        """Return a reader that yields the rows of the sheet with that index."""

    @abstractmethod
    def _open(self) -> IO[bytes]:
        """Return the document from its beginning."""
