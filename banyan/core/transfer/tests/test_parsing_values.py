"""Numbers, yes and no, choices and lists as people write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.transfer.parsing import (
    Amount,
    ChoiceOption,
    NumberStyle,
    Unreadable,
    guess_number_style,
    is_blank,
    parse_amount,
    parse_boolean,
    parse_choice,
    parse_decimal,
    parse_integer,
    split_multiple,
    suggest_choice,
)

POINT, COMMA = NumberStyle.POINT, NumberStyle.COMMA


@pytest.mark.parametrize(
    ("written", "style", "expected"),
    [
        ("1,234.56", POINT, "1234.56"),
        ("1.234,56", COMMA, "1234.56"),
        ("1 234,56", COMMA, "1234.56"),
        ("1\u202f234\u00a0567,8", COMMA, "1234567.8"),
        ("1'234’567.50", POINT, "1234567.50"),
        ("12,34,567.8", POINT, "1234567.8"),
        ("￥1,234", POINT, "1234"),
        ("$1,234", POINT, "1234"),
        ("-$5", POINT, "-5"),
        ("$-5", POINT, "-5"),
        ("CNY 1,234.50", POINT, "1234.50"),
        ("1234元", POINT, "1234"),
        ("1.2万", POINT, "12000"),
        ("1.2万元", POINT, "12000"),
        ("3亿", POINT, "300000000"),
        ("1.5 million", POINT, "1500000"),
        ("2k", POINT, "2000"),
        ("(123)", POINT, "-123"),
        ("(￥1,234.5)", POINT, "-1234.5"),
        ("123-", POINT, "-123"),
        ("−7", POINT, "-7"),
        ("12%", POINT, "0.12"),
        ("１２．５％", POINT, "0.125"),
        ("5‰", POINT, "0.005"),
        ("+8", POINT, "8"),
        (".5", POINT, "0.5"),
        ("5.", POINT, "5"),
        ("1.2E+3", POINT, "1200"),
        ("007", POINT, "7"),
        (42, POINT, "42"),
        (Decimal("1.50"), COMMA, "1.50"),
    ],
)
def test_number_is_read_when_it_is_written_in_its_style(written, style, expected):
    assert parse_decimal(written, style) == Decimal(expected)


@pytest.mark.parametrize(
    ("written", "style"),
    [
        # The dangerous ones: read carelessly, each becomes a wrong number.
        ("1,5", POINT), ("12,3456", POINT), ("1.234.567", POINT), ("1.5", COMMA), ("1,234,5", COMMA), ("1 23", POINT),
        ("", POINT), ("abc", POINT), ("1-2", POINT), ("--1", POINT), ("(1", POINT), ("(-1)", POINT), ("12元5", POINT),
        ("NaN", POINT), ("Infinity", POINT), ("1e999", POINT), ("9" * 100, POINT), ("1_000", POINT), ("0x10", POINT),
        ("2023-02-03", POINT), (True, POINT), (None, POINT), (date(2023, 2, 3), POINT),
    ],
)  # fmt: skip
def test_number_is_refused_when_it_could_be_another(written, style):
    with pytest.raises(Unreadable) as refusal:
        parse_decimal(written, style)

    assert refusal.value.code == "not_a_number"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("￥1.2万", Amount(Decimal(12000), "CNY")),
        ("US$ 5", Amount(Decimal(5), "USD")),
        ("5 eur", Amount(Decimal(5), "EUR")),
        ("300日元", Amount(Decimal(300), "JPY")),
        ("300", Amount(Decimal(300), None)),
    ],
)
def test_currency_is_found_when_it_stands_beside_the_number(written, expected):
    assert parse_amount(written) == expected


def test_whole_number_is_refused_when_it_has_a_fraction():
    assert (parse_integer("1,200.0"), parse_integer(Decimal("3.00"))) == (1200, 3)
    with pytest.raises(Unreadable) as refusal:
        parse_integer("1.5")
    assert refusal.value.code == "not_whole"


@pytest.mark.parametrize(
    ("samples", "style"),
    [
        (["1,234.56"], POINT),
        (["1.234,56", "5"], COMMA),
        (["1,50", "2,75"], COMMA),
        (["1.50"], POINT),
        (["1.234.567"], COMMA),
        (["1,234,567"], POINT),
        (["1,234", "5.678"], None),
        (["12", 5, None, "abc"], None),
    ],
)
def test_style_is_guessed_when_the_column_betrays_it(samples, style):
    assert guess_number_style(samples) == style


@given(st.decimals(-(10**12), 10**12, places=2), st.sampled_from(list(NumberStyle)), st.booleans())
def test_number_comes_back_when_it_is_written_in_either_style(number, style, is_grouped):
    written = format(number, ",.2f" if is_grouped else ".2f")
    if style is COMMA:
        written = written.translate(str.maketrans(",.", ".,"))

    assert parse_decimal(written, style) == number
    assert guess_number_style([written]) == style


@given(st.text(max_size=30))
def test_number_is_read_or_refused_when_the_text_is_anything(text):
    for style in NumberStyle:
        try:
            assert parse_decimal(text, style).is_finite()
        except Unreadable as refusal:
            assert refusal.code == "not_a_number"  # noqa: PT017  # which exceptions come out is the rule under test


@pytest.mark.parametrize(
    "written", ["是", "Yes", "TRUE", "1", "1.0", "y", "√", "✓", "对", "Ｙ", True, 1, Decimal("1.0")]
)
def test_boolean_is_true_when_the_cell_says_yes(written):
    assert parse_boolean(written) is True


@pytest.mark.parametrize("written", ["否", "No", "false", "0", "n", "×", "✗", "无", " 不是 ", False, 0])
def test_boolean_is_false_when_the_cell_says_no(written):
    assert parse_boolean(written) is False


@pytest.mark.parametrize("written", ["maybe", "2", "", "x", None])
def test_boolean_is_refused_when_the_cell_says_neither(written):
    with pytest.raises(Unreadable) as refusal:
        parse_boolean(written)

    assert refusal.value.code == "not_yes_or_no"


INDUSTRIES = (
    ChoiceOption("education", ("教育培训", "Education & Training")),
    ChoiceOption("technology", ("科技", "Technology")),
    ChoiceOption("level_plus", ("A+",)),
    ChoiceOption("level", ("A",)),
)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("education", "education"),
        ("教育培训", "education"),
        ("教育 培訓", "education"),
        ("EDUCATION & TRAINING", "education"),
        ("education-training", "education"),
        ("jiaoyupeixun", "education"),
        ("Ke Ji", "technology"),
        ("Ｔechnology", "technology"),
        ("A+", "level_plus"),
        ("a", "level"),
    ],
)
def test_choice_is_found_when_a_cell_names_it_in_any_spelling(written, code):
    assert parse_choice(written, INDUSTRIES) == code


def test_choice_is_refused_and_suggested_when_it_is_misspelt():
    with pytest.raises(Unreadable) as refusal:
        parse_choice("technolgy", INDUSTRIES)

    assert refusal.value.code == "unknown_choice"
    assert suggest_choice("technolgy", INDUSTRIES) == "technology"
    assert suggest_choice("agriculture", INDUSTRIES) is None


def test_values_are_split_when_one_cell_lists_several():
    assert split_multiple("展会; 老客户，VIP、重点|展会\nnew , ") == ["展会", "老客户", "VIP", "重点", "new"]
    assert split_multiple(None) == []
    assert split_multiple(5) == ["5"]


@pytest.mark.parametrize("written", [None, "", "  ", "-", "——", "N/A", "null", "无", "Select", "#N/A", "0000-00-00"])
def test_cell_is_blank_when_it_holds_only_a_stand_in(written):
    assert is_blank(written)


@pytest.mark.parametrize("written", [0, False, "0", "否", "none of these", "无锡"])
def test_cell_is_not_blank_when_it_says_something(written):
    assert not is_blank(written)
