"""Writing exported rows to a file: CSV and XLSX, in constant memory."""

from __future__ import annotations

import csv
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Refused
from banyan.core.kernel.ids import new_id
from banyan.core.listing.export import rows_for_export
from banyan.core.listing.selection import ListRequest
from banyan.core.objects.registry import spec_for
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.exporting.accounting import Account
from banyan.core.transfer.exporting.columns import cells_of_rows, export_columns, exported_names
from banyan.core.transfer.formulas import escaped

#: Rows of a sheet, the heading included, and characters of a cell: what spreadsheet programs can hold.
SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
#: What spreadsheet programs take as a footer and as the name of a sheet.
MOST_FOOTER, SHEET_NAME = 200, 31
#: What a file says about itself, as names and values.
Mark = Sequence[tuple[str, str]]
# A spreadsheet keeps fifteen digits of a number; longer ones stay text, or they would be rounded.
_EXACT_DIGITS = 15
_LATEST_SHEET_DAY = date(1900, 3, 1)


def export_to_path(
    actor: Actor,
    object_name: str,
    path: Path,
    request: ListRequest | None = None,
    *,
    approved_rows: int | None = None,
    entry_id: uuid.UUID | None = None,
) -> int:
    """Write the rows of a list to a file and return how many there are.

    The file's ending says the format: ``.csv`` (UTF-8 with a mark, so that every spreadsheet program
    knows) or ``.xlsx``. The request's filter, search and order apply; without columns, all fields that
    the actor may see are written. Names of columns and of choices are in the actor's language.

    Runs in the caller's transaction, in constant memory. A file of the same name is replaced only when
    all is written. The log keeps which rows were taken, under ``entry_id`` if that was given out before. Raises
    ``NotAllowed`` without the right to export or an approval that is needed, ``Invalid`` for a wrong filter, ``Refused``
    for an unknown ending or more rows than the organization allows.
    """
    writer = FORMATS.get(path.suffix.lower())
    if writer is None:
        message = _("Files of this kind are not written. Choose one of: %(endings)s.")
        raise Refused("unknown_format", message % {"endings": ", ".join(FORMATS)})
    spec = spec_for(actor.organization, object_name)
    request = request or ListRequest()
    account = Account(actor, spec.name, approved_rows, entry_id or new_id())
    unfinished = path.with_name(f".{path.name}.part")
    with override(actor.language):
        names = request.columns or exported_names(actor, spec)
        columns = export_columns(actor, spec, names)
        wanted = replace(request, columns=tuple(dict.fromkeys(column.field.name for column in columns)))
        parts = rows_for_export(actor, spec, wanted)
        try:
            with writer(
                unfinished, [column.heading for column in columns], str(spec.label_plural), account.mark
            ) as file:
                for part in parts:
                    for row, cells in zip(part.rows, cells_of_rows(actor, spec, columns, part), strict=True):
                        account.take(row["id"])
                        file.write(cells)
            account.close(format_name=path.suffix.lower().lstrip("."), fields=wanted.columns)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    return len(account.ids)


class RowWriter(ABC):
    """A file that takes rows one by one; use it in a ``with`` statement. ``mark`` says where the file came from."""

    def __init__(self, path: Path, headings: Sequence[str], title: str, mark: Mark = ()) -> None:
        self.path = path
        self.headings = list(headings)
        self.title = title
        self.mark = mark

    @abstractmethod
    def write(self, cells: Sequence[Cell]) -> None:
        """Write a row."""

    @abstractmethod
    def close(self) -> None:
        """Finish the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SeparatedWriter(RowWriter):
    """CSV that spreadsheet programs open with the right characters, and without running what is in it.

    It has no place for a mark that a program reading it would not take for data; its name carries one.
    """

    def __init__(self, path: Path, headings: Sequence[str], title: str, mark: Mark = ()) -> None:
        super().__init__(path, headings, title, mark)
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self.write(self.headings)

    def write(self, cells: Sequence[Cell]) -> None:
        """Write a row."""
        self._writer.writerow([_as_text(cell) for cell in cells])

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class WorkbookWriter(RowWriter):
    """XLSX; texts are written as texts, so that codes keep their zeros and nothing is calculated.

    The mark stands in the properties, below each printed page, and on a sheet of its own at the end, which an
    import does not read.
    """

    def __init__(self, path: Path, headings: Sequence[str], title: str, mark: Mark = ()) -> None:
        super().__init__(path, headings, title, mark)
        import xlsxwriter

        self._workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True, "in_memory": False})
        self._formats = {
            date: self._workbook.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: self._workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        self._bold = self._workbook.add_format({"bold": True})
        self._sheets = 0
        self._begin_sheet()

    def write(self, cells: Sequence[Cell]) -> None:
        """Write a row; when a sheet is full, the next one goes on."""
        if self._row == SHEET_ROWS:
            self._begin_sheet()
        for column, cell in enumerate(cells):
            if cell is not None:
                self._write_cell(column, cell)
        self._row += 1

    def close(self) -> None:
        """Finish the file."""
        if self.mark:
            self._write_mark()
        self._workbook.close()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._workbook.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, max(len(self.headings) - 1, 0), 18)
        if self.mark:
            footer = " · ".join(value for _name, value in self.mark[:3]).replace("&", "&&")
            self._sheet.set_footer(f"&L&8{footer[:MOST_FOOTER]}&R&8&P / &N")
        for column, heading in enumerate(self.headings):
            self._sheet.write_string(0, column, heading, self._bold)
        self._row = 1

    def _write_mark(self) -> None:
        sheet = self._workbook.add_worksheet(_("About this file")[:SHEET_NAME])
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 60)
        for row, (name, value) in enumerate(self.mark):
            sheet.write_string(row, 0, name, self._bold)
            sheet.write_string(row, 1, value)
        self._workbook.set_properties({"title": self.title, "author": self.mark[0][1]})
        for name, value in self.mark:
            self._workbook.set_custom_property(name, value)

    def _write_cell(self, column: int, cell: Any) -> None:
        if isinstance(cell, (datetime, date)):
            day = cell.date() if isinstance(cell, datetime) else cell
            if day >= _LATEST_SHEET_DAY:
                self._sheet.write_datetime(self._row, column, cell, self._formats[type(cell)])
                return
        elif _is_short_number(cell):
            self._sheet.write_number(self._row, column, cell)
            return
        self._write_text(column, _plain(cell))

    def _write_text(self, column: int, text: str) -> None:
        if len(text) > CELL_CHARACTERS:
            message = _(
                "A text is longer than the %(characters)s characters that fit into an XLSX cell. Export as CSV."
            )
            raise Refused("cell_too_long", message % {"characters": f"{CELL_CHARACTERS:,}"})
        # A text that begins with an apostrophe would lose it when it is read back, see formulas.
        self._sheet.write_string(self._row, column, escaped(text) if text.startswith("'") else text)


def _is_short_number(cell: Any) -> bool:
    """Say whether a spreadsheet keeps the number exactly."""
    if isinstance(cell, bool) or not isinstance(cell, (int, Decimal)):
        return False
    return len(Decimal(cell).as_tuple().digits) <= _EXACT_DIGITS


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    return escaped(cell) if isinstance(cell, str) else _plain(cell)


def _plain(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


FORMATS: dict[str, type[RowWriter]] = {".csv": SeparatedWriter, ".xlsx": WorkbookWriter}
