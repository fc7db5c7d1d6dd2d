"""Rules of billing: shares that add up, tax numbers, periods, ageing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.billing.rules import (
    TaxNumber,
    band_of,
    check_digit,
    later,
    monthly,
    movement,
    official_number_fits,
    period_end,
    plan_amounts,
    proposal,
    prorate,
    share,
    stage_of,
    tax_number_kind,
)
from banyan.money.rules import HUNDRED

amounts = st.decimals(min_value=0, max_value=10**12, places=2)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("91350100M000100Y43", TaxNumber.VALID),
        ("91350100m000100y43", TaxNumber.VALID),
        ("91350100M000100Y44", TaxNumber.WRONG_DIGIT),
        ("91350100MO00100Y43", TaxNumber.WRONG),
        ("350100123456789", TaxNumber.OLD),
        ("35010012345678901234", TaxNumber.OLD),
        ("12345", TaxNumber.WRONG),
        ("", TaxNumber.WRONG),
    ],
)
def test_tax_number_is_known_by_its_length_and_check_digit(number: str, kind: TaxNumber) -> None:
    assert tax_number_kind(number) is kind


@given(st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_any_other_check_digit_is_wrong(number: str) -> None:
    right = check_digit(number)
    assert right in "0123456789ABCDEFGHJKLMNPQRTUWXY"
    assert check_digit(number[:16] + ("1" if number[16] != "1" else "2")) != right


@given(amounts, st.lists(st.integers(min_value=1, max_value=1000), min_size=1, max_size=30))
def test_shares_add_up_whatever_the_steps(total: Decimal, steps: list[int]) -> None:
    whole, reached, taken = Decimal(sum(steps)), Decimal(0), Decimal(0)
    for step in steps:
        reached += step
        part = share(total, reached, whole, taken=taken)
        assert part >= 0
        taken += part
    assert taken == total


@given(amounts, st.lists(st.integers(min_value=1, max_value=50), min_size=1, max_size=12), st.sampled_from([0, 2]))
def test_instalments_make_the_total_when_the_percents_make_a_hundred(
    total: Decimal, weights: list[int], places: int
) -> None:
    total = total.quantize(Decimal(1).scaleb(-places))
    percents = [Decimal(weight) for weight in weights]
    left = HUNDRED - sum(percents)
    if left > 0:
        percents.append(left)
    elif left < 0:
        percents = [HUNDRED]
    assert sum(plan_amounts(total, percents, places)) == total


@given(amounts, st.lists(amounts, max_size=10))
def test_proposal_takes_no_more_than_there_is_and_than_is_open(available: Decimal, due: list[Decimal]) -> None:
    shares = proposal(available, due)
    assert sum(shares) == min(available, sum(due, Decimal(0)))
    assert all(0 <= share <= open_ for share, open_ in zip(shares, due, strict=True))


def test_days_overdue_fall_into_bands() -> None:
    assert [band_of(days) for days in (-5, 0, 1, 30, 31, 60, 61, 90, 91, 4000)] == [
        None, None, 0, 0, 1, 1, 2, 2, 3, 3,
    ]  # fmt: skip


def test_stages_of_reminders_follow_the_days() -> None:
    due, steps = date(2026, 3, 10), (7, 15, 30)
    days = {date(2026, 3, 1): None, date(2026, 3, 7): 0, due: 1, date(2026, 3, 16): 1, date(2026, 3, 17): 2,
            date(2026, 3, 25): 3, date(2026, 5, 1): 4}  # fmt: skip
    assert {day: stage_of(due, day, before=3, steps=steps) for day in days} == days


def test_periods_keep_the_day_of_the_month() -> None:
    assert later(date(2026, 1, 31), 1, anchor=31) == date(2026, 2, 28)
    assert later(date(2026, 2, 28), 1, anchor=31) == date(2026, 3, 31)
    assert later(date(2026, 11, 30), 3, anchor=30) == date(2027, 2, 28)
    assert period_end(date(2026, 1, 1), "year", anchor=1) == date(2026, 12, 31)


def test_change_costs_what_is_left_of_the_period() -> None:
    found = prorate(Decimal(300), Decimal(600), start=date(2026, 6, 1), end=date(2026, 6, 30), on=date(2026, 6, 16))
    assert (found.days, found.of_days, found.amount) == (15, 30, Decimal("150.00"))
    assert prorate(Decimal(600), Decimal(300), start=date(2026, 6, 1), end=date(2026, 6, 30),
                   on=date(2026, 7, 1)).amount == 0  # fmt: skip


def test_recurring_revenue_is_a_month_of_any_period() -> None:
    assert monthly(Decimal(1200), "year") == Decimal("100.00")
    assert monthly(Decimal(100), "quarter") == Decimal("33.33")
    assert [movement(Decimal(a), Decimal(b)) for a, b in ((0, 5), (5, 9), (9, 5), (5, 0), (5, 5))] == [
        "new", "expansion", "contraction", "churn", "",
    ]  # fmt: skip


def test_numbers_of_the_tax_office_have_their_lengths() -> None:
    assert official_number_fits("digital_special", "", "2" * 20)
    assert not official_number_fits("digital_special", "1" * 12, "2" * 20)
    assert official_number_fits("special", "1" * 10, "2" * 8)
    assert not official_number_fits("ordinary", "", "2" * 8)
