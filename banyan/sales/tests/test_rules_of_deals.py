"""The pure rules of deals, for any numbers: credit, movements between two days, reporting lines, periods."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel.periods import day_within, months_from
from banyan.sales.rules import (
    HUNDRED,
    category_of,
    makes_circle,
    rest_of_owner,
    shrunk_percent,
    splits,
    win_rate,
)

days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
amounts = st.decimals(0, 10**9, places=2)
shares = st.decimals(0, 100, places=2)


@given(st.lists(st.tuples(st.integers(1, 6), shares, shares), max_size=6), st.integers(1, 6))
def test_credit_makes_a_hundred_whenever_not_too_much_was_given_away(
    members: list[tuple[int, Decimal, Decimal]], owner: int
) -> None:
    if rest_of_owner(share for _person, share, _overlay in members) < 0:
        return
    found = splits(owner, members)
    assert sum(split.percent for split in found if not split.is_overlay) == HUNDRED
    assert len({split.person for split in found if not split.is_overlay}) == sum(
        not split.is_overlay for split in found
    )
    given_overlays = sum(overlay for _person, _share, overlay in members)
    assert sum(split.percent for split in found if split.is_overlay) == given_overlays


@given(st.dictionaries(st.integers(0, 6), st.none() | st.integers(0, 6)))
def test_circles_are_found_by_walking_up(reports_to: dict[int, int | None]) -> None:
    for person in reports_to:
        above, steps = reports_to.get(person), 0
        while above is not None and above != person and steps < 10:
            above, steps = reports_to.get(above), steps + 1
        assert makes_circle(reports_to, person) is (above == person)


@given(st.none() | days, days, st.sampled_from([1, 3]), st.integers(0, 5), days)
def test_what_is_moved_into_a_period_lies_in_it_and_not_needlessly_in_the_past(
    day: date | None, around: date, unit: int, step: int, reference: date
) -> None:
    first, last = months_from(around, unit=unit, count=1, step=step)[0]
    found = day_within(day, first, last, reference)
    assert first <= found <= last
    if first <= reference <= last and day != found:
        assert found >= reference


@given(days, st.sampled_from([1, 3]), st.integers(1, 8))
def test_periods_follow_each_other_without_gaps(around: date, unit: int, count: int) -> None:
    found = months_from(around, unit=unit, count=count)
    assert found[0][0] <= around <= found[0][1]
    assert all(after[0] == before[1] + timedelta(days=1) for before, after in pairwise(found))


def test_small_rules() -> None:
    assert [category_of("open", percent) for percent in (0, 49, 50, 79, 80)] == [
        "pipeline", "pipeline", "best_case", "best_case", "commit",
    ]  # fmt: skip
    assert category_of("open", 90, "omitted") == "omitted"
    assert category_of("open", 10, "closed") == "pipeline"
    assert shrunk_percent(Decimal(80), Decimal(100)) == 20
    assert shrunk_percent(Decimal(100), Decimal(80)) == 0
    assert shrunk_percent(None, Decimal(80)) == 0
    assert win_rate(1, 2) == 33
    assert win_rate(0, 0) is None
