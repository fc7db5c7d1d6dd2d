"""What did not fit: a workbook with every row and value that was not taken over, as it came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from banyan.core.transfer.formulas import escaped
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.importing.services import problems_of
from banyan.core.transfer.models import IncompleteRow, RejectedRow
from banyan.migration.choices import FileState
from banyan.migration.models import Move, MoveTable
from banyan.migration.planning import settled_columns
from banyan.migration.sources import folded
from banyan.migration.staging import MADE, ROW

MOST_ROWS = 1_000_000
LONGEST_CELL = 32_000
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_report(move: Move, path: Path) -> int:
    """Write the workbook and return how many rows are in it.

    The first sheet tells what became of each table and which columns were left out; then comes a sheet for each table
    with rows that were put aside or taken without some of their values, with their original cells.
    """
    import xlsxwriter

    count = 0
    with xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold = book.add_format({"bold": True})
        overview = book.add_worksheet(_("Overview"))
        names = {overview.get_name().casefold()}
        for number, line in enumerate(_overview(move)):
            overview.write_row(number, 0, line, bold if number == 0 else None)
        for table in move.tables.select_related("task").filter(task__isnull=False):
            lines = _rows_of(table)
            first = next(lines, None)
            if first is None:
                continue
            sheet = book.add_worksheet(_sheet_name(table.name, names))
            sheet.write_row(0, 0, [_("Row"), _("What happened"), _("Problem"), *original_columns(table)], bold)
            count += 1
            sheet.write_row(1, 0, first)
            for number, line in enumerate(lines, 2):
                if number >= MOST_ROWS:
                    break
                sheet.write_row(number, 0, line)
                count += 1
        count += _write_files(move, book, bold, names)
    return count


def _write_files(move: Move, book: Any, bold: Any, names: set[str]) -> int:
    """Write a sheet of the files that were not attached, and return how many there are."""
    lost = move.attachments.filter(state=FileState.LOST).select_related("table", "source")
    count = 0
    for count, row in enumerate(lost.iterator(chunk_size=1_000), 1):
        if count >= MOST_ROWS:
            break
        if count == 1:
            sheet = book.add_worksheet(_sheet_name(_("Files"), names))
            sheet.write_row(0, 0, [_("File"), _("Record there"), _("Listed in"), _("Lies in"), _("Problem")], bold)
        lies_in = row.member or (row.source.name if row.source else "")
        listed_in = row.table.name if row.table else ""
        cells = (row.name, ", ".join(row.keys), listed_in, lies_in, row.problem)
        sheet.write_row(count, 0, [escaped(cell)[:LONGEST_CELL] for cell in cells])
    return count


def original_columns(table: MoveTable) -> list[str]:
    """Return the columns of a table as they were delivered."""
    plan = ImportPlan.from_json(table.task.plan) if table.task else ImportPlan([])
    return [column.column for column in plan.columns if _is_original(column.column)]


def columns_left_out(table: MoveTable) -> list[str]:
    """Return the columns that go to no field and into none that was made of them."""
    if table.task is None or table.sets_links:
        return []
    plan = ImportPlan.from_json(table.task.plan)
    settled = settled_columns(table.system, table.kind)
    return [
        column.column
        for column in plan.columns
        if _is_original(column.column) and not column.field_name and folded(column.column) not in settled
    ]


def _is_original(name: str) -> bool:
    return name != ROW and not name.startswith(MADE)


def _overview(move: Move) -> Iterator[list[Any]]:
    yield [
        _("File"), _("Table"), _("Into"), _("Read"), pgettext("rows", "Created"), pgettext("rows", "Updated"), pgettext("rows", "Unchanged"), _("Put aside"),
        _("Taken without some values"), _("Columns left out"), _("Problem"),
    ]  # fmt: skip
    for source in move.files.filter(problem__gt=""):
        yield [escaped(source.name), "", "", "", "", "", "", "", "", "", source.problem]
    for table in move.tables.select_related("task", "source"):
        task = table.task
        counts = (
            [task.read, task.created, task.updated, task.unchanged, task.rejected, incomplete(table)]
            if task
            else [table.rows, "", "", "", "", ""]
        )
        left_out = ", ".join(columns_left_out(table))[:LONGEST_CELL]
        yield [escaped(table.source.name), escaped(table.name), table.object_name, *counts, left_out, table.problem]


def incomplete(table: MoveTable) -> int:
    """Return how many rows of a table were taken without some of their values."""
    return IncompleteRow.objects.filter(source_id=table.task_id).count() if table.task_id else 0


def _rows_of(table: MoveTable) -> Iterator[list[Any]]:
    plan = ImportPlan.from_json(table.task.plan) if table.task else ImportPlan([])
    places = [position for position, column in enumerate(plan.columns) if _is_original(column.column)]
    for model, happened in ((RejectedRow, _("Put aside")), (IncompleteRow, _("Taken without some values"))):
        for row in model.objects.filter(source_id=table.task_id).order_by("number").iterator(1_000):
            number = row.cells[0] if row.cells else row.number
            cells = [row.cells[place] if place < len(row.cells) else "" for place in places]
            shown = [escaped(str(cell))[:LONGEST_CELL] if cell is not None else "" for cell in cells]
            yield [str(number), happened, problems_of(row.errors)[:LONGEST_CELL], *shown]


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a name that workbooks accept and no other sheet has."""
    base = name.translate(_FORBIDDEN).strip()[:26] or "Table"
    found, count = base, 1
    while found.casefold() in taken:
        count += 1
        found = f"{base} {count}"
    taken.add(found.casefold())
    return found
