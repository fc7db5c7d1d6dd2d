from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.analytics.rules import DOWN, SAME, UP, Change, change_of, last_day_of, step_of, steps_between

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("current", "previous", "change"),
    [
        (12, 10, Change(UP, 20)),
        (5, 10, Change(DOWN, -50)),
        (7, 7, Change(SAME, 0)),
        (3, 0, Change(UP, None)),
        (0, 0, Change(SAME, None)),
        (Decimal("1.005"), Decimal(1), Change(UP, 1)),
    ],
)
def test_change_compares_with_the_period_before(current: int, previous: int, change: Change) -> None:
    assert change_of(current, previous) == change


@pytest.mark.parametrize(("days", "step"), [(1, "day"), (31, "day"), (32, "week"), (183, "week"), (184, "month")])
def test_step_suits_the_length(days: int, step: str) -> None:
    first = date(2026, 1, 1)

    assert step_of(first, first + timedelta(days=days - 1)) == step


@given(DAYS, st.integers(0, 800), st.sampled_from(["day", "week", "month"]))
def test_steps_cover_a_period_without_gap_or_overlap(first: date, length: int, step: str) -> None:
    last = first + timedelta(days=length)

    starts = steps_between(first, last, step)

    assert starts[0] <= first <= last_day_of(starts[0], step)
    assert starts[-1] <= last <= last_day_of(starts[-1], step)
    assert all(last_day_of(one, step) + timedelta(days=1) == other for one, other in pairwise(starts))
