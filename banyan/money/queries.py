"""Rates, fiscal years and taxes as the organization has set them, for one amount or for a whole query."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Expression, ExpressionWrapper, F, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import Refused
from banyan.core.tenancy.models import Organization
from banyan.money.choices import PeriodKind
from banyan.money.conversion import ONE, RatesOfDay, UnknownRate
from banyan.money.models import ExchangeRate, TaxRate, TaxRule
from banyan.money.periods import FiscalCalendar, FiscalPeriod, period_of
from banyan.money.rules import places_of, rounded

#: The key of what an organization has chosen, in its settings.
SETTING = "money"
RATES_URL = "/settings/currencies"
FACTOR: DecimalField = DecimalField(max_digits=38, decimal_places=20)


class NoRate(Refused):
    """There is no exchange rate of a currency on or before a day; the message says where to enter one."""

    def __init__(self, currency: str, day: date) -> None:
        self.currency, self.day = currency, day
        self.url = f"{RATES_URL}/new?currency={currency}&day={day.isoformat()}"
        message = _(
            "There is no exchange rate for %(currency)s on or before %(day)s. Enter one under Settings > Currencies, or"
            " ask an administrator to."
        ) % {"currency": currency, "day": day.isoformat()}
        super().__init__("no_rate", message, currency=currency, day=day.isoformat(), url=self.url)


def chosen(organization: Organization, name: str, default: Any = None) -> Any:
    """Return what an organization has chosen about money."""
    return organization.settings.get(SETTING, {}).get(name, default)


def currencies_in_use(organization: Organization) -> list[str]:
    """Return the currencies that people of an organization choose from, its own first."""
    return list(dict.fromkeys([organization.currency, *chosen(organization, "currencies", ())]))


def rates_of_day(organization: Organization, day: date, currencies: Iterable[str] | None = None) -> RatesOfDay:
    """Return the latest rates on or before a day, of some currencies or of all; those without any are left out."""
    rows = ExchangeRate.objects.filter(base=organization.currency, day__lte=day)
    if currencies is not None:
        wanted = {currency for currency in currencies if currency} - {organization.currency}
        if not wanted:
            return RatesOfDay(organization.currency)
        rows = rows.filter(currency__in=wanted)
    latest = rows.order_by("currency", "-day").distinct("currency").values_list("currency", "rate")
    return RatesOfDay(organization.currency, dict(latest))


def rate_on(organization: Organization, source: str, target: str, day: date) -> Decimal:
    """Return what one unit of ``source`` is worth in ``target`` on a day, by the latest rates on or before it.

    Inverse and cross rates go over the organization's currency. Raises ``NoRate``.
    """
    try:
        return rates_of_day(organization, day, (source, target)).factor(source, target)
    except UnknownRate as problem:
        raise NoRate(problem.currency, day) from None


def convert(organization: Organization, amount: Decimal, source: str, target: str, day: date) -> Decimal:
    """Return an amount in another currency, rounded half up to the decimals of that one. Raises ``NoRate``."""
    try:
        rates = rates_of_day(organization, day, (source, target))
        return rounded_in(rates.exactly(amount, source, target), target or organization.currency)
    except UnknownRate as problem:
        raise NoRate(problem.currency, day) from None


def rounded_in(amount: Decimal, currency: str) -> Decimal:
    """Return an amount rounded half up to the decimals of a currency."""
    return rounded(amount, places_of(currency))


def factor_at(
    organization: Organization,
    target: str,
    day: date,
    *,
    currency: str = "currency",
    among: Iterable[str] | None = None,
) -> Expression:
    """Return the SQL expression of what one unit of a row's currency is worth in ``target`` at the rates of one day.

    The rates are looked up once and stand in the query, so hundreds of thousands of rows are converted at the cost of a
    multiplication each.

    Args:
        organization: Whose rates.
        target: The currency of the result; empty is the organization's.
        day: The rates on or before this day count.
        currency: The field of the row that holds its currency; empty is the organization's.
        among: The currencies that occur, where the caller knows them. Each of them must have a rate, or ``NoRate`` is
            raised; without them a row of a currency without rate becomes null: ask ``without_rate`` for those.
    """
    rates = rates_of_day(organization, day, None if among is None else (*among, target))
    base = organization.currency
    try:
        cases = [
            When(**{currency: code}, then=Value(rates.factor(code, target), output_field=FACTOR))
            for code in sorted({base, *rates.values, *(among or ())} - {""})
        ]
        cases.append(When(**{currency: ""}, then=Value(rates.factor(base, target), output_field=FACTOR)))
    except UnknownRate as problem:
        raise NoRate(problem.currency, day) from None
    return Case(*cases, default=Value(None, output_field=FACTOR), output_field=FACTOR)


def factor_by_day(organization: Organization, target: str, day_field: str, *, currency: str = "currency") -> Expression:
    """Return the SQL expression of what one unit of a row's currency is worth in ``target`` on the row's own day.

    Rows of the organization's currency cost nothing, others one look into the index each. Null where there is no rate.
    """
    base = organization.currency
    own = _value_on(base, OuterRef(currency), day_field)
    worth = Case(
        When(Q(**{currency: ""}) | Q(**{currency: base}), then=Value(ONE, output_field=FACTOR)),
        default=own,
        output_field=FACTOR,
    )
    if not target or target == base:
        return worth
    same = When(**{currency: target}, then=Value(ONE, output_field=FACTOR))
    return Case(same, default=worth / _value_on(base, Value(target), day_field), output_field=FACTOR)


def converted(
    organization: Organization,
    amount: str,
    target: str,
    day: date | str,
    *,
    currency: str = "currency",
    among: Iterable[str] | None = None,
) -> Expression:
    """Return the SQL expression of an amount in another currency, unrounded: sum it, then round the sum.

    Args:
        organization: Whose rates.
        amount: The field of the row that holds the amount; null stays null.
        target: The currency of the result; empty is the organization's.
        day: The day whose rates hold for all rows, or the name of the field that holds the day of each row.
        currency: The field of the row that holds its currency; empty is the organization's.
        among: For one day: the currencies that occur, as ``factor_at`` takes them.
    """
    if isinstance(day, str):
        factor = factor_by_day(organization, target, day, currency=currency)
    else:
        factor = factor_at(organization, target, day, currency=currency, among=among)
    return ExpressionWrapper(F(amount) * factor, output_field=FACTOR)


def without_rate(organization: Organization, currencies: Iterable[str], day: date) -> list[str]:
    """Return which of some currencies have no rate on or before a day."""
    asked = {currency for currency in currencies if currency and currency != organization.currency}
    return sorted(asked - rates_of_day(organization, day, asked).values.keys())


def _value_on(base: str, code: Any, day_field: str) -> Subquery:
    rows = ExchangeRate.objects.filter(base=base, currency=code, day__lte=OuterRef(day_field))
    return Subquery(rows.order_by("-day").values("rate")[:1], output_field=FACTOR)


def fiscal_calendar(organization: Organization) -> FiscalCalendar:
    """Return when the years of an organization begin."""
    values = chosen(organization, "fiscal_year", {})
    return FiscalCalendar(values.get("first_month", 1), values.get("is_named_after_end", True))


def fiscal_period(organization: Organization, day: date, kind: PeriodKind | str = PeriodKind.YEAR) -> FiscalPeriod:
    """Return the fiscal month, quarter or year that a day lies in, with its first and last day."""
    return period_of(fiscal_calendar(organization), day, PeriodKind(kind))


def period_label(period: FiscalPeriod) -> str:
    """Return what people call a fiscal period, in the reader's language."""
    if period.kind == PeriodKind.YEAR:
        return _("Fiscal year %(year)s") % {"year": period.year}
    if period.kind == PeriodKind.QUARTER:
        return _("%(year)s, quarter %(index)s") % {"year": period.year, "index": period.index}
    return f"{period.first:%Y-%m}"


