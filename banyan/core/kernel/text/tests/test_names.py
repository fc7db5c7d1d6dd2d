from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.text.names import (
    company_core,
    company_key,
    money_in_capitals,
    person_display,
    split_person_name,
    uscc_is_valid,
)


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (
            ["华为技术有限公司", "華為技術有限公司", " 华为技术  有限责任公司", "华为技术（中国）有限公司", "华为技术"],
            "华为技术",
        ),
        (["阿里巴巴集团控股有限公司", "阿里巴巴集团", "阿里巴巴(中国)有限公司", "阿里巴巴"], "阿里巴巴"),
        (["深圳市腾讯计算机系统有限公司", "深圳腾讯计算机系统"], "深圳腾讯计算机系统"),
        (["ＩＢＭ（中国）有限公司", "IBM", "I.B.M. Corp.", "ibm (China) Co., Ltd."], "ibm"),
        (["The Coca-Cola Company", "Coca Cola Co", "COCA-COLA"], "cocacola"),
        (["Müller GmbH & Co. KG", "MULLER"], "muller"),
        (["北京银行股份有限公司", "北京银行"], "北京银行"),
        (["有限公司"], "有限公司"),
        (["Ltd."], "ltd"),
        (["!!!"], "!!!"),
        (["（中国）"], "中国"),
    ],
)
def test_company_has_one_key_when_its_name_is_written_differently(spellings, key):
    assert {company_key(spelling) for spelling in spellings} == {key}


def test_company_and_branch_differ_when_the_branch_is_named():
    names = ["华为技术有限公司", "华为技术有限公司北京分公司", "华为技术有限公司上海分公司"]

    assert len({company_key(name) for name in names}) == 3


def test_core_drops_the_place_when_it_stands_in_front():
    assert company_core("深圳市腾讯科技有限公司") == company_core("腾讯科技（深圳）有限公司") == "腾讯科技"


@given(st.text(alphabet=st.characters(), min_size=1))
def test_company_key_is_never_empty_when_the_name_is_not(name):
    assert company_key(name)


@pytest.mark.parametrize(
    ("parts", "locale", "shown"),
    [
        ({"full_name": " 王 小明 "}, "en", "王 小明"),
        ({"full_name": "买买提•艾力"}, "zh-hans", "买买提·艾力"),
        ({"family": "王", "given": "小明"}, "en", "王小明"),
        ({"family": "Doe", "given": "Jane"}, "en", "Jane Doe"),
        ({"family": "Doe", "given": "Jane"}, "zh-hans", "Jane Doe"),
        ({"family": "王", "given": "Amy"}, "zh-hans", "王 Amy"),
        ({"family": "王", "given": "Amy"}, "en", "Amy 王"),
        ({"family": "王"}, "zh-hans", "王"),
        ({}, "en", ""),
    ],
)
def test_person_is_shown_in_the_order_of_the_language_when_named(parts, locale, shown):
    assert person_display(**parts, locale=locale) == shown


@pytest.mark.parametrize(
    ("name", "family", "given"),
    [
        ("王小明", "王", "小明"),
        ("欧阳修", "欧阳", "修"),
        ("歐陽修", "歐陽", "修"),
        ("司马相如", "司马", "相如"),
        ("东方", "东", "方"),
        ("Jane van Doe", "Doe", "Jane van"),
        ("Doe, Jane", "Doe", "Jane"),
        ("Madonna", "", "Madonna"),
        ("买买提·艾力", "", "买买提·艾力"),
        ("王 小明", "王", "小明"),
    ],
)
def test_name_is_split_at_its_surname_when_family_and_given_are_asked(name, family, given):
    assert split_person_name(name) == (family, given)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("91350100M000100Y43", True),
        (" 91350100m000100y43 ", True),
        ("91350100M000100Y44", False),
        ("91350100I000100Y43", False),
        ("9135010", False),
        ("", False),
        ("９1350100M000100Y43", False),
    ],
)
def test_credit_code_is_valid_when_its_check_digit_fits(code, expected):
    assert uscc_is_valid(code) is expected


@pytest.mark.parametrize(
    ("amount", "capitals"),
    [
        ("1200.50", "壹仟贰佰元伍角"),
        ("0", "零元整"),
        ("-0.001", "零元整"),
        ("0.05", "伍分"),
        ("0.5", "伍角"),
        ("1.05", "壹元零伍分"),
        ("10", "壹拾元整"),
        ("107000.53", "壹拾万零柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("100000000", "壹亿元整"),
        ("1000010001", "壹拾亿零壹万零壹元整"),
        ("1000100000000", "壹万零壹亿元整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1.005", "壹元零壹分"),
        ("-12.3", "负壹拾贰元叁角"),
    ],
)
def test_amount_is_written_in_capitals_when_printed(amount, capitals):
    assert money_in_capitals(Decimal(amount)) == capitals


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "10000000000000000"])
def test_amount_is_refused_when_it_has_no_capitals(amount):
    with pytest.raises(ValueError, match="No capitals"):
        money_in_capitals(Decimal(amount))


@given(st.integers(0, 10**16 - 1), st.integers(0, 10**16 - 1))
def test_capitals_differ_when_amounts_do(first, second):
    texts = {money_in_capitals(Decimal(number)) for number in (first, second)}

    assert len(texts) == len({first, second})
    assert not any("零零" in text or "零元" in text for text in texts if text != "零元整")
