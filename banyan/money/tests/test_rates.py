"""Exchange rates: the latest on or before the day, inverse and across, entered, pasted and converted in the database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid, NotAllowed
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.money.conversion import RatesOfDay
from banyan.money.models import ExchangeRate
from banyan.money.queries import (
    NoRate,
    convert,
    converted,
    currencies_in_use,
    rate_on,
    rounded_in,
    without_rate,
)
from banyan.money.services.rates import Entered, NewRate, enter_rates, read_lines, remove_rate
from banyan.sales.public import Opportunity
from tests.cast import Cast

LINES = """Currency\tDate\tRate
USD\t2026-10-01\t7.10
USD\t2026-11-01\t7.20

EUR 2026-11-01 8.28 ECB
JPY 2026/11/1 0.048
"""


@pytest.fixture
def rates(admin: Actor) -> Actor:
    enter_rates(admin, read_lines(admin, LINES, "Bank"))
    return admin


def test_latest_rate_on_or_before_the_day_counts(rates: Actor) -> None:
    here = rates.organization
    assert rate_on(here, "USD", "CNY", date(2026, 10, 31)) == Decimal("7.10")
    assert rate_on(here, "USD", "CNY", date(2026, 11, 1)) == Decimal("7.20")
    assert rate_on(here, "CNY", "CNY", date(1999, 1, 1)) == 1
    assert rate_on(here, "EUR", "USD", date(2026, 12, 1)) == Decimal("1.15")
    assert convert(here, Decimal(720), "CNY", "USD", date(2026, 11, 5)) == Decimal("100.00")
    assert convert(here, Decimal(100), "USD", "JPY", date(2026, 11, 5)) == Decimal(15000)
    assert currencies_in_use(here) == ["CNY", "USD", "EUR", "JPY"]


def test_missing_rate_names_currency_day_and_where_to_enter_it(rates: Actor) -> None:
    with pytest.raises(NoRate) as refused:
        rate_on(rates.organization, "USD", "CNY", date(2026, 9, 30))
    assert "USD" in str(refused.value.message)
    assert "2026-09-30" in str(refused.value.message)
    assert refused.value.url == "/settings/currencies/new?currency=USD&day=2026-09-30"
    assert without_rate(rates.organization, ["CNY", "USD", "GBP", ""], date(2026, 11, 1)) == ["GBP"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("USD 2026-11-01 0", "more than 0"),
        ("USD 2026-11-01 -7", "more than 0"),
        ("XXZ 2026-11-01 7", "XXZ"),
        ("CNY 2026-11-01 1", "always 1"),
        ("USD 2126-11-01 7", "two years ahead"),
        ("USD 2026-13-01 7", "Line 1"),
        ("USD 2026-11-01 seven", "Line 1"),
        ("USD", "Line 1"),
        ("", "line for each rate"),
    ],
)
def test_bad_lines_are_refused_and_nothing_is_entered(admin: Actor, text: str, part: str) -> None:
    with pytest.raises(Invalid) as refused:
        enter_rates(admin, read_lines(admin, text, ""))
    assert part in str(refused.value.message)
    with pytest.raises(Invalid, match="Line 2"):
        enter_rates(
            admin, [NewRate("EUR", date(2026, 11, 1), Decimal(8)), NewRate("EUR", date(2026, 11, 2), Decimal(0))]
        )
    assert not ExchangeRate.objects.exists()


def test_rate_of_the_same_day_is_replaced_and_a_removed_one_gives_way(rates: Actor) -> None:
    again = enter_rates(rates, [NewRate("USD", date(2026, 11, 1), Decimal("7.30"), "Other bank")])
    assert again == Entered(added=0, replaced=1)
    row = ExchangeRate.objects.get(currency="USD", day=date(2026, 11, 1))
    assert (row.rate, row.source, row.entered_by_id) == (Decimal("7.30"), "Other bank", rates.user_id)
    remove_rate(rates, row.pk)
    assert rate_on(rates.organization, "USD", "CNY", date(2026, 11, 1)) == Decimal("7.10")


def test_inverse_by_mistake_is_asked_about(rates: Actor) -> None:
    wrong = [NewRate("USD", date(2026, 11, 2), Decimal("0.14"))]
    with pytest.raises(Invalid, match=r"7\.2"):
        enter_rates(rates, wrong, is_sure=False)
    assert enter_rates(rates, wrong, is_sure=True).added == 1


def test_salesperson_enters_no_rates(scope: Cast) -> None:
    with pytest.raises(NotAllowed):
        enter_rates(scope.actor("salesperson"), [NewRate("USD", date(2026, 11, 1), Decimal(7))])


def test_sums_are_converted_in_the_database(rates: Actor, django_assert_num_queries) -> None:
    spec = spec_for(rates.organization, "opportunity")
    customer = door.create(rates, spec_for(rates.organization, "customer"), {"name": "Harbor Light Trading"})
    for amount, currency, day in (
        (100, "USD", "2026-10-15"), (100, "USD", "2026-11-15"), (50, "EUR", "2026-11-15"), (10, "CNY", "2026-11-15"),
    ):  # fmt: skip
        values = {
            "name": "Deal",
            "customer": customer.pk,
            "amount": amount,
            "currency": currency,
            "expected_close_on": day,
        }
        door.create(rates, spec, values)
    here = rates.organization
    with django_assert_num_queries(2):
        fixed = Opportunity.objects.aggregate(total=Sum(converted(here, "amount", "", date(2026, 11, 20))))["total"]
    assert rounded_in(fixed, "CNY") == Decimal("1864.00")
    by_day = Opportunity.objects.aggregate(total=Sum(converted(here, "amount", "", "expected_close_on")))["total"]
    assert rounded_in(by_day, "CNY") == Decimal("1854.00")
    in_dollars = Opportunity.objects.aggregate(total=Sum(converted(here, "amount", "USD", date(2026, 11, 20))))["total"]
    assert rounded_in(in_dollars, "USD") == Decimal("258.89")
    across = Opportunity.objects.aggregate(total=Sum(converted(here, "amount", "EUR", "expected_close_on")))["total"]
    assert across is None or across > 0
    with pytest.raises(NoRate):
        converted(here, "amount", "", date(2026, 11, 20), among=["GBP"])


AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2)
RATES = st.decimals(min_value="0.0001", max_value=100_000, places=6)


@given(amount=AMOUNTS, first=RATES, second=RATES)
def test_conversion_there_and_back_differs_by_rounding_alone(amount: Decimal, first: Decimal, second: Decimal) -> None:
    rates = RatesOfDay("CNY", {"USD": first, "EUR": second})
    there = rounded_in(rates.exactly(amount, "USD", "EUR"), "EUR")
    back = rates.exactly(there, "EUR", "USD")
    half_a_cent = Decimal("0.005")
    assert abs(back - amount) <= half_a_cent * rates.factor("EUR", "USD") + Decimal("1e-9")
    assert abs(rates.factor("USD", "EUR") * rates.factor("EUR", "USD") - 1) < Decimal("1e-25")
    across = rates.factor("USD", "CNY") * rates.factor("CNY", "EUR")
    assert abs(rates.factor("USD", "EUR") / across - 1) < Decimal("1e-25")
