from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.text.cleaning import clean_line, clean_text


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("  张三\x00 ", "张三"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("e\u0301", "é"),
        ("e\u202e\u0301", "é"),
        ("pay\u202egpj.exe", "paygpj.exe"),
        ("\ufeff客户", "客户"),
        ("x\ud83dy", "xy"),
        ("👩‍💻 𠮷野家 שלום مرحبا", "👩‍💻 𠮷野家 שלום مرحبا"),
        ("tab\there", "tab\there"),
        ("\u2066bell\x07\u2069", "bell"),
    ],
)
def test_clean_text_keeps_words_and_drops_traps_when_text_comes_from_outside(value, cleaned):
    assert clean_text(value) == cleaned


@given(st.text(alphabet=st.characters()))
def test_clean_text_can_be_stored_and_stays_when_it_is_cleaned_again(value):
    cleaned = clean_text(value)

    assert "\x00" not in cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == unicodedata.normalize("NFC", cleaned)
    assert clean_text(cleaned) == cleaned


def test_clean_line_is_one_line_when_the_text_has_several():
    assert clean_line(" 北京\n\t 市  海淀区 ") == "北京 市 海淀区"
