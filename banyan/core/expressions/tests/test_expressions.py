"""What people may write in formulas, what comes out, and what is refused where."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.core.expressions import FUNCTIONS, BadExpression, Moment, Type, compile_expression, function_help
from banyan.core.expressions.reading import LONGEST
from banyan.core.expressions.values import LONGEST_TEXT

TYPES = {
    "amount": Type.NUMBER, "discount": Type.NUMBER, "name": Type.TEXT, "tags": Type.LIST, "day": Type.DATE,
    "at": Type.DATETIME, "ok": Type.BOOLEAN, "level": Type.TEXT, "customer.industry": Type.TEXT,
}  # fmt: skip
VALUES: dict[str, Any] = {
    "amount": Decimal("1234.565"), "name": "Ärger GmbH", "tags": ["vip"], "day": date(2026, 1, 31), "ok": True,
    "at": datetime(2026, 1, 30, 20, tzinfo=UTC), "level": "gold", "customer.industry": "it",
}  # fmt: skip
MOMENT = Moment(datetime(2026, 11, 26, 18, tzinfo=UTC), "Asia/Shanghai")
LEVELS = {"gold": "黄金", "silver": "白银"}


def worth(text: str) -> Any:
    """Return what a formula gives for the values above."""
    return compile_expression(text, TYPES.get).evaluate(VALUES.get, MOMENT)


def refusal(text: str, **given: Any) -> BadExpression:
    """Return why a formula is refused."""
    with pytest.raises(BadExpression) as caught:
        compile_expression(text, TYPES.get, **given)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", Decimal(7)),
        ("-2^2", Decimal(4)),
        ("0.1 + 0.2", Decimal("0.3")),
        ("amount * 6%", Decimal("74.0739")),
        ("ROUND(amount, 2)", Decimal("1234.57")),
        ("四舍五入（amount，1）", Decimal("1234.6")),
        ("如果（amount＞1000，“大”，“小”）", "大"),
        ("如果（amount≥1000 且 level＝「gold」，真，假）", True),
        ('"a""b"', 'a"b'),
        ('“say "x"”', 'say "x"'),
        ('name & " " & amount', "Ärger GmbH 1234.565"),
        ("amount / 0", None),
        ("amount + discount", None),
        ("amount - COALESCE(discount, 0)", Decimal("1234.565")),
        ('"" & discount', None),
        ("discount = BLANK()", True),
        ("discount < 5", False),
        ("NOT discount < 5", True),
        ("AND(ok, amount > 5) OR FALSE", True),
        ("customer.industry NOT IN ('a', 'it')", False),
        ('CASE(level, "silver", 1, "gold", 2, 3)', Decimal(2)),
        ("MAX(amount, discount, 5)", Decimal("1234.565")),
        ("MOD(-3, 2)", Decimal(1)),
        ("CEILING(amount, 100)", Decimal(1300)),
        ("FLOOR(-1.5)", Decimal(-2)),
        ('LEN(discount & "")', Decimal(0)),
        ("MID(name, 7, 4)", "GmbH"),
        ('CONTAINS(name, "gmbh")', True),
        ('TEXT(day, "YYYY/MM")', "2026/01"),
        ("TEXT(amount, 2)", "1234.57"),
        ('NUMBER("1,200.5")', Decimal("1200.5")),
        ('NUMBER("no")', None),
        ("ADDMONTHS(day, 1)", date(2026, 2, 28)),
        ("day + 1", date(2026, 2, 1)),
        ("day - DATE(2026, 1, 1)", Decimal(30)),
        # The instant lies on the day of the time zone, which is the 31st already.
        ("DAYS(day, at)", Decimal(0)),
        ("day = at", True),
        ("TODAY()", date(2026, 11, 27)),
        ("DATE(2026, 2, 30)", None),
        ('HAS(tags, "vip")', True),
        ("9 ^ 9 ^ 9 ^ 9", None),
    ],
)  # fmt: skip
def test_formulas_mean_what_a_spreadsheet_means(text: str, value: Any) -> None:
    assert worth(text) == value


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("", "empty", 0),
        ("1 +", "incomplete", 3),
        ("ROUND(amount", "open_bracket", 5),
        ('name & "abc', "open_text", 7),
        ("amount == 3", "misplaced", 8),
        ("10 % 3", "misplaced", 5),
        ("1 # 2", "unknown_sign", 2),
        ("amuont * 2", "unknown_field", 0),
        ("1 + TODAY", "function_without_brackets", 4),
        ("1 + WURZEL(4)", "unknown_function", 4),
        ("ROUND()", "too_few", 0),
        ("LEN(name, 1)", "too_many", 10),
        ("IF(amount, 1, 2)", "wrong_type", 3),
        ('IF(ok, 1, "x")', "mixed_types", 10),
        ('day = "2026-01-01"', "mixed_types", 6),
        ("name + name", "wrong_type", 0),
        ("tags < tags", "no_order", 0),
        ("amount AND ok", "wrong_type", 0),
        ("（amount＋1", "open_bracket", 0),
        ("-" * 200 + "1", "too_deep", 41),
        ("1" * (LONGEST + 1), "too_long", LONGEST),
        ("9" * 40, "too_large", 0),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, code: str, position: int) -> None:
    problem = refusal(text)
    assert (problem.code, problem.position) == (code, position)
    assert str(problem.message)


def test_choices_are_compared_by_code_or_label_and_nothing_else() -> None:
    def choices(path: str) -> dict[str, str] | None:
        return LEVELS if path == "level" else None

    compiled = compile_expression('level = "黄金" OR level IN ("silver")', TYPES.get, choices=choices)
    assert compiled.evaluate(VALUES.get, MOMENT) is True
    assert compiled.codes == {("level", "gold"), ("level", "silver")}
    cases = compile_expression('CASE(level, "黄金", "first", "白银", "second", "other")', TYPES.get, choices=choices)
    assert cases.evaluate(VALUES.get, MOMENT) == "first"
    problem = refusal('level = "bronze"', choices=choices)
    assert (problem.code, problem.position) == ("unknown_choice", 8)
    assert "黄金" in str(problem.message)


def test_what_people_call_things_becomes_their_names() -> None:
    def named(written: str) -> str:
        return {"金额": "amount", "等级": "level", "Total amount": "amount"}.get(written, written)

    compiled = compile_expression(
        "IF(等级 = “黄金”, 金额 + {Total amount}, {amount})", TYPES.get, named=named,
        choices=lambda path: LEVELS if path == "level" else None,
    )  # fmt: skip
    assert compiled.text == 'IF(level = "gold", amount + amount, amount)'
    assert compile_expression(compiled.text, TYPES.get).evaluate(VALUES.get, MOMENT) == Decimal("2469.13")


def test_a_compiled_formula_knows_its_fields_and_whether_time_changes_it() -> None:
    compiled = compile_expression('IF(customer.industry = "it", amount, 0)', TYPES.get)
    assert (compiled.paths, compiled.type, compiled.is_volatile) == ({"customer.industry", "amount"}, "number", False)
    first = compiled.references[0]
    assert compiled.text[first.start : first.end] == "customer.industry"
    assert compile_expression("TODAY() - day", TYPES.get).is_volatile
    assert compile_expression("BLANK()", TYPES.get).type is None


def test_every_example_of_the_help_compiles() -> None:
    for entry in function_help():
        compile_expression(entry.example, _example_type)
        assert entry.about
    assert {alias for entry in function_help() for alias in entry.aliases} <= FUNCTIONS.keys()


def _example_type(name: str) -> Type:
    dates = {"close_date": Type.DATE, "start_date": Type.DATE, "created_at": Type.DATETIME, "tags": Type.LIST}
    texts = {"name", "phone", "code", "email", "number", "level"}
    return dates.get(name) or (Type.TEXT if name in texts else Type.NUMBER)


numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=4)


@given(numbers, numbers)
@settings(max_examples=60, deadline=None)
def test_arithmetic_is_exact(left: Decimal, right: Decimal) -> None:
    values = {"amount": left, "discount": right}
    compiled = compile_expression("(amount + discount) * 2 - discount - discount", TYPES.get)
    assert compiled.evaluate(values.get, MOMENT) == left * 2


pieces = st.sampled_from(
    ["amount", "name", "day", "at", "tags", "ok", "1", '"x"', "+", "-", "*", "/", "^", "%", "&", "=", "<", ">=", "(", ")",
     ",", "IF(", "MIN(", "ROUND(", "TEXT(", "REPLACE(", "TODAY()", "NOT ", " AND ", " OR ", " IN (", "如果（", "“", "”", "，",
     "9999999999", "ADDDAYS(", "ADDMONTHS(", "DATE(", "LEFT("]
)  # fmt: skip


@given(st.lists(pieces, max_size=25).map("".join) | st.text(max_size=60))
@settings(max_examples=400, deadline=None)
def test_whatever_is_typed_is_refused_with_a_place_or_gives_a_value_of_its_type(text: str) -> None:
    try:
        compiled = compile_expression(text, TYPES.get)
    except BadExpression as problem:
        assert 0 <= problem.position <= len(text)  # noqa: PT017 most texts are wrong, some are not
        return
    for values in (VALUES, {}):
        value = compiled.evaluate(values.get, MOMENT)
        kinds = {Type.NUMBER: Decimal, Type.TEXT: str, Type.BOOLEAN: bool, Type.DATE: date, Type.DATETIME: datetime}
        assert value is None or compiled.type is Type.LIST or isinstance(value, kinds[compiled.type or Type.TEXT])


@given(st.integers(min_value=1, max_value=300))
@settings(max_examples=20, deadline=None)
def test_texts_do_not_grow_without_end(times: int) -> None:
    text = "name"
    for _ in range(min(times, 30)):
        text = f'REPLACE({text}, "r", "rrrrrrrrrr")'
    value = compile_expression(text, TYPES.get).evaluate(VALUES.get, MOMENT)
    assert value is None or len(value) <= LONGEST_TEXT
