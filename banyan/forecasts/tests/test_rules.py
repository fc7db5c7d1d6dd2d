"""Spreading, adding up, pace and accuracy."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.forecasts.rules import accuracy, pace, percent, resolved, spread, total_forecast

amounts = st.decimals(min_value=0, max_value=10**12, places=2, allow_nan=False, allow_infinity=False)
weights = st.lists(st.decimals(min_value=0, max_value=10**6, places=3), min_size=1, max_size=40).filter(any)


@given(amounts, weights)
def test_parts_add_up_to_the_whole_and_are_near_their_share(total: Decimal, given_weights: list[Decimal]) -> None:
    parts = spread(total, given_weights)

    assert sum(parts) == total
    whole = sum(given_weights)
    for part, weight in zip(parts, given_weights, strict=True):
        assert abs(part - total * weight / whole) <= Decimal("0.01")
        assert part >= 0
        if not weight:
            assert part == 0


@given(st.integers(min_value=0, max_value=10**8), weights)
def test_counts_are_spread_in_whole_numbers(total: int, given_weights: list[Decimal]) -> None:
    parts = spread(Decimal(total), given_weights, places=0)

    assert sum(parts) == total
    assert all(part == int(part) for part in parts)


@pytest.mark.parametrize(
    ("total", "given_weights"),
    [("100", []), ("100", ["0", "0"]), ("100", ["1", "-1"]), ("-1", ["1"]), ("0.001", ["1"])],
)
def test_what_cannot_be_spread_is_refused(total: str, given_weights: list[str]) -> None:
    with pytest.raises(ValueError, match=r"weights|total"):
        spread(Decimal(total), [Decimal(weight) for weight in given_weights])


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
