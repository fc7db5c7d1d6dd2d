from __future__ import annotations

import pytest

from banyan.core.kernel.text.tokens import MOST_LEXEMES, rank_key, search_lexemes, search_query, starts_with_query


def lexemes_of(text: str, weight: str) -> set[str]:
    return {part.split("'")[1] for part in search_lexemes([(text, weight)]).split(" ") if part}


def test_long_note_has_no_pinyin_and_a_bounded_number_of_lexemes_when_it_is_huge():
    note = "".join(chr(0x4E00 + index) for index in range(6000))

    lexemes = lexemes_of(note, "D")

    assert len(lexemes) == MOST_LEXEMES
    assert not any(lexeme.isascii() for lexeme in lexemes)


def test_name_keeps_its_lexemes_when_a_huge_note_comes_first():
    note = "".join(chr(0x4E00 + index) for index in range(3000))

    assert "'中国':1A" in search_lexemes([(note, "D"), ("中国银行", "A")])


@pytest.mark.parametrize("text", ["", "   ", "!!!", "'", "\\", "\x00", "\ud800", "😀", "（）", "& | ! :*"])
def test_queries_are_empty_when_nothing_can_be_searched(text):
    assert (search_query(text), starts_with_query(text)) == ("", "")


def test_query_is_bounded_when_the_text_is_huge():
    assert len(search_query("字节跳动 abc " * 10_000)) < 1000


def test_no_text_gives_no_lexemes_when_all_fields_are_empty():
    assert search_lexemes([("", "A"), ("  ", "B")]) == ""


def test_pinyin_weighs_less_than_the_name_when_both_are_stored():
    assert "'zhongguo':1B" in search_lexemes([("中国银行", "A")])


@pytest.mark.parametrize(
    ("query", "ranked"),
    [
        ("银行", ["银行", "银行家", "中国银行", "北京银行股份", "果园"]),
        ("acme", ["ACME", "Acme Tools", "The Acme", "Zebra"]),
        ("zgyh", ["ZGYH", "中国银行", "中国银行上海", "新中国银行", "苹果"]),
        ("中国银行", ["中國銀行", "中国银行（香港）", "新中国银行", "苹果"]),
    ],
)
def test_rank_key_orders_exact_start_inside_other_when_hits_are_sorted(query, ranked):
    hits = ranked[::-1]

    assert sorted(hits, key=lambda title: rank_key(title, query)) == ranked
