from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.access.scopes import FieldAccess
from banyan.core.kernel.errors import NotAllowed, Refused
from banyan.core.objects.registry import objects, spec_for
from banyan.core.records import door
from banyan.core.transfer.exporting import export_to_path
from banyan.core.transfer.exporting.files import CELL_CHARACTERS, SeparatedWriter, WorkbookWriter
from banyan.core.transfer.formulas import escaped, unescaped
from banyan.core.transfer.reading import open_table
from tests.cast import Cast

#: Cells of workbooks are in no zone.
AT = datetime(2026, 3, 1, 8, 30, 15)  # noqa: DTZ001
WRITERS = {".csv": SeparatedWriter, ".xlsx": WorkbookWriter}


@given(st.text())
def test_escaping_is_undone_by_unescaping(text: str) -> None:
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+SUM(A1)", "-2+3+cmd", "@SUM(A1)", "\t=1", "'=1"])
def test_escaping_keeps_a_spreadsheet_from_calculating(text: str) -> None:
    assert escaped(text) == f"'{text}"


@pytest.mark.parametrize("text", ["+8613800000000", "-12.50", "+1 (555) 010-9999", "it's", "'t Hoen", "a=b", ""])
def test_escaping_leaves_alone_what_calculates_nothing(text: str) -> None:
    assert escaped(text) == text


@pytest.mark.parametrize("ending", WRITERS)
def test_writer_gives_back_every_kind_of_cell(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows{ending}"
    cells = ["=1+1", "+8613800000000", "911101080000000001", "007", 'line\nline, "two"', "'=quoted", "𠮷🌳", None]

    with WRITERS[ending](path, [f"c{index}" for index in range(len(cells))], "Rows") as file:
        file.write(cells)

    with open_table(path) as table:
        found = next(iter(table.rows()))
    assert [unescaped(cell) if isinstance(cell, str) else cell for cell in found] == cells


def test_workbook_holds_numbers_and_days_as_such_and_long_numbers_as_text(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    cells = [Decimal("12.50"), 7, date(2026, 3, 1), AT, Decimal("1234567890123456.78")]

    with WorkbookWriter(path, list("abcde"), "Rows") as file:
        file.write(cells)

    with open_table(path) as table:
        found = next(iter(table.rows()))
    assert found == [Decimal("12.5"), 7, date(2026, 3, 1), AT, "1234567890123456.78"]


def test_workbook_goes_on_in_another_sheet_when_one_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("banyan.core.transfer.exporting.files.SHEET_ROWS", 3)
    path = tmp_path / "rows.xlsx"

    with WorkbookWriter(path, ["Row"], "Rows") as file:
        for number in range(5):
            file.write([number])

    with open_table(path) as table:
        sheets = table.sheets
    rows = []
    for sheet in sheets:
        with open_table(path, sheet=sheet) as table:
            rows.append([cells[0] for cells in table.rows()])
    assert rows == [[0, 1], [2, 3], [4]]


def test_export_refuses_a_text_that_no_cell_holds_and_leaves_no_file(scope: Cast, tmp_path: Path) -> None:
    admin = scope.actor("admin")
    customer = spec_for(scope.organization, "customer")
    door.create(admin, customer, {"name": "Long", "notes": "x" * (CELL_CHARACTERS + 1)})

    with pytest.raises(Refused) as refusal:
        export_to_path(admin, "customer", tmp_path / "customers.xlsx")

    assert refusal.value.code == "cell_too_long"
    assert list(tmp_path.iterdir()) == []


def test_export_refuses_other_formats(scope: Cast, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        export_to_path(scope.actor("admin"), "customer", tmp_path / "customers.pdf")

    assert refusal.value.code == "unknown_format"


def test_export_needs_its_own_right(scope: Cast, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        export_to_path(scope.actor("viewer"), "customer", tmp_path / "customers.csv")

    assert list(tmp_path.iterdir()) == []


def test_export_leaves_out_hidden_fields_and_masks_masked_ones(scope: Cast, tmp_path: Path) -> None:
    admin = scope.actor("admin")
    door.create(admin, objects["customer"], {"name": "Acme", "phone": "13812345678", "email": "a@acme.test"})
    admin.field_grants.update({"customer.email": FieldAccess.HIDDEN, "customer.phone": FieldAccess.MASKED})
    path = tmp_path / "customers.csv"

    export_to_path(admin, "customer", path)

    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["Phone"] == "138****5678"
    assert "E-mail" not in row
