"""What the tokens promise, asked of PostgreSQL itself."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.core.kernel.text.pinyin import full, initials
from banyan.core.kernel.text.tokens import search_lexemes, search_query, starts_with_query

pytestmark = pytest.mark.django_db

CHINESE = "中国银行重庆长城科技有限公司北京上海字节跳动华为阿里巴巴张王李赵单曾绿地乐行都会𠮷野家龙鳳國"
chinese_names = st.text(alphabet=CHINESE, min_size=2, max_size=20)
weights = st.sampled_from("ABCD")
awkward_texts = st.text(alphabet=st.characters(), max_size=60) | st.text(
    alphabet="'@.\"\\|&!():*<->^@+-./ \x00\ud800é中国１２３abcABC012ﬁß€😀\u202e", max_size=60
)
asked_of_database = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def found(lexemes: str, query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [lexemes, query])
        return bool(cursor.fetchone()[0])


def named(name: str) -> str:
    return search_lexemes([(name, "A")])


@asked_of_database
@given(st.lists(st.tuples(awkward_texts, weights), max_size=4), awkward_texts)
def test_lexemes_and_queries_are_understood_when_the_text_is_anything(weighted, text):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::tsvector, %s::tsquery, %s::tsquery",
            [search_lexemes(weighted), search_query(text), starts_with_query(text)],
        )


@asked_of_database
@given(chinese_names)
def test_every_two_characters_find_the_name_when_it_is_chinese(name):
    lexemes = named(name)

    missed = [name[i : i + 2] for i in range(len(name) - 1) if not found(lexemes, search_query(name[i : i + 2]))]

    assert missed == []


@asked_of_database
@given(chinese_names.filter(lambda name: "𠮷" not in name))
def test_every_start_of_pinyin_and_initials_finds_the_name_when_it_is_typed(name):
    lexemes = named(name)
    typed = [sound[:end] for sound in (initials(name), full(name)) for end in range(1, min(len(sound), 40) + 1)]

    assert [text for text in typed if not found(lexemes, search_query(text))] == []


@asked_of_database
@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["{}", "+86{}", "+86 {}", "0086-{}"]))
def test_every_four_digits_find_the_phone_when_it_is_stored_in_any_form(mobile, written):
    lexemes = search_lexemes([(written.format(mobile), "B")])
    fragments = [mobile[i:j] for i in range(len(mobile)) for j in range(i + 4, len(mobile) + 1)]

    assert [fragment for fragment in fragments if not found(lexemes, search_query(fragment))] == []


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("中国银行", "zgyh"),
        ("中国银行", "中国 银行"),
        ("中国银行", "行"),
        ("中国银行", "guoyin"),
        ("中国银行", "yh"),
        ("中國銀行股份有限公司", "中国银行"),
        ("中国银行", "中國銀行"),
        ("重庆啤酒", "chongqing"),
        ("重庆啤酒", "zqpj"),
        ("单雄信", "shan"),
        ("单雄信", "dxx"),
        ("字节跳动（北京）科技", "字节跳动北京"),
        ("字节跳动（北京）科技", "跳动（北京"),
        ("ＡＢＣ科技", "abckj"),
        ("Café Müller", "cafe mul"),
        ("O'Brien & Sons", "obrien"),
        ("SO-2026-00042", "so-2026-0"),
        ("SO-2026-00042", "00042"),
        ("SO-2026-00042", "42"),
        ("SO-2026-00042", "SO202600042"),
        ("SO-2026-00042", "2026-00042"),
        ("010-88889999", "+86 10 8888 9999"),
        ("+861088889999", "010-8888"),
        ("13812345678", "0138 1234 5678"),
        ("13812345678", "+86 138"),
        ("13812345678", "(+86)138-1234-5678"),
        ("+442079460000", "020 7946 0000"),
        ("Zhang.San@Acme.com.cn", "zhang.s"),
        ("zhang.san@acme.com.cn", "@acme.com"),
        ("zhang.san@acme.com.cn", "ZHANG.SAN@ACME.COM.CN"),
        ("zhang.san@acme.com.cn", "acme"),
        ("o'brien@example.ie", "o'brien@example.ie"),
        ("o'brien@example.ie", "brien"),
        ("a@b@c.com/d'e&f", "a@b@c.com/d'e&f"),
    ],
)
def test_record_is_found_when_the_user_types(stored, typed):
    assert found(search_lexemes([(stored, "A")]), search_query(typed))


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("中国银行", "中行"),
        ("中国银行", "银行 建设"),
        ("Acme Tools", "tool acne"),
        ("13812345678", "5679"),
        ("张三", "s"),
    ],
)
def test_record_is_not_found_when_a_word_is_missing(stored, typed):
    assert not found(search_lexemes([(stored, "A")]), search_query(typed))


@pytest.mark.parametrize(
    ("stored", "typed", "expected"),
    [
        ("中国银行", "中国", True),
        ("中国银行", "银行", False),
        ("中国银行", "zgy", True),
        ("中国银行", "zhongguo", True),
        ("中国银行", "yinhang", False),
        ("（北京）中关村", "北京", True),
        ("Acme Tools", "acm", True),
        ("Acme Tools", "tools", False),
        ("Acme Tools", "acme tools", True),
        ("欧阳修", "o", True),
    ],
)
def test_starts_with_query_tells_the_beginning_when_the_text_occurs(stored, typed, expected):
    assert found(named(stored), starts_with_query(typed)) is expected


def test_name_ranks_above_note_when_both_hold_the_word():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ts_rank(%s::tsvector, %s::tsquery) > ts_rank(%s::tsvector, %s::tsquery)",
            [named("长城汽车"), search_query("长城"), search_lexemes([("去过长城", "D")]), search_query("长城")],
        )
        assert cursor.fetchone()[0]
