"""Kinds that hold numbers, money and yes or no."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, ClassVar

from babel.numbers import format_currency, format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.expressions import Type
from banyan.core.kernel.languages import babel_locale
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.kinds.base import Kind, Reading, Unacceptable, register_kind

NUMBER_OPERATORS = ("eq", "ne", "lt", "lte", "gt", "gte", "in", "between", "isnull")
BIGGEST_INTEGER = 2**53 - 1


def _as_decimal(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        if value is None:
            return None
        raise Unacceptable("not_number", _("This must be a number."))
    if isinstance(value, str):
        value = clean_text(value).replace(",", "").replace("，", "").replace(" ", "").lstrip("¥￥$€£")
        if not value:
            return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        raise Unacceptable("not_number", _("“%(value)s” is not a number.") % {"value": str(value)[:40]}) from None
    if not number.is_finite():
        raise Unacceptable("not_number", _("This must be a number."))
    return number


@register_kind
@dataclass(frozen=True)
class Integer(Kind):
    """A whole number."""

    name: ClassVar[str] = "integer"
    expression_type: ClassVar[Type | None] = Type.NUMBER
    label: ClassVar[Any] = gettext_lazy("Whole number")
    widget: ClassVar[str] = "integer"
    operators: ClassVar[tuple[str, ...]] = NUMBER_OPERATORS
    json_type: ClassVar[dict[str, Any]] = {"type": "integer"}
    sql_type: ClassVar[str] = "bigint"
    totals: ClassVar[bool] = True
    minimum: int = -BIGGEST_INTEGER
    maximum: int = BIGGEST_INTEGER

    def parse(self, value: Any, reading: Reading) -> int | None:
        """Return the number; fractions are refused, ``12.0`` is 12."""
        number = _as_decimal(value)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise Unacceptable("not_integer", _("This must be a whole number."))
        if not self.minimum <= number <= self.maximum:
            raise Unacceptable(
                "out_of_range",
                _("This must lie between %(minimum)s and %(maximum)s.")
                % {"minimum": self.minimum, "maximum": self.maximum},
            )
        return int(number)

    def display(self, value: Any, reading: Reading) -> str:
        """Return the number with separators of thousands."""
        return "" if value is None else format_decimal(value, locale=babel_locale(reading.language))

    def export(self, value: Any, reading: Reading) -> Any:
        """Return the bare number."""
        return value

    def search_text(self, value: Any) -> str:
        """Return nothing: numbers are filtered, not searched."""
        return ""

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema with the bounds."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@register_kind
@dataclass(frozen=True)
class Number(Kind):
    """A decimal number; the API writes it as text so that no digit is lost."""

    name: ClassVar[str] = "decimal"
    expression_type: ClassVar[Type | None] = Type.NUMBER
    label: ClassVar[Any] = gettext_lazy("Decimal number")
    widget: ClassVar[str] = "decimal"
    operators: ClassVar[tuple[str, ...]] = NUMBER_OPERATORS
    json_type: ClassVar[dict[str, Any]] = {"type": ["string", "number"]}
    sql_type: ClassVar[str] = "numeric"
    totals: ClassVar[bool] = True
    digits: int = 18
    decimals: int = 6
    minimum: str = ""
    maximum: str = ""

    def parse(self, value: Any, reading: Reading) -> Decimal | None:
        """Return the number, rounded half up to the decimals that are kept."""
        number = _as_decimal(value)
        if number is None:
            return None
        if abs(number) >= Decimal(10) ** (self.digits - self.decimals):
            raise Unacceptable("out_of_range", _("This number is too large."))
        if self.minimum and number < Decimal(self.minimum):
            raise Unacceptable("out_of_range", _("This must be at least %(minimum)s.") % {"minimum": self.minimum})
        if self.maximum and number > Decimal(self.maximum):
            raise Unacceptable("out_of_range", _("This must be at most %(maximum)s.") % {"maximum": self.maximum})
        return number.quantize(Decimal(1).scaleb(-self.decimals), rounding="ROUND_HALF_UP")

    def to_json(self, value: Any) -> str | None:
        """Return the number as text without needless zeros."""
        return None if value is None else _plain(Decimal(str(value)))

    def from_json(self, value: Any) -> Decimal | None:
        """Return the number."""
        return None if value is None else Decimal(str(value))

    def display(self, value: Any, reading: Reading) -> str:
        """Return the number with separators of thousands."""
        if value is None:
            return ""
        return format_decimal(value, format="#,##0.######", locale=babel_locale(reading.language))

    def export(self, value: Any, reading: Reading) -> Any:
        """Return the bare number."""
        return value

    def search_text(self, value: Any) -> str:
        """Return nothing: numbers are filtered, not searched."""
        return ""


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@register_kind
@dataclass(frozen=True)
class Money(Number):
    """An amount; the currency stands in another field of the record, or is the organization's."""

    name: ClassVar[str] = "money"
    label: ClassVar[Any] = gettext_lazy("Money")
    widget: ClassVar[str] = "money"
    decimals: int = 2
    currency_field: str = "currency"

    def to_json(self, value: Any) -> str | None:
        """Return the amount as text with two decimals."""
        return None if value is None else format(Decimal(str(value)).quantize(Decimal("0.01")), "f")

    def display(self, value: Any, reading: Reading, *, with_cents: bool = False) -> str:
        """Return the amount with the sign of its currency; whole amounts go without decimals, unless others have some."""
        if value is None:
            return ""
        return _written_amount(Decimal(str(value)), reading.currency, reading.language, with_cents)


def has_cents(amounts: Iterable[Decimal | None]) -> bool:
    """Say whether one of the amounts is not whole: then all of a table are written with decimals, so that they align."""
    return any(amount is not None and amount != amount.to_integral_value() for amount in amounts)


@lru_cache(maxsize=8_192)
def _written_amount(amount: Decimal, currency: str, language: str, with_cents: bool) -> str:  # noqa: FBT001 kept by place
    pattern = "¤#,##0.00" if with_cents or has_cents((amount,)) else "¤#,##0"
    return format_currency(amount, currency, format=pattern, locale=babel_locale(language), currency_digits=False)


@register_kind
@dataclass(frozen=True)
class Boolean(Kind):
    """Yes or no."""

    name: ClassVar[str] = "boolean"
    expression_type: ClassVar[Type | None] = Type.BOOLEAN
    label: ClassVar[Any] = gettext_lazy("Yes or no")
    widget: ClassVar[str] = "boolean"
    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "isnull")
    json_type: ClassVar[dict[str, Any]] = {"type": "boolean"}
    sql_type: ClassVar[str] = "boolean"

    def parse(self, value: Any, reading: Reading) -> bool | None:
        """Return the truth of yes, no, true, false, 1, 0 and their Chinese words."""
        if value is None or isinstance(value, bool):
            return value
        text = clean_text(str(value)).lower()
        if not text:
            return None
        if text in {"true", "1", "yes", "y", "on", "是", "对", "有", "√"}:
            return True
        if text in {"false", "0", "no", "n", "off", "否", "不", "无", "×"}:
            return False
        raise Unacceptable("not_boolean", _("Write yes or no."))

    def display(self, value: Any, reading: Reading) -> str:
        """Return yes or no in the reader's language."""
        return "" if value is None else _("Yes") if value else _("No")

    def search_text(self, value: Any) -> str:
        """Return nothing."""
        return ""
