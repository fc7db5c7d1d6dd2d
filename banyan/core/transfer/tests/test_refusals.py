"""Files that cannot be read: each is refused with a stable code and a message that tells the way out."""

from __future__ import annotations

import gzip
import io
import os
import random
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from django.utils import translation

from banyan.core.kernel.errors import Refused
from banyan.core.transfer.reading import Limits, open_table

FILES = Path(__file__).parent / "files"


def workbook_bytes(fill=lambda sheet: sheet.append(["name"])) -> bytes:
    book = openpyxl.Workbook()
    fill(book.active)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def archive_bytes(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def flagged_as_encrypted(content: bytes) -> bytes:
    """Set the encryption flag in every directory entry of an archive."""
    changed = bytearray(content)
    position = changed.find(b"PK\x01\x02")
    while position >= 0:
        changed[position + 8] |= 1
        position = changed.find(b"PK\x01\x02", position + 4)
    return bytes(changed)


def without_tail(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


CASES = {
    "empty file": (b"", "table.empty"),
    "blank lines": (b"\n\n ,,\n", "table.empty"),
    "byte order mark only": (b"\xef\xbb\xbf", "table.empty"),
    "header only": ("客户名称,手机\n".encode(), "table.only_header"),
    "empty workbook": (workbook_bytes(lambda sheet: None), "table.empty"),
    "workbook with header only": (workbook_bytes(), "table.only_header"),
    "truncated workbook": (without_tail(workbook_bytes()), "table.broken"),
    "encrypted archive": (flagged_as_encrypted(archive_bytes({"a.csv": b"a,b\n1,2\n"})), "table.password"),
    "several files": (archive_bytes({"a.csv": b"a\n1", "b.csv": b"b\n2"}), "table.several_files"),
    "empty archive": (archive_bytes({}), "table.empty"),
    "text document": (archive_bytes({"[Content_Types].xml": b"", "word/document.xml": b""}), "table.unsupported"),
    "binary workbook": (archive_bytes({"[Content_Types].xml": b"", "xl/workbook.bin": b""}), "table.unsupported"),
    "workbook without parts": (archive_bytes({"[Content_Types].xml": b"<a/>"}), "table.broken"),
    "truncated gzip": (without_tail(gzip.compress(random.Random(1).randbytes(5000))), "table.broken"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "table.unsupported"),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8, "table.not_a_table"),
    "garbage": (random.Random(2).randbytes(20_000), "table.not_a_table"),
    "unknown encoding": (("Имя,Город\n" + "Иванов,Москва\n" * 9).encode("cp1251"), "table.unknown_encoding"),
    "old container of another program": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "table.not_a_table"),
    "too many columns": (b",".join([b"c%d" % index for index in range(1001)]) + b"\n" + b"1," * 1001, "table.too_many_columns"),
    "page without table": (b"<html><body><p>Session expired</p></body></html>", "table.empty"),
    "broken xml workbook": (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><a', "table.broken"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_file_is_refused_with_its_code_when_it_is(case, tmp_path):
    content, code = CASES[case]
    path = tmp_path / "table.csv"
    path.write_bytes(content)

    with pytest.raises(Refused) as refusal:
        open_table(path)

    assert refusal.value.code == code
    with translation.override("en"):
        assert str(refusal.value.message)[-1] == "."


def test_workbook_with_password_is_refused_when_excel_encrypted_it():
    with pytest.raises(Refused) as refusal:
        open_table(FILES / "password.xlsx")

    assert refusal.value.code == "table.password"


def test_two_cells_in_opposite_corners_are_refused_when_they_would_fill_the_memory(tmp_path):
    path = tmp_path / "sparse.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")

    with pytest.raises(Refused) as refusal:
        open_table(path)

    assert refusal.value.code == "table.too_many_columns"


def test_repeated_rows_are_refused_when_an_opendocument_claims_billions(tmp_path):
    content = (
        b'<office:c xmlns:office="o" xmlns:table="t"><table:table table:name="a"><table:table-row'
        b' table:number-rows-repeated="999999999"><table:table-cell office:value-type="float" office:value="1"/>'
        b"</table:table-row></table:table></office:c>"
    )
    path = tmp_path / "repeated.ods"
    path.write_bytes(
        archive_bytes({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})
    )

    with pytest.raises(Refused) as refusal:
        open_table(path)

    assert refusal.value.code == "table.bomb"


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: archive_bytes({"a.csv": content})])
def test_zip_bomb_is_refused_when_it_unpacks_beyond_reason(pack, tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(pack(b"0" * 4_000_000))

    with pytest.raises(Refused) as refusal:
        open_table(path, limits=Limits(innocent_bytes=1_000_000))

    assert refusal.value.code == "table.bomb"


def test_large_file_is_refused_when_it_exceeds_the_limits(tmp_path):
    path = tmp_path / "large.csv"
    path.write_bytes(b"a,b\n" * 1000)
    packed = tmp_path / "large.gz"
    packed.write_bytes(gzip.compress(os.urandom(5000)))

    for limits, target in ((Limits(file_bytes=1000), path), (Limits(unpacked_bytes=4000), packed)):
        with pytest.raises(Refused) as refusal:
            open_table(target, limits=limits)
        assert refusal.value.code == "table.too_large"


def test_entities_are_refused_when_a_workbook_declares_them(tmp_path):
    # Ten levels of ten references each: a billion laughs.
    declaration = b"<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>"
    relations = b'<Relationships><Relationship Id="r1" Target="xl/workbook.xml"/></Relationships>'
    path = tmp_path / "laughs.xlsx"
    path.write_bytes(
        archive_bytes(
            {
                "[Content_Types].xml": b"<a/>",
                "_rels/.rels": relations,
                "xl/workbook.xml": declaration + b"<workbook>&b;</workbook>",
            }
        )
    )

    with pytest.raises(Refused) as refusal:
        open_table(path)

    assert refusal.value.code == "table.broken"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"encoding": "klingon"}, "table.no_such_encoding"),
        ({"encoding": "hex"}, "table.no_such_encoding"),
        ({"separator": "::"}, "table.bad_separator"),
        ({"separator": "\n"}, "table.bad_separator"),
        ({"header_row": 77}, "table.missing_header_row"),
    ],
)
def test_choice_of_the_user_is_refused_when_it_makes_no_sense(tmp_path, options, code):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")

    with pytest.raises(Refused) as refusal:
        open_table(path, **options)

    assert refusal.value.code == code


def test_missing_sheet_is_refused_when_the_workbook_has_others(tmp_path):
    with pytest.raises(Refused) as refusal:
        open_table(FILES / "customers.xls", sheet="none")

    assert refusal.value.details["sheets"] == ["空白", "客户"]
