"""Descriptions of systems: each says where its names come from, and which of them are guesses."""

from __future__ import annotations

import re

import pytest
import yaml

from banyan.migration.rules import recognise
from banyan.migration.sources import FOLDER, systems

DAY = re.compile(r"^20\d\d-\d\d-\d\d[：:]")


@pytest.mark.parametrize("name", sorted(systems()))
def test_description_says_where_and_when_its_names_were_looked_up(name: str) -> None:
    given = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert any(DAY.match(line) for line in given["checked"])


#: Headings as published programs read them from real exports, and as other descriptions of the same interface name them.
PUBLISHED = [
    (
        "产品对象导出结果_20260901.xlsx",
        "唯一性ID（必填）,产品名称（必填）,产品编码,标准价格,单位,产品分类,负责人主属部门,生命状态",
        ("fxiaoke", "product"),
    ),
    (
        "客户.xlsx",
        "唯一性ID（必填）,客户名称（必填）,客户来源（必填）,负责人,负责人主属部门,客户等级,客户行业（必填）,电话,网址,邮件,备注,成交状态",
        ("fxiaoke", "customer"),
    ),
    (
        "销售订单.xlsx",
        "唯一性ID（必填）,签约日期,客户名称（必填）,销售订单金额,负责人,商机名称,销售订单编号,生命状态,归属部门",
        ("fxiaoke", "order"),
    ),
    (
        "客户.xlsx",
        "记录ID,客户名称,客户所有人,客户级别,上级客户,行业,省份,市,区,详细地址,最新活动记录时间,创建日期,最新修改日,所属部门",
        ("neocrm", "account"),
    ),
    (
        "销售线索.xlsx",
        "记录ID,姓名,公司名称,销售线索所有人,跟进状态,手机,电子邮件,线索来源,市场活动,创建日期,最新修改日",
        ("neocrm", "lead"),
    ),
    (
        "商机.xlsx",
        "记录ID,机会名称,客户名称,机会所有人,销售阶段,销售金额,结单日期,赢率,输单原因,创建日期,最新修改日",
        ("neocrm", "opportunity"),
    ),
]


@pytest.mark.parametrize(("file", "headings", "wanted"), PUBLISHED)
def test_published_headings_are_recognised(file: str, headings: str, wanted: tuple[str, str]) -> None:
    found = recognise(headings.split(","), file, list(systems().values()))
    assert (found[0].system, found[0].kind) == wanted


def test_guesses_are_marked_where_nothing_is_published() -> None:
    guessed = {(system.name, file.kind) for system in systems().values() for file in system.files if file.guessed}
    assert {("fxiaoke", "contract"), ("neocrm", "quote"), ("lixiaoyun", "customer")} <= guessed
    for name in ("dingtalk", "xiaoman", "hecom"):
        assert {(name, file.kind) for file in systems()[name].files} <= guessed
    assert not guessed & {("fxiaoke", "customer"), ("neocrm", "account"), ("salesforce", "account")}
