"""The functions of expressions: those that choose, and those of numbers, texts, days and lists."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.expressions.functions import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DAYLIKE,
    LIST,
    NUMBER,
    ORDERED,
    TEXT,
    Node,
    Run,
    common_type,
    daily,
    function,
    plainly,
)
from banyan.core.expressions.values import (
    ARITHMETIC,
    LONGEST_TEXT,
    BadExpression,
    Situation,
    Type,
    as_day,
    as_text,
    bounded,
    clamped,
    compute,
    written,
)

MOST_DECIMALS = 15

# --- Choosing ---------------------------------------------------------------------------------------------------------


def _if(arguments: Sequence[Run], situation: Situation) -> Any:
    if arguments[0](situation):
        return arguments[1](situation)
    return arguments[2](situation) if len(arguments) > 2 else None


def _case(arguments: Sequence[Run], situation: Situation) -> Any:
    value = arguments[0](situation)
    pairs, rest = divmod(len(arguments) - 1, 2)
    for position in range(pairs):
        if arguments[1 + 2 * position](situation) == value:
            return arguments[2 + 2 * position](situation)
    return arguments[-1](situation) if rest else None


def _case_type(nodes: Sequence[Node]) -> Type | None:
    pairs = (len(nodes) - 1) // 2
    common_type([nodes[0], *nodes[1 : 1 + 2 * pairs : 2]])
    return common_type([*nodes[2 : 2 + 2 * pairs : 2], *(nodes[-1:] if (len(nodes) - 1) % 2 else [])])


def _coalesce(arguments: Sequence[Run], situation: Situation) -> Any:
    return next((value for argument in arguments if not _is_blank(value := argument(situation))), None)


def _is_blank(value: Any) -> bool:
    return value is None or value == []


function(
    "IF", "如果", [BOOLEAN, ANY, ANY], lambda nodes: common_type(nodes[1:]), _if,
    gettext_lazy("One value if a condition holds, another one if not; without the second one it is empty then."),
    'IF(amount > 10000, "A", "B")', least=2,
)  # fmt: skip
function(
    "CASE", "SWITCH 多选一", [ANY, ANY, ANY], _case_type, _case,
    gettext_lazy("Compares a value with one after the other and gives what stands behind the equal one; the last is for the rest."),
    'CASE(level, "gold", 0.8, "silver", 0.9, 1)', more=True,
)  # fmt: skip
function("BLANK", "空 空值", [], lambda _nodes: None, lambda _arguments, _situation: None,
          gettext_lazy("The empty value."), "IF(amount > 0, amount, BLANK())")  # fmt: skip
function("ISBLANK", "为空 是否为空", [ANY], BOOLEAN, lambda arguments, situation: _is_blank(arguments[0](situation)),
          gettext_lazy("Whether a value is empty."), "ISBLANK(phone)")  # fmt: skip
function("COALESCE", "取非空", [ANY], common_type, _coalesce,
          gettext_lazy("The first value that is not empty."), "COALESCE(discount, 0)", more=True)  # fmt: skip

# --- Numbers ----------------------------------------------------------------------------------------------------------


def _rounding(mode: str) -> Callable[..., Decimal | None]:
    def work(number: Decimal, digits: Decimal = Decimal(0)) -> Decimal | None:
        places = clamped(digits, -MOST_DECIMALS, MOST_DECIMALS)
        return compute(lambda: Decimal(number.quantize(Decimal(1).scaleb(-places), rounding=mode, context=ARITHMETIC)))

    return work


def _stepping(mode: str) -> Callable[..., Decimal | None]:
    def work(number: Decimal, step: Decimal = Decimal(1)) -> Decimal | None:
        return compute(
            lambda: ARITHMETIC.multiply(ARITHMETIC.divide(number, step).to_integral_value(rounding=mode), step)
        )

    return work


def _modulo(number: Decimal, by: Decimal) -> Decimal | None:
    def work() -> Decimal:
        rest = ARITHMETIC.remainder(number, by)
        return ARITHMETIC.add(rest, by) if rest and (rest < 0) != (by < 0) else rest

    return compute(work)


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[[Sequence[Run], Situation], Any]:
    def run(arguments: Sequence[Run], situation: Situation) -> Any:
        values = [value for argument in arguments if (value := argument(situation)) is not None]
        return choose(values) if values else None

    return run


function("ROUND", "四舍五入", [NUMBER, NUMBER], NUMBER, plainly(_rounding(ROUND_HALF_UP)),
          gettext_lazy("A number rounded to so many decimals, half up."), "ROUND(amount * 6%, 2)", least=1)  # fmt: skip
function("ROUNDUP", "向上舍入", [NUMBER, NUMBER], NUMBER, plainly(_rounding(ROUND_UP)),
          gettext_lazy("A number rounded away from zero."), "ROUNDUP(hours, 0)", least=1)  # fmt: skip
function("ROUNDDOWN", "向下舍入", [NUMBER, NUMBER], NUMBER, plainly(_rounding(ROUND_DOWN)),
          gettext_lazy("A number rounded towards zero."), "ROUNDDOWN(hours, 1)", least=1)  # fmt: skip
function("CEILING", "向上取整", [NUMBER, NUMBER], NUMBER, plainly(_stepping(ROUND_CEILING)),
          gettext_lazy("The next higher whole number, or multiple of a step."), "CEILING(quantity, 12)", least=1)  # fmt: skip
function("FLOOR", "向下取整", [NUMBER, NUMBER], NUMBER, plainly(_stepping(ROUND_FLOOR)),
          gettext_lazy("The next lower whole number, or multiple of a step."), "FLOOR(amount, 100)", least=1)  # fmt: skip
function("ABS", "绝对值", [NUMBER], NUMBER, plainly(Decimal.copy_abs),
          gettext_lazy("A number without its sign."), "ABS(plan - actual)")  # fmt: skip
function("MOD", "求余", [NUMBER, NUMBER], NUMBER, plainly(_modulo),
          gettext_lazy("What is left over in a division."), "MOD(quantity, 12)")  # fmt: skip
function("MIN", "最小值", [ORDERED], common_type, _extreme(min),
          gettext_lazy("The least of several numbers or dates; empty ones do not count."), "MIN(amount, 5000)", more=True)  # fmt: skip
function("MAX", "最大值", [ORDERED], common_type, _extreme(max),
          gettext_lazy("The greatest of several numbers or dates; empty ones do not count."), "MAX(amount, 0)", more=True)  # fmt: skip

# --- Texts ------------------------------------------------------------------------------------------------------------


def _count(number: Decimal) -> int:
    return clamped(number, 0, LONGEST_TEXT)


def _length(arguments: Sequence[Run], situation: Situation) -> Decimal:
    return Decimal(len(arguments[0](situation) or ""))


def _right(text: str, count: Decimal = Decimal(1)) -> str | None:
    return as_text(text[-_count(count) :]) if _count(count) else None


def _middle(text: str, start: Decimal, count: Decimal) -> str | None:
    first = max(0, _count(start) - 1)
    return as_text(text[first : first + _count(count)])


def _replace(arguments: Sequence[Run], situation: Situation) -> str | None:
    text, old, new = (argument(situation) or "" for argument in arguments)
    if not old:
        return as_text(text)
    if len(text) + text.count(old) * (len(new) - len(old)) > LONGEST_TEXT:
        return None
    return as_text(text.replace(old, new))


def _finding(test: Callable[[str, str], bool]) -> Callable[[Sequence[Run], Situation], bool]:
    def run(arguments: Sequence[Run], situation: Situation) -> bool:
        text, part = (str(argument(situation) or "").casefold() for argument in arguments)
        return bool(part) and test(text, part)

    return run


def _text(arguments: Sequence[Run], situation: Situation) -> str | None:
    value, *how = (argument(situation) for argument in arguments)
    if value is None:
        return None
    if isinstance(value, Decimal) and how and isinstance(how[0], Decimal):
        places = clamped(how[0], 0, MOST_DECIMALS)
        rounded = compute(lambda: Decimal(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, ARITHMETIC)))
        return None if rounded is None else format(rounded, "f")
    if isinstance(value, date) and how and isinstance(how[0], str):
        return as_text(_patterned(value, how[0], situation))
    return as_text(written(value, situation.moment))


def _patterned(value: date, pattern: str, situation: Situation) -> str:
    local = value.astimezone(situation.moment.zone) if isinstance(value, datetime) else value
    parts = {"YYYY": f"{local.year:04d}", "YY": f"{local.year % 100:02d}", "MM": f"{local.month:02d}",
             "DD": f"{local.day:02d}", "hh": f"{getattr(local, 'hour', 0):02d}",
             "mm": f"{getattr(local, 'minute', 0):02d}", "ss": f"{getattr(local, 'second', 0):02d}"}  # fmt: skip
    for name, part in parts.items():
        pattern = pattern[:200].replace(name, part)
    return pattern


def _text_type(nodes: Sequence[Node]) -> Type:
    if len(nodes) > 1:
        wanted = {NUMBER: NUMBER, DATE: TEXT, DATETIME: TEXT}.get(nodes[0].type or NUMBER)
        if wanted is None or nodes[1].type is not wanted:
            message = _("Say with how many decimals a number is written, or how a date is, as “YYYY-MM-DD”.")
            raise BadExpression("wrong_type", message, nodes[1].start)
    return TEXT


def _number(arguments: Sequence[Run], situation: Situation) -> Decimal | None:
    value = arguments[0](situation)
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        return Decimal(int(value))
    try:
        return bounded(Decimal(str(value).strip().replace(",", "")[:60]))
    except InvalidOperation:
        return None


function("LEN", "字数 长度", [TEXT], NUMBER, _length, gettext_lazy("How many characters a text has."), "LEN(name)")
function("LEFT", "左取", [TEXT, NUMBER], TEXT, plainly(lambda text, n=Decimal(1): as_text(text[: _count(n)])),
          gettext_lazy("The first characters of a text."), "LEFT(name, 2)", least=1)  # fmt: skip
function("RIGHT", "右取", [TEXT, NUMBER], TEXT, plainly(_right),
          gettext_lazy("The last characters of a text."), "RIGHT(phone, 4)", least=1)  # fmt: skip
function("MID", "截取", [TEXT, NUMBER, NUMBER], TEXT, plainly(_middle),
          gettext_lazy("So many characters of a text, from one on."), "MID(number, 4, 6)")  # fmt: skip
function("UPPER", "大写", [TEXT], TEXT, plainly(lambda text: as_text(text.upper())),
          gettext_lazy("A text in capital letters."), "UPPER(code)")  # fmt: skip
function("LOWER", "小写", [TEXT], TEXT, plainly(lambda text: as_text(text.lower())),
          gettext_lazy("A text in small letters."), "LOWER(email)")  # fmt: skip
function("TRIM", "去空格", [TEXT], TEXT, plainly(lambda text: as_text(" ".join(text.split()))),
          gettext_lazy("A text without needless spaces."), "TRIM(name)")  # fmt: skip
function("REPLACE", "替换", [TEXT, TEXT, TEXT], TEXT, _replace,
          gettext_lazy("A text in which one part is replaced by another wherever it stands."), 'REPLACE(phone, "-", "")')  # fmt: skip
function("CONTAINS", "包含", [TEXT, TEXT], BOOLEAN, _finding(lambda text, part: part in text),
          gettext_lazy("Whether a text contains another; capital or small does not matter."), 'CONTAINS(name, "Ltd")')  # fmt: skip
function("STARTSWITH", "开头是", [TEXT, TEXT], BOOLEAN, _finding(str.startswith),
          gettext_lazy("Whether a text begins with another."), 'STARTSWITH(phone, "+86")')  # fmt: skip
function("TEXT", "文本 转文本", [ANY, (NUMBER, TEXT)], _text_type, _text,
          gettext_lazy("A value as text: a number with so many decimals, a date in a form."), 'TEXT(close_date, "YYYY-MM")', least=1)  # fmt: skip
function("NUMBER", "数值 转数值", [(NUMBER, TEXT, BOOLEAN)], NUMBER, _number,
          gettext_lazy("The number that a text holds; empty if it holds none. Yes is 1, no is 0."), "NUMBER(LEFT(code, 3))")  # fmt: skip

# --- Days and lists ---------------------------------------------------------------------------------------------------


def _date(arguments: Sequence[Run], situation: Situation) -> date | None:
    values = [argument(situation) for argument in arguments]
    if None in values:
        return None
    try:
        if len(values) == 3:
            return date(*(int(value) for value in values))
        value = values[0]
        return date.fromisoformat(value.strip()[:10]) if isinstance(value, str) else as_day(value, situation.moment)
    except (ValueError, OverflowError):
        return None


def _date_type(nodes: Sequence[Node]) -> Type:
    wanted = (NUMBER,) if len(nodes) > 1 else (TEXT, DATE, DATETIME)
    for node in nodes:
        if (node.type is not None and node.type not in wanted) or len(nodes) == 2:
            message = _("Write a date as DATE(2026, 1, 31).")
            raise BadExpression("wrong_type", message, node.start)
    return DATE


def shifted(value: Any, days: Decimal) -> Any:
    """Return a day or instant so many days later; a day moves by whole days."""
    if abs(days) > 4_000_000:
        return None
    try:
        if isinstance(value, datetime):
            return value + timedelta(microseconds=int(days * 86_400_000_000))
        return value + timedelta(days=int(days))
    except OverflowError:
        return None


def _months_later(value: Any, months: Decimal) -> Any:
    count = value.year * 12 + value.month - 1 + clamped(months, -200_000, 200_000)
    year, month = divmod(count, 12)
    if not 1 <= year <= 9999:
        return None
    return value.replace(year=year, month=month + 1, day=min(value.day, calendar.monthrange(year, month + 1)[1]))


def _add_months(arguments: Sequence[Run], situation: Situation) -> Any:
    value, months = (argument(situation) for argument in arguments)
    if value is None or months is None:
        return None
    if not isinstance(value, datetime):
        return _months_later(value, months)
    later = _months_later(value.astimezone(situation.moment.zone), months)
    try:
        return None if later is None else later.astimezone(UTC)
    except OverflowError:
        return None


def _days(arguments: Sequence[Run], situation: Situation) -> Decimal | None:
    later, earlier = (as_day(argument(situation), situation.moment) for argument in arguments)
    return None if later is None or earlier is None else Decimal((later - earlier).days)


def _has(arguments: Sequence[Run], situation: Situation) -> bool:
    found = arguments[0](situation) or []
    return str(arguments[1](situation) or "") in found


def _same_as_first(nodes: Sequence[Node]) -> Type | None:
    return nodes[0].type or DATE


function("DATE", "日期", [(NUMBER, TEXT, *DAYLIKE), NUMBER, NUMBER], _date_type, _date,
          gettext_lazy("A day from year, month and day; or the day of an instant or a text."), "DATE(2026, 1, 31)", least=1)  # fmt: skip
function("TODAY", "今天", [], DATE, lambda _arguments, situation: situation.moment.today,
          gettext_lazy("The current day. Such formulas are computed anew every night."), "TODAY()", volatile=True)  # fmt: skip
function("NOW", "现在", [], DATETIME, lambda _arguments, situation: situation.moment.now,
          gettext_lazy("The current instant, as of the last computation."), "NOW()", volatile=True)  # fmt: skip
function(
    "YEAR",
    "年",
    [DAYLIKE],
    NUMBER,
    daily(lambda day: day.year),
    gettext_lazy("The year of a date."),
    "YEAR(close_date)",
)
function(
    "MONTH",
    "月",
    [DAYLIKE],
    NUMBER,
    daily(lambda day: day.month),
    gettext_lazy("The month of a date, 1 to 12."),
    "MONTH(close_date)",
)
function(
    "DAY",
    "日",
    [DAYLIKE],
    NUMBER,
    daily(lambda day: day.day),
    gettext_lazy("The day of the month."),
    "DAY(close_date)",
)
function("WEEKDAY", "星期", [DAYLIKE], NUMBER, daily(lambda day: day.isoweekday()),
          gettext_lazy("The day of the week: 1 is Monday, 7 is Sunday."), "WEEKDAY(close_date)")  # fmt: skip
function("ADDDAYS", "加天数", [DAYLIKE, NUMBER], _same_as_first, plainly(shifted),
          gettext_lazy("So many days later; earlier with a negative number."), "ADDDAYS(TODAY(), 30)")  # fmt: skip
function("ADDMONTHS", "加月数", [DAYLIKE, NUMBER], _same_as_first, _add_months,
          gettext_lazy("So many months later, at most the last day of that month."), "ADDMONTHS(start_date, 12)")  # fmt: skip
function("DAYS", "相差天数", [DAYLIKE, DAYLIKE], NUMBER, _days,
          gettext_lazy("How many days lie between a later date and an earlier one."), "DAYS(TODAY(), created_at)")  # fmt: skip
function("HAS", "含有", [LIST, TEXT], BOOLEAN, _has,
          gettext_lazy("Whether a list of values contains one."), 'HAS(tags, "vip")')  # fmt: skip
