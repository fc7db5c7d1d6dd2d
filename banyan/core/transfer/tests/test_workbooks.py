"""Workbooks and what passes for them: XLSX, XLS, ODS, XML and HTML."""

# ruff: noqa: DTZ001  # what a file says has no zone yet

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from banyan.core.kernel.errors import Refused
from banyan.core.transfer.reading import Row, open_table

FILES = Path(__file__).parent / "files"


def rows_of(path, **options):
    with open_table(path, **options) as table:
        return [table.columns, *table.rows()]


def saved(book, path):
    book.save(path)
    return path


def rewritten(source: Path, target: Path, part: str, change) -> Path:
    """Copy a workbook with one of its parts changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return target


@pytest.fixture
def workbook(tmp_path):
    """A workbook with one cell of every type."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "客户"
    sheet.append(["name", "day", "moment", "clock", "spent", "whole", "exact", "yes", "share", "code"])
    sheet.append(
        [
            "A & B <Söhne>\n第二行",
            date(2023, 2, 3),
            datetime(2023, 2, 3, 14, 30, 15),
            time(9, 5),
            timedelta(hours=30),
            13800138000,
            0.1 + 0.2,
            True,
            0.12,
            42,
        ]
    )
    sheet["J2"].number_format = "000000"
    book.create_sheet("空")
    hidden = book.create_sheet("hidden")
    hidden.sheet_state = "hidden"
    hidden.append(["secret"])
    return saved(book, tmp_path / "customers.csv")


EXPECTED = [
    "A & B <Söhne>\n第二行",
    date(2023, 2, 3),
    datetime(2023, 2, 3, 14, 30, 15),
    "09:05:00",
    "30:00:00",
    13800138000,
    Decimal("0.3"),
    True,
    Decimal("0.12"),
    "000042",
]


def test_cells_keep_their_types_when_a_workbook_is_called_csv(workbook):
    with open_table(workbook) as table:
        assert (table.format, table.sheets, table.sheet) == ("xlsx", ["客户", "空"], "客户")
        assert (table.encoding, table.separator, table.header_row, table.estimated_rows) == (None, None, 1, 1)
        rows = list(table.rows())

    assert rows == [EXPECTED]
    assert [type(cell) for cell in rows[0]] == [type(cell) for cell in EXPECTED]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<sheetData>", b"<!-- from another program --><sheetData>"),
        (b'<row r="2"', b'<row x:dyDescent="0.2" r="2"'),
        (b' t="n"', b" t='n'"),
        (b"<sheetData>", b'<sheetData xml:space="preserve">'),
        (b"</v></c>", b"</v> </c>"),
    ],
)
def test_cells_are_the_same_when_the_xml_is_written_in_another_way(workbook, tmp_path, old, new):
    unusual = rewritten(workbook, tmp_path / "b.xlsx", "xl/worksheets/sheet1.xml", lambda xml: xml.replace(old, new))

    assert rows_of(unusual)[1] == EXPECTED


def test_cells_are_the_same_when_every_name_has_a_prefix(workbook, tmp_path):
    def prefix(xml: bytes) -> bytes:
        xml = xml.replace(b"</", b"\0").replace(b"<", b"<x:").replace(b"\0", b"</x:").replace(b"<x:?xml", b"<?xml")
        return xml.replace(b"xmlns=", b"xmlns:x=")

    assert rows_of(rewritten(workbook, tmp_path / "b.xlsx", "xl/worksheets/sheet1.xml", prefix))[1] == EXPECTED


def test_text_is_whole_when_parts_of_it_are_formatted(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["name"])
    book.active.append([CellRichText("Acme ", TextBlock(InlineFont(b=True), "bold"), " end")])

    assert rows_of(saved(book, tmp_path / "a.xlsx")) == [["name"], ["Acme bold end"]]


def test_formula_is_shown_when_it_was_never_calculated(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["name", "total"])
    book.active.append(["Acme", "=A1&1"])

    assert rows_of(saved(book, tmp_path / "a.xlsx"))[1] == ["Acme", "=A1&1"]


