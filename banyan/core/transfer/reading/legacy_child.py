"""The child process that reads an XLS workbook from standard input and writes its rows as lines of JSON.

Run as a program, never imported: it limits the memory of its own process. The first line sums up
(``sheets``, ``sheet``, ``rows``, or ``refused``), the others are ``[row number, cells]``.
"""

from __future__ import annotations

import io
import json
import math
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine

# Sixteen million cells, all that the format allows, take about half of it.
_MEMORY_BYTES = 2_000_000_000


def limit_memory() -> None:
    """Make an absurd reservation fail in this process alone; systems without limits rely on the child being a child."""
    try:
        import resource  # noqa: PLC0415  # does not exist on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def plain(value: object) -> Any:
    """Return the value as JSON can hold it: moments as ``{"moment": ...}``, times and durations as text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date | datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, time):
        return value.isoformat("seconds")
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return value if value != "" else None


def write_line(value: object) -> None:
    """Write one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")


def filled_rows(sheet: python_calamine.CalamineSheet) -> Any:
    """Yield row numbers and cells of the rows that hold anything."""
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [plain(value) for value in row]
        if any(cell is not None for cell in cells):
            yield number, cells


def convert(content: bytes, wanted: str | None) -> None:
    """Write the sheet of that name, or the first visible one with anything in it."""
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.PasswordError:
        write_line({"refused": "password"})
        return
    except python_calamine.CalamineError as error:
        write_line({"refused": "password" if "assword" in str(error) else "format"})
        return
    visible = [
        entry.name
        for entry in workbook.sheets_metadata
        if entry.typ == python_calamine.SheetTypeEnum.WorkSheet
        and entry.visible == python_calamine.SheetVisibleEnum.Visible
    ] or workbook.sheet_names
    if wanted is not None and wanted not in visible:
        write_line({"refused": "sheet", "sheets": visible})
        return
    for name in [wanted] if wanted is not None else visible:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.total_height:
            write_line({"sheets": visible, "sheet": name, "rows": sheet.total_height})
            for numbered in filled_rows(sheet):
                write_line(numbered)
            return
    write_line({"refused": "empty"})


if __name__ == "__main__":
    limit_memory()
    convert(sys.stdin.buffer.read(), sys.argv[1] if len(sys.argv) > 1 else None)
