"""Adding up, pace and accuracy."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from banyan.forecasts.rules import accuracy, pace, percent, resolved, total_forecast

amounts = st.decimals(min_value=0, max_value=10**12, places=2, allow_nan=False, allow_infinity=False)


def test_year_without_target_of_its_own_is_the_sum_of_its_parts() -> None:
    parts = {"year": ["q1", "q2"], "q1": ["m1", "m2"], "q2": ["m3", "m4"]}
    given_amounts = {"q1": Decimal(10), "m1": Decimal(99), "m3": Decimal(4)}

    def find(period: str) -> Decimal | None:
        return resolved(given_amounts, period, lambda name: parts.get(name, []))

    assert find("year") == 14
    assert find("q2") == 4
    assert find("m4") is None


def test_pace_is_even_over_the_days() -> None:
    first, last = date(2026, 4, 1), date(2026, 4, 30)

    assert pace(Decimal(300), first=first, last=last, day=date(2026, 4, 10)) == 100
    assert pace(Decimal(300), first=first, last=last, day=date(2026, 3, 31)) == 0
    assert pace(Decimal(300), first=first, last=last, day=date(2026, 5, 9)) == 300


def test_share_of_no_target_is_unknown() -> None:
    assert percent(Decimal(5), None) is None
    assert percent(Decimal(5), Decimal(0)) is None
    assert percent(Decimal(5), Decimal(40)) == 13


@given(amounts, amounts)
def test_accuracy_lies_between_nothing_and_a_hundred(forecast: Decimal, outcome: Decimal) -> None:
    assert 0 <= accuracy(forecast, outcome) <= 100
    assert accuracy(outcome, outcome) == 100


def test_figure_of_the_manager_counts_before_the_own_one() -> None:
    figures = [(Decimal(5), Decimal(9), Decimal(1)), (None, Decimal(7), Decimal(1)), (None, None, Decimal(2))]

    assert total_forecast(figures) == 14
