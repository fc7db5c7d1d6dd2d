from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from banyan.core.kernel.text.pinyin import full, initials, sort_key, spellings, units


@pytest.mark.parametrize(
    ("name", "spelled", "letters"),
    [
        ("中国银行", "zhongguoyinhang", "zgyh"),
        ("重庆啤酒", "chongqingpijiu", "cqpj"),
        ("單雄信", "shanxiongxin", "sxx"),
        ("曾国藩", "zengguofan", "zgf"),
        ("欧阳修", "ouyangxiu", "oyx"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("ABC科技", "abckeji", "abckj"),
        ("360公司", "360gongsi", "360gs"),
        ("Acme Tools", "acmetools", "acmetools"),
        ("", "", ""),
    ],
)
def test_name_is_spelled_as_people_read_it_when_it_has_chinese(name, spelled, letters):
    assert (full(name), initials(name)) == (spelled, letters)


def test_list_is_in_the_order_of_a_chinese_directory_when_sorted_by_bytes():
    directory = [
        "360公司", "阿里巴巴", "Acme", "白云", "重庆银行", "长沙银行", "黎明", "李安", "李强", "Li Ming", "lily", "林森",
        "欧阳修", "区志文", "仇和", "单雄信", "上海", "曾国藩", "张三", "Zoe",
    ]  # fmt: skip

    assert sorted(directory, key=lambda name: sort_key(name).encode()) == [
        "360公司", "阿里巴巴", "Acme", "白云", "长沙银行", "重庆银行", "黎明", "李安", "李强", "Li Ming", "lily", "林森",
        "区志文", "欧阳修", "仇和", "单雄信", "上海", "曾国藩", "张三", "Zoe",
    ]  # fmt: skip


def test_company_is_not_read_as_a_surname_when_its_name_is_long():
    assert sort_key("区块链科技公司").startswith("qu ")
    assert sort_key("区志文").startswith("ou ")


@given(st.text(alphabet=st.characters()))
def test_sort_key_is_short_and_orderly_when_the_name_is_anything(name):
    key = sort_key(name)

    assert len(key.encode("utf-8")) < 2000
    assert bool(key) or not any(character.isalnum() for character in name[:64])


def test_other_readings_are_offered_when_an_everyday_character_has_several():
    ways = {"".join(spelled) for spelled in spellings(units("重庆"))}

    assert ways == {"chongqing", "zhongqing"}


@pytest.mark.parametrize(
    "name", ["银行行长", "音乐会计师", "长城长大", "首都剧院", "成都银行", "西藏旅游", "绿城中国", "解放军"]
)
def test_reading_agrees_with_pypinyin_when_the_word_is_in_its_lists(name):
    assert full(name) == "".join(lazy_pinyin(name))
