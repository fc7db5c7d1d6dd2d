"""Recognising columns with ids, reading JSON piece by piece, and names in archives: without the database."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.core.kernel.errors import Refused
from banyan.migration import uploads
from banyan.migration.keys import id_columns, references

codes = st.lists(st.integers(1, 99_999), min_size=2, max_size=60, unique=True)


@given(codes, st.data())
def test_column_that_names_rows_of_another_is_found_whatever_it_is_called(
    numbers: list[int], data: st.DataObject
) -> None:
    keys = [f"K{number:05d}" for number in numbers]
    named = data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=80))
    target = id_columns(["名称", "代号"], [[f"公司 {key}", key] for key in keys], passed_over=frozenset())
    rows = [[f"某人 {place}", key, "12.50", "2026-01-02"] for place, key in enumerate(named)]
    other = id_columns(["姓名", "单位", "金额", "日期"], rows, passed_over=frozenset())

    found = references(other, target, frozenset({"客户"}))

    assert [(entry.column, entry.key) for entry in found] == [("单位", "代号")]
    assert (found[0].found, found[0].different) == (len(set(named)), len(set(named)))


@given(st.lists(st.integers(1, 40), min_size=3, max_size=60))
def test_mere_numbers_of_other_meaning_are_no_ids(quantities: list[int]) -> None:
    target = id_columns(["排序", "名称"], [[str(number), "x y"] for number in range(1, 41)], passed_over=frozenset())
    other = id_columns(["数量"], [[str(number)] for number in quantities], passed_over=frozenset())
    assert references(other, target, frozenset({"客户", "customer"})) == []


def test_ids_that_mostly_point_nowhere_are_no_reference() -> None:
    target = id_columns(["编号"], [[f"K{number}"] for number in range(50)], passed_over=frozenset())
    other = id_columns(["客户编号"], [[f"K{number}"] for number in range(40, 90)], passed_over=frozenset())
    assert references(other, target, frozenset({"客户"})) == []


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
records = st.lists(st.dictionaries(st.text(min_size=1, max_size=8), values, max_size=4), min_size=1, max_size=8)


@settings(max_examples=40)
@given(
    records, st.integers(1, 30), st.sampled_from(["list", "object"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
)
def test_json_read_in_pieces_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, given_records: list, piece: int, shape: str, encoding: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "records.json"
    whole = given_records if shape == "list" else {"count": 12, "value": given_records, "next": 5}
    path.write_bytes(json.dumps(whole, ensure_ascii=False).encode(encoding, "surrogatepass"))
    before, uploads.PIECE_CHARACTERS = uploads.PIECE_CHARACTERS, piece
    try:
        read = [record for _name, record in uploads._listed_records(path)]
    finally:
        uploads.PIECE_CHARACTERS = before
    assert read == given_records


def test_half_a_json_file_is_refused(tmp_path: Path) -> None:
    whole = json.dumps([{"id": number, "name": "港灯"} for number in range(3)])
    for cut in range(2, len(whole)):
        path = tmp_path / "half.json"
        path.write_text(whole[:cut], encoding="utf-8")
        with pytest.raises(Refused):
            uploads._records(path)


def test_names_of_chinese_desktops_are_read(tmp_path: Path) -> None:
    path = tmp_path / "客户.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a" * 14, "客户名称,电话\n港灯,021\n")
        archive.writestr("attachments/a.txt", "x")
    path.write_bytes(path.read_bytes().replace(b"a" * 14, "客户资料一.csv".encode("gb18030")))
    found = uploads.contents_in(path) or []
    assert [(entry.path, entry.is_table) for entry in found] == [("attachments/a.txt", False), ("客户资料一.csv", True)]
    with uploads.opened(path, found[1].member, "") as table:
        assert table.columns == ["客户名称", "电话"]
