from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.customers.rules import LIKELY_DUPLICATE, POSSIBLE_DUPLICATE, match_keys, similarity

anything = st.text(alphabet=st.characters(), max_size=40)
records = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["company", "person"]),
        "name": anything,
        "phone": anything,
        "mobile": st.sampled_from(["13812345678", "+86 138 1234 5678", "x"]),
        "email": anything | st.emails(),
        "tax_number": anything,
        "birthday": st.dates() | st.none(),
        "address": st.dictionaries(st.sampled_from(["city", "street", "postcode"]), anything),
        "customer": st.integers(),
    },
)


def company(name, **values):
    return {"type": "company", "name": name, **values}


def test_keys_hold_normal_forms_when_a_company_has_everything():
    values = company(
        "華為技術有限公司", phone="0755-28780808", email="Info@Huawei.com ", tax_number="9144 0300 1922 0382 16"
    )

    assert match_keys(values) == [
        "p:+8675528780808",
        "e:info@huawei.com",
        "t:914403001922038216",
        "n:华为技术",
        "b:huaweijishu",
    ]


def test_keys_hold_birthday_and_address_when_a_person_has_them():
    values = {
        "name": "Jane Doe",
        "mobile": "138 1234 5678",
        "phone": "13812345678",
        "birthday": date(1980, 2, 3),
        "address": {"street": "12 Main Street", "postcode": "4011"},
    }

    assert match_keys(values) == [
        "p:+8613812345678",
        "n:doe jane",
        "b:d j5",
        "b:1980-02-03",
        "b:12 m5",
        "b:4011/12",
    ]


def test_keys_are_empty_when_nothing_is_known():
    assert match_keys({"name": " ", "phone": None, "email": "", "address": {}}) == []


@given(records, records)
def test_comparison_is_symmetric_and_between_0_and_1_when_values_are_anything(one, other):
    score = similarity(one, other)

    assert score == similarity(other, one)
    assert 0 <= score.score <= 1
    assert all(len(key) <= 120 for key in match_keys(one))


@given(st.sampled_from(["华为技术有限公司", "Acme Inc", "王小明"]), records)
def test_contradicting_values_never_raise_the_score_when_added(name, other):
    plain = company(name)
    contradicting = {**plain, "email": "a@one.example", "tax_number": "A1"}

    against = {**other, "type": "company", "email": "b@two.example", "tax_number": "ZZ99"}
    bare = {key: value for key, value in against.items() if key not in {"email", "tax_number"}}

    assert similarity(contradicting, against).score <= similarity(plain, bare).score


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (company("华为技术有限公司"), company("華為技術股份有限公司"), "same_name"),
        (company("深圳市腾讯科技有限公司"), company("腾讯科技（深圳）有限公司"), "similar_name"),
        (company("The Coca-Cola Company"), company("coca cola co."), "same_name"),
        (company("甲公司", tax_number="91350100M000100Y43"), company("乙公司", tax_number="91350100m000100y43"), "same_tax_number"),
        ({"name": "王小明", "mobile": "13812345678"}, {"name": "王小明", "phone": "+8613812345678"}, "same_phone"),
        ({"name": "Doe, Jane", "email": "j@doe.co"}, {"name": "Jane Doe", "email": "J@doe.co"}, "same_email"),
        ({"name": "李娜", "customer": 1, "mobile": "13812345678"}, {"name": "李娜", "customer": 1}, "same_name"),
    ],
)  # fmt: skip
def test_pair_is_a_likely_duplicate_when_little_speaks_against_it(one, other, reason):
    score = similarity(one, other)

    assert score.score >= LIKELY_DUPLICATE
    assert reason in score.reasons
    assert set(match_keys(one)) & set(match_keys(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (company("Northwind Traders"), company("Nortwind Traders Inc.")),
        ({"name": "张伟"}, {"name": "张伟"}),
        ({"name": "Jon Smyth", "birthday": date(1980, 2, 3)}, {"name": "John Smith", "birthday": date(1980, 3, 3)}),
        ({"name": "章珊", "customer": 1}, {"name": "张珊", "customer": 1}),
    ],
)
def test_pair_is_a_possible_duplicate_when_it_should_be_looked_at(one, other):
    assert POSSIBLE_DUPLICATE <= similarity(one, other).score < LIKELY_DUPLICATE
    assert set(match_keys(one)) & set(match_keys(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (company("腾讯科技（深圳）有限公司"), company("腾讯科技（北京）有限公司")),
        (company("北京银行"), company("上海银行")),
        (company("华为技术有限公司北京分公司"), company("华为技术有限公司上海分公司")),
        (company("北京华为科技有限公司"), company("北京华美科技有限公司")),
        (company("华为技术", tax_number="91350100M000100Y43"), company("华为技术", tax_number="911100001000123456")),
        ({"name": "张伟", "mobile": "13812345678", "email": "a@b.cn"}, {"name": "张伟", "mobile": "13987654321", "email": "c@d.cn"}),
        ({"name": "John Smith", "mobile": "13812345678"}, {"name": "Mary Jones", "mobile": "13987654321"}),
        ({}, {}),
    ],
)  # fmt: skip
def test_pair_is_no_duplicate_when_it_only_looks_alike(one, other):
    assert similarity(one, other).score < POSSIBLE_DUPLICATE
