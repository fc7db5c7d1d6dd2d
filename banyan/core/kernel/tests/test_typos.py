from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.text.typos import forgiving_query, is_close

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=12)


@given(WORDS, st.data())
def test_word_with_one_slip_after_its_first_letter_is_close(word, data):
    at = data.draw(st.integers(1, len(word) - 2))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    slip = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )

    assert is_close(word, slip)
    # Whoever is close is also found: one of the beginnings that are looked up begins the word.
    beginnings = [term.strip(" ()'").removesuffix("':*") for term in forgiving_query(slip).split("|")]
    assert any(word.startswith(beginning) for beginning in beginnings)


@pytest.mark.parametrize(("title", "text"), [("Harbor", "garden"), ("Northwind", "westwind"), ("北京银行", "南京银行")])
def test_other_words_are_not_close(title, text):
    assert not is_close(title, text)


@given(st.text())
def test_query_is_made_or_left_empty_whatever_is_typed(text):
    assert "\0" not in forgiving_query(text)
