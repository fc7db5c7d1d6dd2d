"""What kind of thing a single cell looks like: the evidence for headers, mappings and new fields."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from banyan.core.transfer.cells import Cell


class Shape(StrEnum):
    """The looks of a cell."""

    EMPTY = "empty"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    TEXT = "text"


_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>.]+(\.[^\s@,;<>.]+)+")
_URL = re.compile(
    r"(https?://|www\.)\S+|[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|cn|net|org|io|co|edu|gov)(\.[a-z]{2})?(/\S*)?", re.IGNORECASE
)
# "17850.0" is how data tools write a whole number in a column with gaps; "17850.00" is an amount.
_INTEGER = re.compile(r"[-+]?\d{1,3}(,\d{3})+|[-+]?\d{1,18}(\.0)?")
_DECIMAL = re.compile(
    r"\(?[-+]?[$€£¥￥]?\s?\d[\d,.'\u00a0\u202f ]*([eE][-+]?\d+)?\)?\s?(%|元|万元?|亿元?|[$€£¥￥]|(USD|CNY|RMB|EUR))?"
)
# Mobile numbers of China, international numbers, and national ones with area code and separators.
_PHONE = re.compile(
    r"(\+|00(?=86))\d[\d ()./-]{6,20}|(\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\(?0\d{1,4}\)?[- ]\d{3,4}[- ]?\d{3,4}([-转]\d{1,6})?"
    r"|0\d{9,11}|[48]00[- ]?\d{3,4}[- ]?\d{3,4}|\(?\d{3}\)?[- .]\d{3}[- .]\d{4}|\d{3,4}-\d{7,8}"
)
_TIME = r"([T ]\s?([上下]午)?\d{1,2}[:时]\d{1,2}([:分](\d{1,2}(\.\d+)?秒?)?)?\s?([AaPp][Mm])?\s?(Z|[+-]\d{2}:?\d{2})?)"
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})|\d{4}年\d{1,2}月\d{1,2}日?"
    r"|(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
    rf"|\d{{1,2}}(st|nd|rd|th)?[ -]{_MONTH}[ ,-]+\d{{2,4}}|{_MONTH} \d{{1,2}}(st|nd|rd|th)?,? \d{{4}})(?P<time>{_TIME})?",
    re.IGNORECASE,
)
_BOOLEANS = frozenset({"yes", "no", "true", "false", "y", "n", "是", "否", "对", "错", "有", "无", "√", "×", "✓", "✗"})


def shape_of(cell: Cell) -> Shape:
    """Return what the cell looks like; a number is only a phone number when it can be nothing else."""
    if isinstance(cell, str):
        return _shape_of_text(cell.strip())
    if cell is None:
        return Shape.EMPTY
    if isinstance(cell, bool):
        return Shape.BOOLEAN
    if isinstance(cell, datetime):
        return Shape.DATETIME
    if isinstance(cell, date):
        return Shape.DATE
    if isinstance(cell, Decimal):
        return Shape.DECIMAL
    return Shape.PHONE if _is_chinese_mobile(str(cell)) else Shape.INTEGER


def _shape_of_text(text: str) -> Shape:
    if not text:
        return Shape.EMPTY
    if text.casefold() in _BOOLEANS:
        return Shape.BOOLEAN
    if not any(character.isdecimal() for character in text):
        if "@" in text and _EMAIL.fullmatch(text):
            return Shape.EMAIL
        return Shape.URL if "." in text and _URL.fullmatch(text) else Shape.TEXT
    if found := _DATE.fullmatch(text):
        return Shape.DATETIME if found["time"] else Shape.DATE
    for shape, pattern in _DIGIT_SHAPES:
        if pattern.fullmatch(text):
            return shape
    return Shape.TEXT


def _is_chinese_mobile(digits: str) -> bool:
    return len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789"


_DIGIT_SHAPES = (
    (Shape.PHONE, _PHONE),
    (Shape.INTEGER, _INTEGER),
    (Shape.DECIMAL, _DECIMAL),
    (Shape.EMAIL, _EMAIL),
    (Shape.URL, _URL),
)
