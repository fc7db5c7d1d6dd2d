"""The usual tax rates of some countries, to begin with; companies keep their own from there on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class UsualRate:
    """A rate in % with its name; ``note`` says what it is used for."""

    name: Any
    rate: Decimal
    note: Any = ""
    is_default: bool = False


def _vat(*rates: str, notes: tuple[Any, ...] = ()) -> tuple[UsualRate, ...]:
    """Return the rates of a value added tax, the usual one first."""
    return tuple(
        UsualRate(f"{rate} %", Decimal(rate), notes[index] if index < len(notes) else "", is_default=index == 0)
        for index, rate in enumerate(rates)
    )


_CHINA = (
    _("Goods, processing, leasing of movables"),
    _("Transport, construction, real estate, farm products"),
    _("Services, software as a service, finance"),
    _("Simplified method, small taxpayers"),
    _("Reduced rate for small taxpayers"),
    _("Exports and what is exempt"),
)
_EUROPE = (_("Standard rate"), _("Reduced rate"), _("Reduced rate"), _("Reduced rate"))
_ZERO = _("Exports and what is exempt")
USUAL: dict[str, tuple[UsualRate, ...]] = {
    "CN": _vat("13", "9", "6", "3", "1", "0", notes=_CHINA),
    "DE": _vat("19", "7", "0", notes=(*_EUROPE[:2], _ZERO)),
    "FR": _vat("20", "10", "5.5", "2.1", "0", notes=(*_EUROPE, _ZERO)),
    "IT": _vat("22", "10", "5", "4", "0", notes=(*_EUROPE, _ZERO)),
    "ES": _vat("21", "10", "4", "0", notes=(*_EUROPE[:3], _ZERO)),
    "NL": _vat("21", "9", "0", notes=(*_EUROPE[:2], _ZERO)),
    "BE": _vat("21", "12", "6", "0", notes=(*_EUROPE[:3], _ZERO)),
    "AT": _vat("20", "13", "10", "0", notes=(*_EUROPE[:3], _ZERO)),
    "IE": _vat("23", "13.5", "9", "0", notes=(*_EUROPE[:3], _ZERO)),
    "PL": _vat("23", "8", "5", "0", notes=(*_EUROPE[:3], _ZERO)),
    "SE": _vat("25", "12", "6", "0", notes=(*_EUROPE[:3], _ZERO)),
    "DK": _vat("25", "0", notes=(_EUROPE[0], _ZERO)),
    "GB": _vat("20", "5", "0", notes=(*_EUROPE[:2], _ZERO)),
    "CH": _vat("8.1", "3.8", "2.6", "0", notes=(*_EUROPE[:3], _ZERO)),
    "NO": _vat("25", "15", "12", "0", notes=(*_EUROPE[:3], _ZERO)),
    "JP": _vat("10", "8", "0", notes=(*_EUROPE[:2], _ZERO)),
    "KR": _vat("10", "0", notes=(_EUROPE[0], _ZERO)),
    "SG": _vat("9", "0", notes=(_EUROPE[0], _ZERO)),
    "AU": _vat("10", "0", notes=(_EUROPE[0], _ZERO)),
    "NZ": _vat("15", "0", notes=(_EUROPE[0], _ZERO)),
    "TW": _vat("5", "0", notes=(_EUROPE[0], _ZERO)),
    "TH": _vat("7", "0", notes=(_EUROPE[0], _ZERO)),
    "VN": _vat("10", "8", "5", "0", notes=(*_EUROPE[:3], _ZERO)),
    "MX": _vat("16", "0", notes=(_EUROPE[0], _ZERO)),
    "HK": _vat("0"),
    "MO": _vat("0"),
    "US": _vat("0"),
}


def usual_rates(country: str) -> tuple[UsualRate, ...]:
    """Return the usual rates of a country; none where the product knows none."""
    return USUAL.get(country, ())
