"""CSV and its relatives: every encoding, separator and shape met in practice."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.core.kernel.errors import Refused
from banyan.core.transfer.reading import Row, open_table

CUSTOMERS = "客户名称,手机,城市,备注\n北京榕树科技有限公司,13800138000,北京,重要客户\n上海梧桐贸易有限公司,13900139000,上海,已签合同\n"
TRADITIONAL = "客戶名稱,手機,城市,備註\n台灣榕樹科技股份有限公司,0912345678,臺北,重要客戶\n高雄港務貿易有限公司,0922333444,高雄,已簽合同\n"
LATIN = "Name;Ort;Umsatz\nMüller & Söhne;Köln;1.234,50\nCafé Zürich;Zürich;99,00\nŠkoda – Werk “Süd”;Málaga;5,00\n"


@pytest.fixture
def written(tmp_path):
    def write(content: bytes | str, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def cells_of(path, **options):
    with open_table(path, **options) as table:
        return table.columns, list(table.rows())


@pytest.mark.parametrize(
    ("text", "encoding", "reported"),
    [
        (CUSTOMERS, "utf-8", "utf-8"),
        (CUSTOMERS, "utf-8-sig", "utf-8"),
        (CUSTOMERS, "gb18030", "gb18030"),
        (CUSTOMERS, "gbk", "gb18030"),
        (CUSTOMERS, "utf-16", "utf-16-le"),
        (CUSTOMERS, "utf-16-le", "utf-16-le"),
        (CUSTOMERS, "utf-16-be", "utf-16-be"),
        (TRADITIONAL, "big5", "cp950"),
        (TRADITIONAL, "gb18030", "gb18030"),
        (LATIN, "cp1252", "cp1252"),
        (LATIN, "utf-16-le", "utf-16-le"),
    ],
)
def test_encoding_is_found_when_nothing_declares_it(written, text, encoding, reported):
    separator = ";" if text is LATIN else ","
    expected = list(csv.reader(io.StringIO(text), delimiter=separator))

    with open_table(written(text.encode(encoding))) as table:
        assert table.encoding == reported
        assert [table.columns, *table.rows()] == expected


def test_encoding_is_found_when_only_the_end_of_the_file_is_not_ascii(written):
    lines = ["name,city"] + [f"customer {index},Berlin" for index in range(50_000)]
    text = "\n".join([*lines, "榕树科技有限公司,北京市海淀区"])

    _, rows = cells_of(written(text.encode("gbk")))

    assert rows[-1] == ["榕树科技有限公司", "北京市海淀区"]


def test_unreadable_characters_are_counted_when_utf8_is_cut_in_the_middle(written):
    content = CUSTOMERS.encode() + "广州木棉,13700137000,广州,".encode() + "备".encode()[:2] + b"\n"

    with open_table(written(content)) as table:
        rows = list(table.rows())

        assert table.encoding == "utf-8"
        assert rows[-1][:3] == ["广州木棉", "13700137000", "广州"]
        assert table.unreadable_characters == 1


def test_encoding_is_obeyed_when_the_user_chooses_it(written):
    columns, rows = cells_of(written("名前,都市\n田中,東京\n".encode("shift_jis")), encoding="shift_jis")

    assert (columns, rows) == (["名前", "都市"], [["田中", "東京"]])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "；"])
def test_separator_is_found_when_cells_contain_the_others(written, separator):
    other = ";" if separator == "," else ","
    lines = [["name", "tags", "amount"], ["Acme", f"a{other}b", "1"], ["Betasoloin", f"c{other}d{other}e", "2"]]
    text = "\n".join(separator.join(line) for line in lines)

    with open_table(written(text)) as table:
        assert table.separator == separator
        assert [table.columns, *table.rows()] == lines


def test_separator_is_a_semicolon_when_commas_only_separate_fractions(written):
    text = "1,50;2,75;3,25\n" * 20

    _, rows = cells_of(written(text))

    assert rows[0] == ["1,50", "2,75", "3,25"]


def test_separator_is_believed_when_excel_declares_it(written):
    columns, rows = cells_of(written("sep=|\na,x|b\n1,2|3\n"))

    assert (columns, rows) == (["a,x", "b"], [["1,2", "3"]])


def test_row_keeps_its_line_number_when_cells_hold_line_breaks(written):
    text = 'name,note\nAcme,"first\nsecond, ""quoted"""\n\nBeta,plain\n'

    with open_table(written(text)) as table:
        assert list(table.numbered_rows()) == [
            Row(2, ["Acme", 'first\nsecond, "quoted"'], (), 0),
            Row(5, ["Beta", "plain"], (), 0),
        ]


def test_ragged_row_is_reported_when_it_has_too_few_or_too_many_cells(written):
    text = "name,city,phone\n" + "Acme,Rome,1\n" * 30 + "Short\nLong,Oslo,2,extra,,more\n"

    with open_table(written(text)) as table:
        short, long = list(table.numbered_rows())[-2:]

    assert short == Row(32, ["Short", None, None], (), 2)
    assert long == Row(33, ["Long", "Oslo", "2"], ("extra", None, "more"), 0)