def test_result_is_taken_when_a_formula_was_calculated(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "total", "text", "error"])
        sheet.write(1, 0, "Acme")
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write_formula(1, 2, '="a"&"<"', None, "a<")
        sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")

    assert rows_of(tmp_path / "a.xlsx")[1] == ["Acme", 2, "a<", "#DIV/0!"]


def test_days_count_from_1904_when_the_workbook_says_so(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx", {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "since"])
        sheet.write(1, 0, "Acme")
        sheet.write_datetime(1, 1, datetime(2023, 2, 3), book.add_format({"num_format": 'yyyy"年"m"月"d"日"'}))

    assert rows_of(tmp_path / "a.xlsx")[1] == ["Acme", date(2023, 2, 3)]


def test_row_numbers_are_those_of_the_sheet_when_rows_are_blank(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["B3"], sheet["C3"], sheet["B5"], sheet["B9"], sheet["C9"] = "name", "city", "Acme", "Beta", "Oslo"

    with open_table(saved(book, tmp_path / "a.xlsx")) as table:
        assert table.columns == ["A", "name", "city"]
        assert list(table.numbered_rows()) == [
            Row(5, [None, "Acme", None], (), 0),
            Row(9, [None, "Beta", "Oslo"], (), 0),
        ]


def test_sheet_is_the_one_chosen_when_the_user_names_it(workbook, tmp_path):
    book = openpyxl.load_workbook(io.BytesIO(workbook.read_bytes()))
    book["空"].append(["city"])
    book["空"].append(["Rome"])

    assert rows_of(saved(book, tmp_path / "b.xlsx"), sheet="空") == [["city"], ["Rome"]]


def test_workbook_is_refused_when_a_sheet_points_to_a_shared_text_that_is_not_there(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet().write_column(0, 0, ["name", "Acme"])
    damaged = rewritten(
        tmp_path / "a.xlsx",
        tmp_path / "b.xlsx",
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<v>1</v>", b"<v>999</v>"),
    )

    with pytest.raises(Refused) as refusal:
        open_table(damaged)

    assert refusal.value.code == "table.broken"


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.decimals(-(10**6), 10**6, places=3),
    st.dates(date(1930, 1, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1930, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0, hour=7)),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf"]), min_size=1, max_size=20),
)


@given(
    rows=st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=12)
    ),
    is_streamed=st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cells_are_identical_when_a_workbook_is_written_and_read_back(tmp_path, rows, is_streamed):
    path = tmp_path / "a.xlsx"
    options = {"constant_memory": is_streamed, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        day, moment = (
            book.add_format({"num_format": "yyyy-mm-dd"}),
            book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        )
        for number, row in enumerate([[f"column {index}" for index in range(len(rows[0]))], *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, moment if isinstance(cell, datetime) else day)
                else:
                    sheet.write(number, column, cell)

    filled = [row for row in rows if any(cell is not None for cell in row)]
    if not filled:
        with pytest.raises(Refused):
            open_table(path, header_row=1)
        return
    assert rows_of(path, header_row=1)[1:] == filled


def test_cells_agree_with_another_reader_when_the_sheet_is_large(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        for row in range(3000):
            sheet.write_row(row, 0, [f"客户 {row} & Co", row, row / 8, "x" if row % 3 else None, row % 2 == 0])

    theirs = python_calamine.CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    ours = rows_of(tmp_path / "a.xlsx", header_row=0)[1:]

    assert ours == [[cell if cell != "" else None for cell in row] for row in theirs]


def test_xls_is_read_when_excel_97_wrote_it():
    with open_table(FILES / "customers.xls") as table:
        assert (table.format, table.sheets, table.sheet) == ("xls", ["空白", "客户"], "客户")
        assert [table.columns, *table.numbered_rows()] == [
            ["客户名称", "电话", "签约日期", "创建时间", "金额", "重要"],
            Row(
                2,
                [
                    "北京榕树科技有限公司",
                    13800138000,
                    date(2023, 2, 3),
                    datetime(2023, 2, 3, 14, 30),
                    Decimal("1234.5"),
                    True,
                ],
                (),
                0,
            ),
            Row(4, ["Müller GmbH", "010-88889999", None, None, Decimal("0.3"), False], (), 0),
        ]


def test_ods_is_read_when_rows_and_columns_repeat():
    twin = ["Twin", datetime(2023, 2, 3, 14, 30), 0, None, None]
    with open_table(FILES / "customers.ods") as table:
        assert (table.format, table.sheets, table.sheet) == ("ods", ["Leer", "Customers"], "Customers")
        assert [table.columns, *table.numbered_rows()] == [
            ["Name", "Since", "Revenue", "Active", "Call at"],
            Row(5, ["Acme & Söhne\n第二行", date(2023, 2, 3), Decimal("1234.5"), True, "14:30:00"], (), 0),
            Row(6, twin, (), 0),
            Row(7, twin, (), 0),
        ]


PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="{charset}">
<style>td {{ mso-number-format:"\\@" }}</style></head><body><table><tr><td>menu</td></tr></table>
<table border=1><tr><th colspan="3">客户导出</th></tr><thead><tr><th>客户名称<th>城市<th>手机</thead>
<tr><td rowspan=2>榕树&amp;科技</td><td>北<b>京</b></td><td>13800138000<br>13900139000</td></tr>
<tr><td>上海</td><td>&nbsp;021-88889999 </td></tr>
<tr><td>梧桐</td><td><table><tr><td>杭州</td></tr></table></td><td></td></tr></table></body></html>"""


@pytest.mark.parametrize(
    ("charset", "encoding"), [("gb2312", "gbk"), ("utf-8", "utf-8"), ("utf-8", "gbk"), ("x", "utf-16")]
)
def test_html_table_is_read_when_it_is_called_xls(tmp_path, charset, encoding):
    path = tmp_path / "export.xls"
    path.write_bytes(PAGE.format(charset=charset).encode(encoding))

    with open_table(path) as table:
        assert (table.format, table.sheets, table.sheet, table.header_row) == ("html", ["1", "2"], "2", 2)
        assert [table.columns, *table.rows()] == [
            ["客户名称", "城市", "手机"],
            ["榕树&科技", "北京", "13800138000\n13900139000"],
            [None, "上海", "021-88889999"],
            ["梧桐", "杭州", None],
        ]


def test_xml_workbook_is_read_when_excel_2003_wrote_it(tmp_path):
    path = tmp_path / "export.xls"
    path.write_text(
        """
<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="客户"><Table><Row><Cell><Data ss:Type="String">name</Data></Cell><Cell><Data ss:Type="String">city</Data>
</Cell><Cell><Data ss:Type="String">since</Data></Cell><Cell><Data ss:Type="String">amount</Data></Cell></Row>
<Row ss:Index="4"><Cell><Data ss:Type="String">A&amp;B</Data></Cell><Cell ss:Index="3"><Data ss:Type="DateTime">
2023-02-03T00:00:00.000</Data></Cell><Cell><Data ss:Type="Number">12.50</Data></Cell></Row></Table></Worksheet></Workbook>""",
        encoding="utf-8",
    )

    with open_table(path) as table:
        assert (table.format, table.sheets) == ("xml", ["客户"])
        assert list(table.numbered_rows()) == [Row(4, ["A&B", None, date(2023, 2, 3), Decimal("12.5")], (), 0)]


@given(damage=st.lists(st.tuples(st.integers(0, 4500), st.integers(0, 255)), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_workbook_is_read_or_refused_when_its_bytes_are_damaged(tmp_path, workbook, damage):
    content = bytearray(workbook.read_bytes())
    for position, value in damage:
        content[position % len(content)] = value
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(content)

    try:
        rows_of(path)
    except Refused as refusal:
        # The rule under test is which exceptions come out, so both ways are right.
        assert refusal.code.startswith("table.")  # noqa: PT017


def test_damage_inside_is_refused_when_the_archive_itself_is_whole(workbook, tmp_path):
    for part in zipfile.ZipFile(io.BytesIO(workbook.read_bytes())).namelist():
        path = rewritten(workbook, tmp_path / "damaged.xlsx", part, lambda xml: xml[: len(xml) // 2])
        try:
            rows_of(path)
        except Refused as refusal:
            assert refusal.code in {"table.broken", "table.empty", "table.only_header"}  # noqa: PT017
