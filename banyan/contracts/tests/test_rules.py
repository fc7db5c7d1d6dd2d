from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.contracts.rules import (
    Portion,
    PortionsDiffer,
    add_months,
    estimated_amounts,
    instalment_amounts,
    months_between,
    next_period,
)

amounts = st.decimals(min_value=0, max_value=10**9, places=2)


@given(amounts, st.lists(st.integers(1, 10_000), min_size=1, max_size=30))
def test_shares_that_are_the_whole_sum_up_to_the_cent(total: Decimal, weights: list[int]) -> None:
    shares = [Decimal(weight * 100) / sum(weights) for weight in weights]
    shares = [share.quantize(Decimal("0.0001")) for share in shares]
    shares[-1] += 100 - sum(shares)
    portions = [Portion(share=share) for share in shares]

    parts = instalment_amounts(total, portions)

    assert sum(parts) == total
    assert all(abs(part - total * share / 100) < Decimal("0.02") for part, share in zip(parts, shares, strict=True))


@given(amounts, amounts)
def test_fixed_sums_and_a_share_of_the_rest_need_not_fit_and_say_by_how_much(total: Decimal, fixed: Decimal) -> None:
    if total == fixed:
        assert instalment_amounts(total, [Portion(amount=fixed)]) == [total]
        return
    with pytest.raises(PortionsDiffer) as difference:
        instalment_amounts(total, [Portion(amount=fixed)])
    assert difference.value.missing == total - fixed


def test_amounts_of_a_draft_are_shown_although_they_do_not_sum_up() -> None:
    assert estimated_amounts(Decimal(100), [Portion(share=Decimal("33.33"))]) == [Decimal("33.33")]
    with pytest.raises(PortionsDiffer):
        instalment_amounts(Decimal(100), [Portion(share=Decimal("33.33"))])


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 240))
def test_the_next_period_begins_the_day_after_and_is_as_long(starts_on: date, months: int) -> None:
    ends_on = add_months(starts_on, months) - timedelta(days=1)

    first, last = next_period(starts_on, ends_on, months)

    assert first == ends_on + timedelta(days=1)
    assert last is not None
    assert last > ends_on
    assert abs(months_between(first, last) - months) <= 1


def test_the_end_of_february_is_the_end_of_the_month() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert next_period(date(2026, 1, 1), None, 12) == (None, None)