def test_cells_are_cleaned_when_they_hold_nul_and_direction_overrides(written):
    _, rows = cells_of(written("name,file\nA\x00cme,\u202etxt.exe\u202c\n"))

    assert rows == [["Acme", "txt.exe"]]


def test_formula_stays_text_when_a_cell_begins_with_an_equals_sign(written):
    _, rows = cells_of(written("name,note\n\"=cmd|' /C calc'!A0\",+1+1\n"))

    assert rows == [["=cmd|' /C calc'!A0", "+1+1"]]


def test_space_after_the_separator_is_dropped_when_the_file_always_writes_one(written):
    columns, rows = cells_of(written('name, city, note\nAcme, Rome, "a, b"\nBeta, Oslo, c\n'))

    assert columns == ["name", "city", "note"]
    assert rows == [["Acme", "Rome", "a, b"], ["Beta", "Oslo", "c"]]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_rows_are_read_when_lines_end_in_the_way_of_any_system(written, ending):
    columns, rows = cells_of(written(ending.join(["name,city", "Acme,Rome", "Beta,Oslo"])))

    assert (columns, rows) == (["name", "city"], [["Acme", "Rome"], ["Beta", "Oslo"]])


def test_table_is_unpacked_when_it_is_inside_gzip_or_zip(written, tmp_path):
    packed = written(gzip.compress(CUSTOMERS.encode("gbk")), "customers.xlsx")
    archive = tmp_path / "customers.csv"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("__MACOSX/._customers.csv", "x")
        target.writestr("export/customers.csv.gz", packed.read_bytes())

    assert cells_of(packed) == cells_of(archive)
    assert cells_of(archive)[1][0][0] == "北京榕树科技有限公司"


def test_unclosed_quote_is_refused_with_its_line_when_it_would_swallow_rows(written):
    text = "name,note\n" + "Acme,fine\n" * 300 + 'Beta,"open\n' + "Gamma,lost\n" * 5

    with open_table(written(text)) as table, pytest.raises(Refused) as refusal:
        list(table.rows())

    assert (refusal.value.code, refusal.value.details) == ("table.unclosed_quote", {"row": 302})


def test_two_readings_do_not_disturb_each_other_when_they_alternate(written):
    text = "number,text\n" + "".join(f"{index},{'x' * 50}\n" for index in range(20_000))

    with open_table(written(text)) as table:
        pairs = list(zip(table.rows(), table.rows(), strict=True))

    assert len(pairs) == 20_000
    assert all(left == right for left, right in pairs)


# Separators, quotes and line breaks often; characters that exist in every encoding tried.
LETTERS = st.sampled_from(list("abcXYZ019 .-_@'\"\n,;\t|") + list("客户名称公司北京上海张伟电话"))
WORDS = st.text(LETTERS, max_size=12).map(str.strip).map(lambda text: text.replace("\t", " "))


@given(
    rows=st.integers(2, 6).flatmap(
        lambda width: st.lists(st.lists(WORDS, min_size=width, max_size=width), min_size=3, max_size=20)
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-32"]),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    ending=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cells_are_identical_when_a_table_is_written_and_read_back(written, rows, encoding, separator, ending):
    header = [f"客户名称{index}" for index in range(len(rows[0]))]
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=ending).writerows([header, ["x"] * len(header), *rows])

    columns, found = cells_of(written(text.getvalue().encode(encoding)), separator=separator)

    filled = [[cell or None for cell in row] for row in rows if any(row)]
    assert columns == header
    assert found == [["x"] * len(header), *filled]


@given(content=st.binary(max_size=400))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_bytes_are_read_or_refused_when_they_are_no_table(written, content):
    with contextlib.suppress(Refused), open_table(written(content)) as table:
        assert all(len(row) == len(table.columns) for row in table.rows())


def random_cell(chance: random.Random) -> str:
    return chance.choice(
        [
            "",
            str(chance.randrange(10**6)),
            f"2023-02-{chance.randint(1, 28):02}",
            f"{chance.randrange(1000)},{chance.randrange(100):02}",
            "".join(chance.choices("客户名称公司北京上海张伟电话有限科技备注重要", k=chance.randint(1, 8))),
            "".join(chance.choices('abc XYZ,;|"\n-', k=chance.randint(1, 14))).strip(),
        ]
    )


@pytest.mark.parametrize("seed", range(40))
def test_everything_is_found_when_nothing_is_said_about_a_table(written, seed):
    chance = random.Random(seed)
    header = ["客户名称", "手机", "city", "note", "金额", "日期", "owner"][: chance.randint(2, 7)]
    rows = [[random_cell(chance) for _ in header] for _ in range(chance.randint(2, 60))]
    separator = chance.choice(",;\t|")
    encoding = chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=chance.choice(["\n", "\r\n"])).writerows([header, *rows])

    with open_table(written(text.getvalue().encode(encoding))) as table:
        assert (table.columns, table.separator) == (header, separator)
        assert list(table.rows()) == [[cell or None for cell in row] for row in rows if any(row)]
