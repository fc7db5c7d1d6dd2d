"""The table that every format is read as: names of columns and a stream of rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from banyan.core.transfer.cells import Cell, NumberedCells
from banyan.core.transfer.reading import refusals
from banyan.core.transfer.reading.layout import find_layout
from banyan.core.transfer.reading.source import Limits, Source

# Enough to see past title rows and to know the shape of each column, little enough to be instant.
SAMPLE_ROWS = 200


class Row(NamedTuple):
    """One row of a table.

    ``number`` is the line (text) or row (workbook) where it begins, counted from 1. ``cells`` has
    exactly one entry per column. ``surplus`` holds what stood right of the last column, and
    ``missing`` says how many cells at the end a text file left out: a ragged row is reported, never cut.
    """

    number: int
    cells: list[Cell]
    surplus: tuple[Cell, ...]
    missing: int


class Table:
    """A table read from a file: use it in a ``with`` statement, it holds the file open.

    ``format`` is one of csv, xlsx, xls, ods, html, xml. ``encoding`` and ``separator`` are None for
    workbooks, ``sheets`` is empty for text. ``header_row`` is the number of the row with the column
    names, or None when the file has none and the columns are called A, B, C as in a spreadsheet.
    """

    def __init__(self, source: Source, file: BinaryIO, *, header_row: int | None, limits: Limits) -> None:
        self._source = source
        self._file = file
        head = list(islice(source.rows(), SAMPLE_ROWS))
        layout = find_layout(head, header_row=header_row)
        if len(layout.columns) > limits.columns:
            raise refusals.too_many_columns(limits.columns)
        self.columns = layout.columns
        self.header_row = layout.header_row
        self.format = source.format
        self.encoding = source.encoding
        self.separator = source.separator
        self.sheets = source.sheets
        self.sheet = source.sheet
        # A short file was just seen to its end, so its count is exact.
        complete = len(head) < SAMPLE_ROWS
        self.estimated_rows = (
            sum(1 for _ in self._select(iter(head)))
            if complete
            else max(source.estimate_rows() - (layout.header_row or 0), SAMPLE_ROWS - (layout.header_row or 0))
        )
        if complete and self.estimated_rows == 0:
            raise refusals.only_header()

    def rows(self) -> Iterator[list[Cell]]:
        """Yield the cells of each row below the header, exactly one per column, in constant memory."""
        for row in self.numbered_rows():
            yield row.cells

    def numbered_rows(self) -> Iterator[Row]:
        """Yield each row with its number in the file and with what is ragged about it; blank rows are left out.

        Raises ``Refused`` when the file turns out to be damaged further down.
        """
        return self._select(self._source.rows())

    def column_samples(self, limit: int = SAMPLE_ROWS) -> list[list[Cell]]:
        """Return, for each column, its filled cells among the first ``limit`` rows."""
        samples: list[list[Cell]] = [[] for _ in self.columns]
        for row in islice(self.numbered_rows(), limit):
            for values, cell in zip(samples, row.cells, strict=True):
                if cell is not None:
                    values.append(cell)
        return samples

    @property
    def unreadable_characters(self) -> int:
        """How many characters the rows read so far held that the encoding could not explain."""
        return self._source.unreadable_characters

    def close(self) -> None:
        """Close the file."""
        self._source.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _select(self, raw: Iterator[NumberedCells]) -> Iterator[Row]:
        width = len(self.columns)
        header_row = self.header_row or 0
        for number, cells in raw:
            if number <= header_row or cells.count(None) == len(cells):
                continue
            found = len(cells)
            if found == width:
                yield Row(number, cells, (), 0)
            elif found < width:
                missing = width - found if self._source.writes_empty_cells else 0
                yield Row(number, cells + [None] * (width - found), (), missing)
            else:
                surplus = cells[width:]
                kept = () if surplus.count(None) == len(surplus) else tuple(surplus)
                yield Row(number, cells[:width], kept, 0)
