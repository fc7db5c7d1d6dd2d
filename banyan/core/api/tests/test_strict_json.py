"""Which JSON the interface takes."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.api.strict_json import MAXIMUM_DEPTH, read_object
from banyan.core.kernel.errors import DomainError

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_object_is_read_as_it_was_written(value):
    assert read_object(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_anything_else_is_refused_with_a_reason(body):
    try:
        answer = read_object(body)
    except DomainError as error:
        answer = error.status

    assert answer == 400 or isinstance(answer, dict)


def test_numbers_stay_exact():
    assert read_object(b'{"a": 12345678901234567890123, "b": 0.10}') == {
        "a": 12345678901234567890123,
        "b": Decimal("0.10"),
    }


def test_nesting_is_allowed_up_to_the_limit():
    def nested(levels):
        return b'{"a":' * levels + b"1" + b"}" * levels

    assert read_object(nested(MAXIMUM_DEPTH))
    with pytest.raises(DomainError, match="too_deep"):
        read_object(nested(MAXIMUM_DEPTH + 1))


def test_backslash_before_an_escape_is_no_nul():
    assert read_object(rb'{"a": "\\u0000"}') == {"a": r"\u0000"}
