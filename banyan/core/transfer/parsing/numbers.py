"""Numbers in the ways people and programs write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from banyan.core.transfer.cells import Cell
from banyan.core.transfer.parsing.unreadable import Unreadable, shortened

_LONGEST = 60
_CURRENCIES = {
    "CNY": "¥ CNY RMB CN¥ 人民币 元整 元人民币 元 圆 块",
    "USD": "$ US$ USD 美元 美金",
    "EUR": "€ EUR 欧元",
    "GBP": "£ GBP 英镑",
    "HKD": "HK$ HKD 港币 港元",
    "TWD": "NT$ TWD 新台币 台币",
    "JPY": "JP¥ JPY 日元 日圆",
    "SGD": "S$ SGD 新加坡元",
    "AUD": "A$ AU$ AUD 澳元",
    "CAD": "C$ CA$ CAD 加元",
    "KRW": "₩ KRW 韩元",
    "INR": "₹ INR",
    "MOP": "MOP$ MOP 澳门元",
}
_CURRENCY_BY_MARK = {mark: code for code, marks in _CURRENCIES.items() for mark in marks.split()}
_UNITS = {
    "万亿": 10**12, "千万": 10**7, "百万": 10**6, "亿": 10**8, "万": 10**4, "千": 10**3, "百": 10**2,
    "億": 10**8, "萬": 10**4, "w": 10**4, "k": 10**3, "m": 10**6, "mn": 10**6, "mio": 10**6, "bn": 10**9, "b": 10**9,
    "thousand": 10**3, "million": 10**6, "billion": 10**9,
}  # fmt: skip


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_MARK = _any_of(_CURRENCY_BY_MARK)
_NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<before>{_MARK})?\s*(?P<inner_sign>[-+])?\s*"
    r"(?P<digits>\.?,?\d[\d.,' ]*(?:[eE][-+]?\d{1,2}(?!\d))?)"
    rf"\s*(?P<unit>{_any_of(_UNITS)})?\s*(?P<after>{_MARK})?\s*(?P<share>%|‰)?(?P<end_sign>-)?\s*(?P<close>\))?",
    re.IGNORECASE,
)
# Groups of three; also the Indian ones (12,34,567).
_POINT = re.compile(
    r"(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d{1,3}(?: \d{3})+|\d{1,3}(?:'\d{3})+|\d+)?(?:\.\d*)?(?:[eE][-+]?\d{1,2})?"
)
# Most cells of most files, ten times as fast as with everything that may stand around a number.
_USUAL = re.compile(
    r"\s*(?P<symbol>[¥￥$€£]?)(?P<number>[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,30})(?:\.[0-9]{1,20})?)\s*"
)
_CURRENCY_BY_SYMBOL = {"¥": "CNY", "￥": "CNY", "$": "USD", "€": "EUR", "£": "GBP"}
_SWAPPED = str.maketrans(",.", ".,")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "−": "-", "–": "-", "\u066c": ","})
_LAST_MARK = re.compile(r"[.,](?=[^.,]*$)(\d*)")


class NumberStyle(StrEnum):
    """Which of point and comma separates the fraction."""

    POINT = "1,234.56"
    COMMA = "1.234,56"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with the ISO 4217 code of the currency written beside it, if any."""

    number: Decimal
    currency: str | None


def parse_decimal(value: Cell, style: NumberStyle = NumberStyle.POINT) -> Decimal:
    """Return the exact number that a cell names.

    Understood are groups of digits, currencies, 万 and 亿, k and million, (123) and 123- for
    negative numbers, 12% for 0.12. Marks at places where the style has none are refused rather than
    guessed at: 1,5 is not 15. Raises ``Unreadable`` with ``not_a_number``.
    """
    return parse_amount(value, style).number


def parse_integer(value: Cell, style: NumberStyle = NumberStyle.POINT) -> int:
    """Return the whole number that a cell names; 12.0 is 12, 12.5 raises ``Unreadable`` with ``not_whole``."""
    number = parse_decimal(value, style)
    if number != number.to_integral_value():
        raise Unreadable(
            "not_whole",
            format_lazy(_("“{value}” is not a whole number. Leave out the fraction."), value=shortened(value)),
        )
    return int(number)


def parse_amount(value: Cell, style: NumberStyle = NumberStyle.POINT) -> Amount:
    """Return the number and the currency that a cell names; refuses what ``parse_decimal`` refuses."""
    if isinstance(value, bool) or value is None or isinstance(value, date):
        raise _not_a_number(value, style)
    if isinstance(value, int | Decimal):
        return Amount(Decimal(value), None)
    if style is NumberStyle.POINT and (usual := _USUAL.fullmatch(value)):
        return Amount(Decimal(usual["number"].replace(",", "")), _CURRENCY_BY_SYMBOL.get(usual["symbol"]))
    text = unicodedata.normalize("NFKC", value).translate(_APOSTROPHES).strip()
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if not found or bool(found["open"]) != bool(found["close"]):
        raise _not_a_number(value, style)
    number = _digits(found["digits"].strip(), style)
    signs = [sign for sign in (found["sign"], found["inner_sign"], found["end_sign"]) if sign]
    if number is None or len(signs) + bool(found["open"]) > 1:
        raise _not_a_number(value, style)
    number *= _UNITS.get((found["unit"] or "").casefold(), 1)
    if found["share"]:
        number /= 100 if found["share"] == "%" else 1000
    mark = found["before"] or found["after"]
    is_negative = bool(found["open"]) or "-" in signs
    return Amount(-number if is_negative else number, _CURRENCY_BY_MARK.get(mark.upper()) if mark else None)


def guess_number_style(samples: Iterable[Cell]) -> NumberStyle | None:
    """Return the style that the numbers of a column show; None when all of them look the same in both.

    Two different marks, one mark several times, or a mark that is not followed by three digits
    betray the style.
    """
    votes = dict.fromkeys(NumberStyle, 0)
    for sample in samples:
        if isinstance(sample, str) and (style := _style_of(unicodedata.normalize("NFKC", sample))):
            votes[style] += 1
    if votes[NumberStyle.POINT] == votes[NumberStyle.COMMA]:
        return None
    return max(votes, key=lambda style: votes[style])


def _style_of(text: str) -> NumberStyle | None:
    last = _LAST_MARK.search(text)
    if last is None or not any(character.isdecimal() for character in text):
        return None
    mark, digits = last[0][0], last[1]
    other = "," if mark == "." else "."
    as_fraction, as_group = (
        (NumberStyle.POINT, NumberStyle.COMMA) if mark == "." else (NumberStyle.COMMA, NumberStyle.POINT)
    )
    if other in text:
        return as_fraction
    if text.count(mark) > 1:
        return as_group
    return as_fraction if digits and len(digits) != 3 else None


def _digits(text: str, style: NumberStyle) -> Decimal | None:
    """Return the number of digits and marks alone, or None when a mark stands where the style has none."""
    if style is NumberStyle.COMMA:
        text = text.translate(_SWAPPED)
    if not _POINT.fullmatch(text):
        return None
    return Decimal(text.replace(",", "").replace(" ", "").replace("'", ""))


def _not_a_number(value: object, style: NumberStyle) -> Unreadable:
    return Unreadable(
        "not_a_number",
        format_lazy(
            _("“{value}” is not a number of the form {example}. Correct it, or choose another form for this column."),
            value=shortened(value),
            example=style.value,
        ),
    )
