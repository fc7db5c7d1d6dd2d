"""Where the table lies in its rows: titles above it, the row with the names of the columns, its width."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from banyan.core.transfer.cells import Cell, NumberedCells
from banyan.core.transfer.headings import is_known_heading
from banyan.core.transfer.reading import refusals
from banyan.core.transfer.shapes import Shape, shape_of

# Exports put a title, a period and a blank line above the table; nobody puts thirty rows there.
_MOST_TITLE_ROWS = 30
_LONGEST_HEADING = 80


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of the columns and the number of the row they stand in; None when the file names none."""

    columns: list[str]
    header_row: int | None


def find_layout(head: Sequence[NumberedCells], *, header_row: int | None = None) -> Layout:
    """Return the layout that the first rows show.

    ``header_row`` is the user's own choice: the number of the row, or 0 for a file without names;
    None finds it. Refuses a file without any filled cell, and a chosen row that is empty.
    """
    filled = [row for row in head if any(_is_filled(cell) for cell in row.cells)]
    if not filled:
        raise refusals.empty_file()
    if header_row == 0:
        return Layout(_names([], _width(filled)), None)
    if header_row is not None:
        chosen = next((index for index, row in enumerate(filled) if row.number == header_row), None)
        if chosen is None:
            raise refusals.missing_header_row(header_row)
        return _layout_from(filled, chosen)
    first = _find_header(filled)
    return Layout(_names([], _width(filled)), None) if first is None else _layout_from(filled, first)


def column_letters(index: int) -> str:
    """Return the name that spreadsheets give the column of that index: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, remainder = divmod(index - 1, 26)
        letters = chr(ord("A") + remainder) + letters
    return letters


def _layout_from(filled: Sequence[NumberedCells], index: int) -> Layout:
    header = filled[index]
    headings = [" ".join(str(cell).split()) if cell is not None else "" for cell in header.cells]
    while headings and not headings[-1]:
        headings.pop()
    body = filled[index + 1 :]
    return Layout(_names(headings, max(len(headings), _width(body) if body else 0)), header.number)


def _is_filled(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _filled_length(cells: Sequence[Cell]) -> int:
    length = len(cells)
    while length and not _is_filled(cells[length - 1]):
        length -= 1
    return length


def _width(rows: Sequence[NumberedCells]) -> int:
    """Return how wide the rows are, ignoring single rows that overflow."""
    lengths = Counter(_filled_length(row.cells) for row in rows)
    # A column filled in one row of ten is a column; one row of a hundred with a stray separator is not.
    common = [length for length, count in lengths.items() if count * 10 >= len(rows)]
    return max(common or lengths)


def _find_header(filled: Sequence[NumberedCells]) -> int | None:
    """Return the index of the row that names the columns, past titles above it; None when there is none.

    Among the rows that are full enough for a record, only one with more filled cells than all above
    it may be the header, so that nothing but a title is ever passed over.
    """
    counts = [sum(map(_is_filled, row.cells)) for row in filled]
    # A title fills one cell or two; the names of the columns fill at least half of the table.
    enough = max(min(2.0, median(counts)), 0.5 * median(counts))
    fullest = 0
    for index, count in enumerate(counts[:_MOST_TITLE_ROWS]):
        if count < enough:
            continue
        if count <= fullest:
            return None
        if _is_header(filled[index].cells, [row.cells for row in filled[index + 1 :]]):
            return index
        fullest = count
    return None


def _is_header(candidate: Sequence[Cell], body: Sequence[Sequence[Cell]]) -> bool:
    """Say whether a row names columns rather than being the first record.

    Each column votes: a text above numbers or dates speaks for names, a number above numbers against;
    words that are usual as column names speak for it, a value that comes again below speaks against.
    Rows of plain text without any of these are taken as names, because most files have them.
    """
    headings = [cell for cell in candidate if _is_filled(cell)]
    if any(len(str(cell)) > _LONGEST_HEADING for cell in headings):
        return False
    score = 0.5 * sum(is_known_heading(cell) for cell in headings if isinstance(cell, str))
    score -= 0.5 * (len(headings) - len({str(cell).strip() for cell in headings}))
    for index, cell in enumerate(candidate):
        below = [row[index] for row in body if index < len(row) and _is_filled(row[index])]
        if _is_filled(cell):
            score += _column_vote(cell, below)
    return score >= 0


def _column_vote(heading: Cell, below: Sequence[Cell]) -> float:
    shape = shape_of(heading)
    shapes = Counter(shape_of(cell) for cell in below)
    common = shapes.most_common(1)[0][0] if shapes else Shape.EMPTY
    if shape is Shape.TEXT:
        if common not in (Shape.TEXT, Shape.EMPTY):
            return 1.0
        return -1.0 if heading in below else 0.0
    if _is_year(heading):
        return 0.0
    if common is Shape.EMPTY:
        return -0.5
    return -1.0


def _is_year(cell: Cell) -> bool:
    """Years head the columns of many reports, so they are no sign of a record."""
    text = str(cell).strip()
    return len(text) == 4 and text.isdecimal() and 1900 <= int(text) <= 2100


def _names(headings: Sequence[str], width: int) -> list[str]:
    """Return one unique name per column: the letter of the column where there is none, numbers where they repeat."""
    names: list[str] = []
    taken = {heading.casefold() for heading in headings if heading}
    seen: set[str] = set()
    for index in range(max(width, len(headings))):
        heading = headings[index] if index < len(headings) else ""
        base = name = heading or column_letters(index)
        count = 1
        while name.casefold() in seen or (name != heading and name.casefold() in taken):
            count += 1
            name = f"{base} ({count})"
        seen.add(name.casefold())
        names.append(name)
    return names
