"""What the configuration file says of money: currencies in use, the fiscal year, tax rates and their rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.document_shapes import Flag, Items, Number, Property, Text
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.languages import babel_locale
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.tenancy.models import Organization
from banyan.money.models import TaxRate, TaxRule
from banyan.money.queries import currencies_in_use, fiscal_calendar, prices_include_tax
from banyan.money.services.rates import plain
from banyan.money.services.settings import choose, set_currencies, set_fiscal_year
from banyan.money.services.taxes import remove_tax_rate, remove_tax_rule, save_tax_rate, save_tax_rule

Entry = dict[str, Any]
MONEY, ANY = "money", "*"


@cache
def _currencies() -> list[str]:
    return sorted(str(code) for code in babel_locale("en").currencies)


@cache
def _countries() -> list[str]:
    return sorted(code for code in map(str, babel_locale("en").territories) if len(code) == 2)


def read_money(organization: Organization) -> list[Entry]:
    """Return what an organization has chosen about money."""
    calendar = fiscal_calendar(organization)
    return [
        {
            KEY: MONEY,
            "currencies": currencies_in_use(organization)[1:],
            "first_month": calendar.first_month,
            "is_named_after_end": calendar.is_named_after_end,
            "prices_include_tax": prices_include_tax(organization),
        }
    ]


def apply_money(actor: Actor, change: Change) -> None:
    """Change what an organization has chosen about money."""
    values, changed = change.values(), change.changed()
    if "currencies" in changed:
        set_currencies(actor, values["currencies"] or ())
    if {"first_month", "is_named_after_end"} & changed.keys():
        set_fiscal_year(
            actor, first_month=values["first_month"] or 1, is_named_after_end=values["is_named_after_end"] is not False
        )
    if "prices_include_tax" in changed:
        choose(actor, {"prices_include_tax": bool(values["prices_include_tax"])})


def read_tax_rates(organization: Organization) -> list[Entry]:
    """Return the tax rates, by country and name."""
    return [
        {
            KEY: _key(row), "name": row.name, "country": row.country, "rate": plain(row.rate), "note": row.note,
            "valid_from": row.valid_from.isoformat() if row.valid_from else "",
            "valid_to": row.valid_to.isoformat() if row.valid_to else "",
            "is_default": row.is_default, "is_active": row.is_active,
        }
        for row in TaxRate.objects.all()
    ]  # fmt: skip


def apply_tax_rate(actor: Actor, change: Change) -> None:
    """Make, change or remove a tax rate."""
    row = _by_key(change.key)
    if change.is_removal:
        if row is not None:
            remove_tax_rate(actor, row)
        return
    values = dict(change.values())
    values.pop(KEY, None)
    try:
        values["rate"] = Decimal(values["rate"])
        for name in ("valid_from", "valid_to"):
            values[name] = date.fromisoformat(values[name]) if values[name] else None
    except (ValueError, InvalidOperation, TypeError):
        message = _("A rate is a number such as 13, a day is written like 2026-11-30.")
        raise Invalid([FieldError("rate", "bad_value", message)]) from None
    save_tax_rate(actor, row, values)


def read_tax_rules(organization: Organization) -> list[Entry]:
    """Return the rules by country and what they replace."""
    return [
        {
            KEY: f"{rule.country or ANY}:{_key(rule.instead_of) if rule.instead_of else ANY}",
            "country": rule.country,
            "instead_of": _key(rule.instead_of) if rule.instead_of else "",
            "rate": _key(rule.rate),
        }
        for rule in TaxRule.objects.select_related("rate", "instead_of")
    ]


def apply_tax_rule(actor: Actor, change: Change) -> None:
    """Make, change or remove a rule."""
    values = change.values()
    replaced = _by_key(values["instead_of"]) if values["instead_of"] else None
    if change.is_removal:
        rule = TaxRule.objects.filter(country=values["country"], instead_of=replaced).first()
        if rule is not None:
            remove_tax_rule(actor, rule.pk)
        return
    rate = _by_key(values["rate"])
    if rate is None or (values["instead_of"] and replaced is None):
        message = _("There is no tax rate “%(rate)s”.") % {
            "rate": values["rate"] if rate is None else values["instead_of"]
        }
        raise Invalid([FieldError("rate", "unknown", message)])
    save_tax_rule(actor, country=values["country"], instead_of=replaced, rate=rate)


def _key(row: TaxRate) -> str:
    return f"{row.country}.{row.name}"


def _by_key(key: str) -> TaxRate | None:
    country, _dot, name = key.partition(".")
    return TaxRate.objects.filter(country=country, name=name).first()


PARTS: Sequence[ConfigurationPart] = (
    ConfigurationPart(
        name=MONEY,
        label=gettext_lazy("Money"),
        help=gettext_lazy(
            "Currencies in use, the fiscal year, and whether prices include tax. Exchange rates are data."
        ),
        key_help=MONEY,
        properties={
            "currencies": Property(
                Items(Text(_currencies), unites=True), gettext_lazy("Currencies in use"), default=[]
            ),
            "first_month": Property(Number(1, 12), gettext_lazy("First month"), default=1),
            "is_named_after_end": Property(
                Flag(), gettext_lazy("A fiscal year is named after the year in which it ends"), default=True
            ),
            "prices_include_tax": Property(Flag(), gettext_lazy("Prices include tax"), default=False),
        },
        read=read_money,
        apply=apply_money,
        after=("organization",),
        removable=False,
        is_single=True,
    ),
    ConfigurationPart(
        name="tax_rates",
        label=gettext_lazy("Tax rates"),
        key_help=gettext_lazy("country.name, such as CN.13 %"),
        properties={
            "name": Property(Text(longest=80), gettext_lazy("Name"), needed=True, fixed=True),
            "country": Property(Text(_countries), gettext_lazy("Country"), needed=True, fixed=True),
            "rate": Property(Text(longest=6), gettext_lazy("Rate in %"), needed=True),
            "note": Property(Text(longest=200), gettext_lazy("Used for"), default=""),
            "valid_from": Property(Text(longest=10), gettext_lazy("Valid from"), default=""),
            "valid_to": Property(Text(longest=10), gettext_lazy("Valid to"), default=""),
            "is_default": Property(Flag(), gettext_lazy("Usual rate of the country"), default=False),
            "is_active": Property(Flag(), gettext_lazy("In use"), default=True),
        },
        read=read_tax_rates,
        apply=apply_tax_rate,
        after=("organization",),
    ),
    ConfigurationPart(
        name="tax_rules",
        label=gettext_lazy("Tax rules"),
        key_help=gettext_lazy("country:rate that it replaces, * for every one"),
        properties={
            "country": Property(
                Text(lambda: ["", *_countries()]), gettext_lazy("Country of the customer"), default="", fixed=True
            ),
            "instead_of": Property(Text(), gettext_lazy("Instead of"), default="", fixed=True),
            "rate": Property(Text(), gettext_lazy("Tax rate"), needed=True),
        },
        read=read_tax_rules,
        apply=apply_tax_rule,
        after=("tax_rates",),
    ),
)
