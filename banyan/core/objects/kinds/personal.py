"""Kinds of numbers that belong to a person alone: encrypted unless somebody decides otherwise."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.expressions import Type
from banyan.core.objects.kinds.base import Kind, Reading, Unacceptable, as_text, register_kind

LONGEST_WRITTEN = 80
_EQUAL_OPERATORS = ("eq", "ne", "in", "isnull")


def _compact(value: Any) -> str | None:
    """Return a number without what people put between its digits, in capital letters of half width."""
    text = as_text(value, maximum=LONGEST_WRITTEN)
    if text is None:
        return None
    return re.sub(r"[\s\-.·/]", "", unicodedata.normalize("NFKC", text)).upper()


@register_kind
@dataclass(frozen=True)
class IdentityNumber(Kind):
    """A Chinese citizen's identity number (GB 11643-1999); numbers of 15 digits from before 1999 become one of 18."""

    name: ClassVar[str] = "identity_number"
    expression_type: ClassVar[Type | None] = None
    label: ClassVar[Any] = gettext_lazy("Identity number (China)")
    operators: ClassVar[tuple[str, ...]] = _EQUAL_OPERATORS
    json_type: ClassVar[dict[str, Any]] = {"type": "string", "maxLength": 18}
    sealable: ClassVar[bool] = True
    is_personal: ClassVar[bool] = True

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return the 18 characters; refuse a wrong check digit or a day of birth that never was."""
        number = _compact(value)
        if not number:
            return None
        if re.fullmatch(r"[0-9]{15}", number):
            longer = f"{number[:6]}19{number[6:]}"
            number = longer + check_character(longer)
        if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number) or _birthday(number) is None:
            raise Unacceptable("not_identity_number", _("This is no identity number: it has 18 characters."))
        if check_character(number[:17]) != number[17]:
            raise Unacceptable(
                "not_identity_number", _("This identity number has a slip: its last character does not fit the others.")
            )
        return number


def check_character(digits: str) -> str:
    """Return the last character that belongs to the first 17 digits, by ISO 7064 MOD 11-2."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(digits))
    return "10X98765432"[total % 11]


def _birthday(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


@register_kind
@dataclass(frozen=True)
class BankAccount(Kind):
    """A bank account, card or IBAN; what looks like a slip is accepted with a doubt, since banks differ."""

    name: ClassVar[str] = "bank_account"
    expression_type: ClassVar[Type | None] = None
    label: ClassVar[Any] = gettext_lazy("Bank account")
    operators: ClassVar[tuple[str, ...]] = _EQUAL_OPERATORS
    json_type: ClassVar[dict[str, Any]] = {"type": "string", "maxLength": 34}
    sealable: ClassVar[bool] = True
    is_personal: ClassVar[bool] = True

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return the letters and digits without gaps."""
        number = _compact(value)
        if not number:
            return None
        if not re.fullmatch(r"[0-9A-Z]{6,34}", number) or sum(map(str.isdigit, number)) < 6:
            raise Unacceptable("not_bank_account", _("A bank account consists of 6 to 34 digits and letters."))
        return number

    def doubt(self, value: Any) -> str:
        """Doubt a card number whose check digit, or an IBAN whose check number, does not fit."""
        number = str(value or "")
        is_card = re.fullmatch(r"[0-9]{16,19}", number) is not None
        is_iban = re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{10,30}", number) is not None
        if (is_card and not fits_luhn(number)) or (is_iban and not _fits_iban(number)):
            return _("The check digit does not fit. If this is a card number, please compare it once more.")
        return ""

    def display(self, value: Any, reading: Reading) -> str:
        """Return the number in groups of four."""
        return " ".join(re.findall(r".{1,4}", value)) if value else ""

    def export(self, value: Any, reading: Reading) -> str:
        """Return the number without gaps."""
        return value or ""


def fits_luhn(number: str) -> bool:
    """Say whether the last digit of a card number is the one that Luhn's rule asks for."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(digit // 10 + digit % 10 for digit in doubled) % 10 == 0


def _fits_iban(number: str) -> bool:
    turned = number[4:] + number[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1
