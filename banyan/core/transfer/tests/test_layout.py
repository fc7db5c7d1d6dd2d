"""Where the names of the columns are, and what columns without a name are called."""

from __future__ import annotations

import pytest

from banyan.core.kernel.errors import Refused
from banyan.core.transfer.cells import NumberedCells
from banyan.core.transfer.reading.layout import column_letters, find_layout


def rows(*cells):
    return [NumberedCells(number, list(row)) for number, row in enumerate(cells, start=1)]


def test_header_is_found_when_title_rows_stand_above_it():
    layout = find_layout(
        rows(
            ["客户导出", None, None],
            ["第一季度", None, None],
            [None, None, None],
            ["导出时间", "2023-02-03", None],
            ["客户名称", "手机", "城市"],
            ["榕树科技", "13800138000", "北京"],
            ["梧桐贸易", "13900139000", "上海"],
        )
    )

    assert (layout.columns, layout.header_row) == (["客户名称", "手机", "城市"], 5)


@pytest.mark.parametrize(
    "records",
    [
        [["榕树科技", "13800138000", "北京"], ["梧桐贸易", "13900139000", "上海"]],
        [["Acme", "info@acme.com", "2023-02-03"], ["Beta", "hi@beta.com", "2023-02-04"]],
        [["Acme", "Rome"], ["Beta", "Rome"], ["Gamma", "Rome"]],
        [[1, 2, 3], [4, 5, 6]],
    ],
)
def test_columns_are_called_by_letters_when_the_first_row_is_a_record(records):
    layout = find_layout(rows(*records))

    assert (layout.columns, layout.header_row) == (["A", "B", "C"][: len(records[0])], None)


@pytest.mark.parametrize(
    "header",
    [
        ["account", "sector", "office"],
        ["Region", "2022", "2023"],
        ["姓名", "部门", "备注"],
        ["foo", "bar", "baz"],
    ],
)
def test_header_is_recognised_when_records_are_text_or_numbers(header):
    layout = find_layout(rows(header, ["north", "5", "7"], ["south", "8", "9"]))

    assert (layout.columns, layout.header_row) == (header, 1)


def test_column_names_are_unique_when_the_file_repeats_or_omits_them():
    layout = find_layout(rows(["Phone", None, "phone", "Phone", "B"], ["1", "2", "3", "4", "5"]), header_row=1)

    assert layout.columns == ["Phone", "B (2)", "phone (2)", "Phone (3)", "B"]


def test_column_is_added_when_many_records_are_wider_than_the_header():
    layout = find_layout(rows(["name", "city"], ["Acme", "Rome", "x"], ["Beta", "Oslo", "y"]))

    assert layout.columns == ["name", "city", "C"]


def test_line_breaks_leave_column_names_when_the_header_was_wrapped():
    assert find_layout(rows(["客户\n名称", " 手机  号 "], ["a", "1"])).columns == ["客户 名称", "手机 号"]


def test_choice_of_the_user_decides_when_a_header_row_is_given():
    table = rows(["a", "b"], ["c", "d"], ["e", "f"])

    assert find_layout(table, header_row=2).columns == ["c", "d"]
    assert find_layout(table, header_row=0).columns == ["A", "B"]
    with pytest.raises(Refused) as refusal:
        find_layout(table, header_row=9)
    assert refusal.value.code == "table.missing_header_row"


def test_column_letters_continue_with_two_letters_when_the_alphabet_ends():
    assert [column_letters(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
