"""The front door of the money app for apps above it."""

from __future__ import annotations

from banyan.money.conversion import RatesOfDay, UnknownRate, known_currency
from banyan.money.kinds import CurrencyChoice
from banyan.money.models import ExchangeRate, TaxRate, TaxRule
from banyan.money.periods import FiscalCalendar, FiscalPeriod, beside, numbered, period_of, periods_of, read_code
from banyan.money.queries import (
    RATES_URL,
    NoRate,
    TaxPicker,
    convert,
    converted,
    currencies_in_use,
    factor_at,
    factor_by_day,
    fiscal_calendar,
    fiscal_period,
    period_label,
    prices_include_tax,
    rate_on,
    rates_of_day,
    rounded_in,
    tax_rate_for,
    tax_rates,
    without_rate,
)
from banyan.money.references import CURRENCIES_MODULE, TAXES_MODULE
from banyan.money.rules import (
    HUNDRED,
    LineAmounts,
    Totals,
    allocate,
    in_capitals,
    line_amounts,
    places_of,
    rounded,
    totals,
)
from banyan.money.services.rates import Entered, NewRate, enter_rates
from banyan.money.services.taxes import add_usual, save_tax_rate

__all__ = [
    "CURRENCIES_MODULE",
    "HUNDRED",
    "RATES_URL",
    "TAXES_MODULE",
    "CurrencyChoice",
    "Entered",
    "ExchangeRate",
    "FiscalCalendar",
    "FiscalPeriod",
    "LineAmounts",
    "NewRate",
    "NoRate",
    "RatesOfDay",
    "TaxPicker",
    "TaxRate",
    "TaxRule",
    "Totals",
    "UnknownRate",
    "add_usual",
    "allocate",
    "beside",
    "convert",
    "converted",
    "currencies_in_use",
    "enter_rates",
    "factor_at",
    "factor_by_day",
    "fiscal_calendar",
    "fiscal_period",
    "in_capitals",
    "known_currency",
    "line_amounts",
    "numbered",
    "period_label",
    "period_of",
    "periods_of",
    "places_of",
    "prices_include_tax",
    "rate_on",
    "rates_of_day",
    "read_code",
    "rounded",
    "rounded_in",
    "save_tax_rate",
    "tax_rate_for",
    "tax_rates",
    "totals",
    "without_rate",
]