def prices_include_tax(organization: Organization) -> bool:
    """Say whether prices are written with tax, unless a document says otherwise; in China they usually are."""
    return bool(chosen(organization, "prices_include_tax", organization.country == "CN"))


def tax_rates(organization: Organization, day: date, *, country: str = "") -> list[TaxRate]:
    """Return the tax rates in use on a day, of one country or of all, the organization's own country first."""
    rows = TaxRate.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=day),
        Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        is_active=True,
    )
    if country:
        rows = rows.filter(country=country)
    return sorted(rows, key=lambda row: row.country != organization.country)


def tax_rate_for(
    organization: Organization, day: date, *, customer_country: str = "", product_rate: TaxRate | None = None
) -> TaxRate | None:
    """Return the tax rate of one product for one customer; None where the organization keeps no tax rates."""
    return TaxPicker(organization, day).pick(customer_country, product_rate)


class TaxPicker:
    """Which tax rate holds, for many products and customers at the cost of two queries.

    A rule for the customer's country comes first, one for that product's rate before one for all; then a rule for
    customers abroad; then the product's own rate; then the usual rate of the organization's country.
    """

    def __init__(self, organization: Organization, day: date) -> None:
        self.home = organization.country
        self.rates = {rate.pk: rate for rate in tax_rates(organization, day)}
        self.rules = {
            (rule.country, rule.instead_of_id): rule.rate_id
            for rule in TaxRule.objects.all()
            if rule.rate_id in self.rates
        }
        usual = [rate for rate in self.rates.values() if rate.is_default and rate.country == self.home]
        self.usual = usual[0] if usual else None

    def pick(self, customer_country: str = "", product_rate: TaxRate | None = None) -> TaxRate | None:
        """Return the rate for a product that names one, or none, and a customer of a country, or of an unknown one."""
        own = self.rates.get(product_rate.pk) if product_rate else None
        own = own or self.usual
        country = customer_country or self.home
        places = [country] if country == self.home else [country, ""]
        for place in places:
            for replaced in (own.pk if own else None, None):
                found = self.rules.get((place, replaced))
                if found is not None:
                    return self.rates[found]
        return own
