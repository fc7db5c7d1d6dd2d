"""Which column is which field, and what a new field would be."""

# ruff: noqa: DTZ001  # what a file says has no zone yet

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from banyan.core.transfer.guessing import FieldHint, KindGuess, Reason, guess_kind, guess_mapping

CUSTOMER = (
    FieldHint("name", "text", ("客户名称", "Customer name")),
    FieldHint("phone", "phone", ("电话", "Phone")),
    FieldHint("email", "email", ("邮箱", "Email")),
    FieldHint("website", "url", ("网址", "Website")),
    FieldHint("industry", "choice", ("行业", "Industry")),
    FieldHint("source", "choice", ("客户来源", "Source")),
    FieldHint("owner", "person", ("负责人", "Owner")),
    FieldHint("address", "address", ("地址", "Address")),
    FieldHint("employees", "integer", ("员工人数", "Employees")),
    FieldHint("revenue", "money", ("年营业额", "Annual revenue")),
    FieldHint("parent", "link", ("上级客户", "Parent customer")),
    FieldHint("note", "long_text", ("备注", "Note")),
    FieldHint("tags", "tags", ("标签", "Tags")),
)
CONTACT = (
    FieldHint("name", "text", ("姓名", "Full name")),
    FieldHint("customer", "link", ("客户", "Customer")),
    FieldHint("mobile", "phone", ("手机", "Mobile")),
    FieldHint("phone", "phone", ("座机", "Phone")),
    FieldHint("title", "text", ("职务", "Job title")),
    FieldHint("email", "email", ("邮箱", "Email")),
)
OPPORTUNITY = (
    FieldHint("name", "text", ("商机名称", "Opportunity name")),
    FieldHint("customer", "link", ("客户", "Customer")),
    FieldHint("product", "link", ("产品", "Product")),
    FieldHint("owner", "person", ("负责人", "Owner")),
    FieldHint("stage", "choice", ("阶段", "Stage")),
    FieldHint("amount", "money", ("金额", "Amount")),
    FieldHint("started_on", "date", ("开始日期", "Started on")),
    FieldHint("closed_on", "date", ("成交日期", "Closed on")),
)


def mapped(columns, fields, samples=None):
    guesses = guess_mapping(columns, samples or [[] for _ in columns], fields)
    assert [guess.column for guess in guesses] == list(columns)
    return [guess.field for guess in guesses]


@pytest.mark.parametrize(
    ("fields", "columns", "expected"),
    [
        (CUSTOMER, ["公司名称", "联系电话", "E-mail", "所属行业", "来源", "业务员"], ["name", "phone", "email", "industry", "source", "owner"]),
        (CUSTOMER, ["单位", "手机号码（必填）", "电子邮件", "详细地址", "备注信息"], ["name", "phone", "email", "address", "note"]),
        (CUSTOMER, ["account", "sector", "revenue", "employees", "subsidiary_of"], ["name", "industry", "revenue", "employees", "parent"]),
        (CUSTOMER, ["Account Name", "Sales Rep", "Lead Source", "WebSite", "Remarks"], ["name", "owner", "source", "website", "note"]),
        (CUSTOMER, ["客戶名稱", "電話", "負責人"], ["name", "phone", "owner"]),
        (CONTACT, ["姓名", "公司", "手机", "电话", "职位"], ["name", "customer", "mobile", "phone", "title"]),
        (CONTACT, ["Contact", "Company", "Cell phone", "Tel."], ["name", "customer", "mobile", "phone"]),
        (OPPORTUNITY, ["sales_agent", "product", "account", "deal_stage", "engage_date", "close_date", "close_value"],
         ["owner", "product", "customer", "stage", "started_on", "closed_on", "amount"]),
        (OPPORTUNITY, ["项目名称", "客户名称", "销售阶段", "预计销售金额"], ["name", "customer", "stage", "amount"]),
    ],
)  # fmt: skip
def test_columns_are_mapped_when_people_name_them_in_their_own_way(fields, columns, expected):
    assert mapped(columns, fields) == expected


def test_field_is_given_once_when_two_columns_claim_it():
    assert mapped(["手机", "电话"], CUSTOMER) == [None, "phone"]
    assert mapped(["手机", "办公电话", "传真"], CONTACT) == ["mobile", "phone", None]


def test_column_is_left_alone_when_nothing_speaks_for_a_field():
    columns = ["Converted", "TotalVisits", "Lead Profile", "x", "网站流量", "开票抬头"]

    assert mapped(columns, CUSTOMER) == [None] * len(columns)


def test_misspelt_heading_is_mapped_when_it_is_close_enough():
    guess = guess_mapping(["Industy"], [[]], CUSTOMER)[0]

    assert (guess.field, guess.reason) == ("industry", Reason.SIMILAR)
    assert guess.confidence < 0.9


def test_whole_numbers_are_no_phone_when_the_heading_says_nothing():
    assert mapped(["Converted", "Visits"], CUSTOMER, [["0", "1", "0"], [3, 17, 4]]) == [None, None]


def test_content_decides_when_the_heading_says_nothing():
    samples = [["a@acme.com", "b@beta.com"], ["13800138000", "021-88889999"], ["1", "2"]]
    guesses = guess_mapping(["Q1", "Q2", "Q3"], samples, CUSTOMER)

    assert [guess.field for guess in guesses] == ["email", "phone", None]
    assert [guess.reason for guess in guesses] == [Reason.CONTENT, Reason.CONTENT, Reason.NONE]


def test_content_takes_a_field_away_when_it_cannot_be_in_it():
    samples = [["yes", "no", "yes"], ["a@acme.com", "b@beta.com", "c@gamma.com"]]

    assert mapped(["Email", "Address of mail"], CUSTOMER, samples) == [None, "email"]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (["是", "否", "是"], KindGuess("boolean")),
        (["a@acme.com", "b@beta.com"], KindGuess("email")),
        (["13800138000", "010-88889999"], KindGuess("phone")),
        (["https://acme.com/x", "www.beta.cn"], KindGuess("url")),
        (["2023-02-03", "2023/2/4", "2023年2月5日"], KindGuess("date")),
        (["2023-02-03", "2023-02-03 14:30"], KindGuess("datetime")),
        ([date(2023, 2, 3), "-"], KindGuess("date")),
        ([datetime(2023, 2, 3, 1)], KindGuess("datetime")),
        (["1", "2,000", "-3"], KindGuess("integer")),
        ([1, 2, None], KindGuess("integer")),
        (["1", "2.5", "￥3"], KindGuess("decimal")),
        ([Decimal("1.5"), 2], KindGuess("decimal")),
        (["0042", "0815"], KindGuess("text")),
        (["1", "2", "x"], KindGuess("text")),
        (["高", "低", "高", "中"] * 10, KindGuess("choice", ("高", "低", "中"))),
        (["Select", "Google", "Direct"] * 10, KindGuess("choice", ("Google", "Direct"))),
        (["Google", "google", "Google", "Direct"] * 10, KindGuess("choice", ("Google", "Direct"))),
        (["17850.0", "12.0"], KindGuess("integer")),
        (["12.00", "5.50"], KindGuess("decimal")),
        (["one", "two", "three"], KindGuess("text")),
        (["x" * 200, "y"], KindGuess("long_text")),
        (["a\nb"], KindGuess("long_text")),
        ([None, "", "N/A"], KindGuess("text")),
    ],
)
def test_kind_is_the_narrowest_that_holds_everything_when_a_column_becomes_a_field(samples, expected):
    assert guess_kind(samples) == expected
