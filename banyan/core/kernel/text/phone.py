"""Telephone numbers: E.164 for storing and matching, the local way of writing for people.

Chinese numbers take a fast path of their own, about one microsecond; others go to ``phonenumbers``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_PLAIN_MOBILE: Final = re.compile(r"(?:\+86|0086|86)?[ -]?(1[3-9]\d)[ -]?(\d{4})[ -]?(\d{4})", re.ASCII)
# Area codes: 10, 2x with eight digits behind; three digits with seven or eight behind.
_LANDLINE: Final = re.compile(r"(?:(10|2\d)(\d{8})|([3-9]\d{2})(\d{7,8}))")
_SERVICE: Final = re.compile(r"[48]00\d{7}|9[56]\d{3,6}|1[012]\d{3}")
_NEIGHBOURS: Final = re.compile(r"\+(?:852[2-9]\d{7}|853[268]\d{7}|8869\d{8}|886[2-8]\d{7,8})")
_TAIWAN_TRUNK: Final = re.compile(r"\+8860(?=\d)")

_DIALLED_AS_WRITTEN: Final = re.compile(r"[\d +()-]{5,24}", re.ASCII)
_DELETE_SEPARATORS: Final = str.maketrans("", "", " ()-")
_SEPARATORS: Final = re.compile(r"[\s().\-–—‐‑−/·・_]+")
_LABEL: Final = re.compile(r"(?:tel|phone|mobile|电话|手机|座机)\s*[:.]?\s*", re.IGNORECASE)
_WIDTHS: Final = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_INVISIBLE: Final = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF])
_NARROW: Final = {**_WIDTHS, **_INVISIBLE}

_EXTENSION: Final = re.compile(
    r"(?P<number>.*\d.*?)[\s,;]*(?:转|轉|分机号?|分機|内线|ext(?:ension)?\.?|x|#)\s*[:：]?\s*(?P<extension>\d{1,6})",
    re.IGNORECASE | re.DOTALL,
)
_DASHED_EXTENSION: Final = re.compile(r"(?P<number>(?:\+?86[ -]?)?\(?0?\d{2,3}\)?[ -]\d{7,8})-(?P<extension>\d{1,6})")

_LONGEST_INPUT: Final = 60


def split_extension(text: str) -> tuple[str, str]:
    """Split a number as written from its extension: ``010-88889999转8001`` gives ``("010-88889999", "8001")``.

    Known are 转, 分机, ext, x, # and a third dashed group; without one the extension is empty.
    """
    narrow = text.translate(_NARROW).strip()
    match = _EXTENSION.fullmatch(narrow) or _DASHED_EXTENSION.fullmatch(narrow)
    return (match["number"].strip(" -,;"), match["extension"]) if match else (narrow, "")


def normalize_phone(text: str, region: str = "CN") -> str | None:
    """Return the number in E.164 form, for example ``+8613812345678``, or None when it cannot be one.

    ``region`` is the ISO country whose numbers may come without a country code. An extension is
    left out (see ``split_extension``). Chinese 400, 800, 95 and 96 numbers keep their national
    digits behind ``+86``. A local number without its area code is refused: it names many phones.
    """
    if region == "CN":
        plain = _PLAIN_MOBILE.fullmatch(text)
        if plain:
            return "+86" + plain[1] + plain[2] + plain[3]
        # A second dash may set off an extension.
        if _DIALLED_AS_WRITTEN.fullmatch(text) and text.count("-") < 2:
            landline = chinese_e164(text.translate(_DELETE_SEPARATORS))
            if landline:
                return landline
    return _normalize_slowly(text, region) if len(text) <= _LONGEST_INPUT else None


def _normalize_slowly(text: str, region: str) -> str | None:
    number, _ = split_extension(text)
    number = _LABEL.sub("", number, count=1) if not number[:1].isdigit() else number
    digits = _SEPARATORS.sub("", number)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+86") or (region == "CN" and not digits.startswith("+")):
        # The library takes local numbers without area code, and words spelled on the keys, for Chinese ones.
        return chinese_e164(digits)
    if not digits.removeprefix("+").isdecimal():
        return _parse_by_library(number, region)
    digits = _TAIWAN_TRUNK.sub("+886", digits, count=1)
    return digits if _NEIGHBOURS.fullmatch(digits) else _parse_by_library(digits, region)


def chinese_e164(digits: str) -> str | None:
    """Return the E.164 form of digits that are a number of mainland China, or None.

    The digits may start with ``+86``, ``86`` or the trunk zero.
    """
    national = digits.removeprefix("+86")
    if len(national) > 11:
        national = national.removeprefix("86")
    bare = national.removeprefix("0")
    if _MOBILE.fullmatch(bare):
        return "+86" + bare
    # Without the trunk zero or a country code, a landline cannot be told from any other ten digits.
    if len(bare) < len(digits) and _LANDLINE.fullmatch(bare):
        return "+86" + bare
    return "+86" + bare if _SERVICE.fullmatch(bare) else None


def format_phone(e164: str, locale: str = "zh-hans") -> str:
    """Write an E.164 number for people; a text that is none comes back unchanged.

    A reader of Chinese sees Chinese numbers without the country code: ``138 1234 5678``,
    ``010-8888 9999``, ``400-123-4567``, ``95588``. Everybody else sees the international form.
    """
    if e164.startswith("+86"):
        national = _group_chinese(e164[3:])
        if national:
            return (
                national if locale.lower().startswith("zh") else "+86 " + national.removeprefix("0").replace("-", " ")
            )
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164, None), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return e164


def mask_phone(number: str) -> str:
    """Hide the middle of a number: ``+8613812345678`` becomes ``138****5678``.

    Of short numbers only the last two digits are shown.
    """
    national = number.removeprefix("+86")
    landline = _LANDLINE.fullmatch(national) if len(national) < len(number) else None
    if landline:
        return f"0{landline[1] or landline[3]}****{national[-4:]}"
    digits = "".join(character for character in national if character.isdecimal())
    if len(digits) < 8:
        return "*" * max(len(digits) - 2, 0) + digits[-2:] if len(digits) > 2 else "*" * len(digits)
    return digits[:3] + "*" * (len(digits) - 7) + digits[-4:]


def _group_chinese(national: str) -> str | None:
    if _MOBILE.fullmatch(national):
        return f"{national[:3]} {national[3:7]} {national[7:]}"
    if _SERVICE.fullmatch(national):
        return f"{national[:3]}-{national[3:6]}-{national[6:]}" if len(national) == 10 else national
    landline = _LANDLINE.fullmatch(national)
    if landline:
        area, local = (landline[1] or landline[3]), (landline[2] or landline[4])
        return f"0{area}-{local[:-4]} {local[-4:]}"
    return None


@lru_cache(maxsize=4096)
def _parse_by_library(number: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return None
    # Possible, not valid: numbering plans change faster than releases of the library.
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
