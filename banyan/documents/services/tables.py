"""Priced lines as a table of a paper, with its sums: by tax rate, and in capitals where Chinese papers want that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from banyan.core.kernel.languages import babel_locale, written_day
from banyan.documents.kinds import Cell, Column, Sum, Table
from banyan.documents.rules import tax_by_rate
from banyan.money.public import in_capitals, places_of

ZERO = Decimal(0)
Line = Mapping[str, Any]


@dataclass(frozen=True)
class Priced:
    """A table of lines and what stands below it."""

    table: Table
    sums: tuple[Sum, ...]
    capitals: str = ""


def number_text(value: Decimal | None, *, unit: str = "") -> str:
    """Return a number as papers in the active language have it, without needless zeros."""
    if value is None:
        return ""
    written = format_decimal(value, format="#,##0.######", locale=babel_locale(get_language() or "en"))
    return f"{written} {unit}".strip()


def paper_day(day: date | None, language: str) -> str:
    """Return a day as papers have it: 2026年1月31日 in Chinese, Jan 31, 2026 in English; nothing for none."""
    if day is None:
        return ""
    return f"{day.year}年{day.month}月{day.day}日" if language.startswith("zh") else written_day(day, language)


def price_text(value: Decimal | None, currency: str) -> str:
    """Return a price without its currency, with as many places as it has, at least those of the currency."""
    if value is None:
        return ""
    places = -int(value.normalize().as_tuple().exponent)
    shape = "#,##0." + "0" * max(places, places_of(currency))
    return format_decimal(value, format=shape.rstrip("."), locale=babel_locale(get_language() or "en"))


def money_text(value: Decimal | None, currency: str) -> str:
    """Return an amount with its currency in the active language."""
    return "" if value is None else format_currency(value, currency, locale=babel_locale(get_language() or "en"))


def priced_lines(
    lines: Sequence[Line], amounts: Mapping[str, Any], *, muted: Mapping[int, str] | None = None, title: str = ""
) -> Priced:
    """Return the table and sums of a document with priced lines.

    Args:
        lines: What ``lines_of`` gives: name, quantity, unit, unit_price, discount_percent, tax_rate, amount, net_amount,
            tax_amount; ``description`` becomes the smaller line.
        amounts: The parent: currency, amount, net_amount, tax_amount, prices_include_tax.
        muted: Positions of lines that do not count, with what is said of each, such as "Optional".
        title: A heading above the table.
    """
    aside = muted or {}
    counted = [line for index, line in enumerate(lines) if index not in aside]
    currency = str(amounts.get("currency") or "CNY")
    has_discount = any(line.get("discount_percent") for line in lines)
    has_tax = any(line.get("tax_rate") for line in lines)
    columns = [Column("#"), Column(_("Product or description"), is_wide=True), Column(_("Quantity"), is_number=True),
               Column(_("Unit price"), is_number=True)]  # fmt: skip
    columns += [Column(_("Discount"), is_number=True)] if has_discount else []
    columns += [Column(_("Tax rate"), is_number=True)] if has_tax else []
    amount = _("Amount before tax") if has_tax and amounts.get("prices_include_tax") is False else _("Amount")
    columns.append(Column(f"{amount} ({currency})", is_number=True))
    rows = []
    for index, line in enumerate(lines):
        hint = "\n".join(filter(None, (str(line.get("description") or ""), aside.get(index, ""))))
        row: list[str | Cell] = [
            str(index + 1),
            Cell(str(line.get("name") or ""), hint),
            number_text(line.get("quantity"), unit=str(line.get("unit") or "")),
            price_text(line.get("unit_price"), currency),
        ]
        row += [percent_text(line.get("discount_percent"))] if has_discount else []
        row += [percent_text(line.get("tax_rate"))] if has_tax else []
        row.append(price_text(line.get("amount"), currency))
        rows.append(row)
    table = Table(tuple(columns), rows, title=title, muted=frozenset(aside))
    return Priced(table, sums_of(counted, amounts), capitals_of(amounts.get("amount"), currency))


def sums_of(lines: Sequence[Line], amounts: Mapping[str, Any]) -> tuple[Sum, ...]:
    """Return net, tax by rate and the total; without tax the total alone."""
    currency = str(amounts.get("currency") or "CNY")
    total = Sum(_("Total"), money_text(amounts.get("amount"), currency), is_total=True)
    taxed = [(rate, net, tax) for rate, net, tax in tax_by_rate(lines) if rate or tax]
    if not taxed:
        return (total,)
    net_amount = amounts.get("net_amount")
    parts = [Sum(_("Net amount"), money_text(net_amount, currency))]
    for rate, net, tax in taxed:
        label = _("Tax %(rate)s on %(net)s") % {"rate": percent_text(rate), "net": price_text(net, currency)}
        parts.append(Sum(label, money_text(tax, currency)))
    return (*parts, total)


def capitals_of(amount: Decimal | None, currency: str) -> str:
    """Return an amount of renminbi in capitals for a Chinese paper; nothing in another language or currency."""
    if amount is None or currency != "CNY" or not (get_language() or "").startswith("zh"):
        return ""
    return in_capitals(amount)


def percent_text(value: Decimal | None) -> str:
    """Return a rate as a percentage; an empty text for none."""
    return f"{number_text(value)}%" if value else ""
