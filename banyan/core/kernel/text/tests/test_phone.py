from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.text.phone import format_phone, mask_phone, normalize_phone, split_extension


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "+86 138 1234 5678",
        "+8613812345678",
        "008613812345678",
        "86-13812345678",
        "8613812345678",
        "013812345678",
        "138-1234-5678",
        "138.1234.5678",
        "(+86) 138 1234 5678",
        "１３８１２３４５６７８",
        "＋８６ 138１２３４5678",
        "\u202d13812345678\u202c",
        "手机：13812345678",
        "138 1234 5678 转 12",
    ],
)
def test_chinese_mobile_has_one_form_when_written_in_any_way(text):
    assert normalize_phone(text) == "+8613812345678"


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("010-88889999", "+861088889999"),
        ("(0755) 2666 5555", "+8675526665555"),
        ("0317-1234567", "+863171234567"),
        ("+86 10 8888 9999", "+861088889999"),
        ("010-88889999-8001", "+861088889999"),
        ("0317-1234567-1", "+863171234567"),
        ("400-123-4567", "+864001234567"),
        ("8008101234", "+868008101234"),
        ("95588", "+8695588"),
        ("12306", "+8612306"),
        ("+852 9123 4567", "+85291234567"),
        ("00853 6612 3456", "+85366123456"),
        ("+886 0912 345 678", "+886912345678"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("+1 (415) 555-0100", "+14155550100"),
        ("+49 30 901820", "+4930901820"),
    ],
)
def test_number_gets_its_e164_form_when_it_is_not_a_mobile(text, e164):
    assert normalize_phone(text) == e164


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("(415) 555-0100", "US", "+14155550100"),
        ("13812345678", "US", "+13812345678"),
        ("9123 4567", "HK", "+85291234567"),
        ("020 7946 0000", "GB", "+442079460000"),
        ("+86 138 1234 5678", "US", "+8613812345678"),
    ],
)
def test_national_number_follows_the_region_when_one_is_given(text, region, e164):
    assert normalize_phone(text, region) == e164


@pytest.mark.parametrize(
    "text",
    ["", "abc", "12", "88889999", "1381234567", "+86138123456789", "1-800-FLOWERS", "张三", "+", "\x00", "1" * 500],
)
def test_number_is_refused_when_it_names_no_phone(text):
    assert normalize_phone(text) is None


@given(st.text(alphabet=st.characters()))
def test_normalize_phone_answers_when_the_text_is_anything(text):
    number = normalize_phone(text)

    assert number is None or (number.startswith("+") and number[1:].isdecimal() and number.isascii())


@given(st.from_regex(r"1[3-9][0-9]{9}|0(10|2[0-9])-[0-9]{8}|0[3-9][0-9]{2}-[0-9]{7,8}|400[0-9]{7}", fullmatch=True))
def test_normal_form_stays_when_shown_and_read_again(text):
    number = normalize_phone(text)

    assert number is not None
    assert normalize_phone(number) == number
    assert normalize_phone(format_phone(number, "zh-hans")) == number
    assert normalize_phone(format_phone(number, "en")) == number


@pytest.mark.parametrize(
    ("text", "number", "extension"),
    [
        ("010-88889999转8001", "010-88889999", "8001"),
        ("010-88889999 分机：8001", "010-88889999", "8001"),
        ("010-88889999-8001", "010-88889999", "8001"),
        ("+1 415 555 0100 ext. 12", "+1 415 555 0100", "12"),
        ("415-555-0100 x12", "415-555-0100", "12"),
        ("138-1234-5678", "138-1234-5678", ""),
        ("400-123-4567", "400-123-4567", ""),
        ("no phone", "no phone", ""),
    ],
)
def test_extension_is_split_off_when_it_is_written_behind(text, number, extension):
    assert split_extension(text) == (number, extension)


@pytest.mark.parametrize(
    ("e164", "chinese", "english"),
    [
        ("+8613812345678", "138 1234 5678", "+86 138 1234 5678"),
        ("+861088889999", "010-8888 9999", "+86 10 8888 9999"),
        ("+864001234567", "400-123-4567", "+86 400 123 4567"),
        ("+8695588", "95588", "+86 95588"),
        ("+442079460000", "+44 20 7946 0000", "+44 20 7946 0000"),
        ("call me", "call me", "call me"),
    ],
)
def test_number_is_written_for_the_reader_when_shown(e164, chinese, english):
    assert (format_phone(e164, "zh-hans"), format_phone(e164, "en")) == (chinese, english)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+8613812345678", "138****5678"),
        ("+861088889999", "010****9999"),
        ("+8695588", "***88"),
        ("+442079460000", "442*****0000"),
        ("12", "**"),
        ("", ""),
    ],
)
def test_middle_is_hidden_when_masked(number, masked):
    assert mask_phone(number) == masked
