from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.text.folding import fold, letters_and_digits


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Café Müller", "cafe muller"),
        ("ＡＢＣ１２３（株）", "abc123(株)"),
        ("臺灣銀行", "台湾银行"),
        ("Straße Łódź Ørsted", "strasse lodz orsted"),
        ("ｶﾞｽ", "ガス"),
        ("한국", "한국"),
        ("zero\u200bwidth", "zerowidth"),
        ("\ud800a", "a"),
    ],
)
def test_fold_gives_one_spelling_when_people_write_it_differently(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_fold_changes_nothing_when_done_twice(text):
    once = fold(text)

    assert fold(once) == once


@given(st.text())
def test_fold_is_the_same_when_the_text_is_composed_or_decomposed(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_letters_and_digits_drop_the_rest_when_a_name_has_punctuation():
    assert letters_and_digits("（中国） A-B·1!") == "中国ab1"
