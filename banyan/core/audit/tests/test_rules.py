"""The rules for alerts, as properties: more is never less conspicuous, and limits mean what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.audit.rules import (
    LEAST_HISTORY,
    LEAST_UNUSUAL,
    Counts,
    Kind,
    Limits,
    Watched,
    conspicuous,
    is_working_time,
    usual_most,
)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
numbers = st.integers(0, 100_000)
counts = st.builds(Counts, numbers, numbers, st.integers(0, 50), numbers, numbers)
limits = st.builds(
    Limits, numbers, numbers, numbers, numbers, st.integers(0, 23), st.integers(1, 24), st.booleans()
)  # fmt: skip
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis adds the zone
watched = st.builds(Watched, counts, counts, instants, st.lists(counts, max_size=40))


def kinds(seen: Watched, chosen: Limits) -> set[Kind]:
    return {reason.kind for reason in conspicuous(seen, chosen)}


@given(watched, limits)
def test_whatever_is_told_was_more_than_expected(seen: Watched, chosen: Limits) -> None:
    assert all(reason.measured > reason.expected for reason in conspicuous(seen, chosen))


@given(watched)
def test_without_limits_only_habits_count(seen: Watched) -> None:
    assert kinds(seen, Limits()) <= {Kind.UNUSUAL_VIEWS, Kind.UNUSUAL_ROWS}


@given(watched, limits, st.integers(1, 1_000))
def test_more_is_never_less_conspicuous(seen: Watched, chosen: Limits, more: int) -> None:
    hour = seen.hour
    busier = replace(
        seen, hour=replace(hour, views=hour.views + more, rows=hour.rows + more, refusals=hour.refusals + more)
    )

    def about(found: set[Kind]) -> set[str]:
        return {kind.value.partition("_")[2] for kind in found}

    assert about(kinds(seen, chosen)) <= about(kinds(busier, chosen))


@given(watched, limits)
def test_higher_limit_tells_no_more_of_what_is_fixed(seen: Watched, chosen: Limits) -> None:
    fixed = {Kind.MANY_VIEWS, Kind.MANY_ROWS, Kind.MANY_EXPORTED, Kind.MANY_REFUSALS}
    doubled = replace(
        chosen,
        views_per_hour=chosen.views_per_hour * 2,
        rows_per_hour=chosen.rows_per_hour * 2,
        exported_rows_per_day=chosen.exported_rows_per_day * 2,
        refusals_per_hour=chosen.refusals_per_hour * 2,
    )

    assert kinds(seen, doubled) & fixed <= kinds(seen, chosen) & fixed


@given(counts, st.lists(counts, max_size=LEAST_HISTORY - 1))
def test_newcomer_has_no_habits(hour: Counts, history: list[Counts]) -> None:
    assert kinds(Watched(hour, hour, NOON, history), Limits()) == set()


@given(st.integers(1, 40))
def test_little_is_never_unusual(usual: int) -> None:
    history = [Counts(views=usual)] * LEAST_HISTORY

    assert kinds(Watched(Counts(views=LEAST_UNUSUAL["views"]), Counts(), NOON, history), Limits()) == set()


def test_reading_many_times_more_than_ever_is_unusual() -> None:
    seen = Watched(Counts(views=160), Counts(), NOON, [Counts(views=30)] * LEAST_HISTORY)

    assert kinds(seen, Limits()) == {Kind.UNUSUAL_VIEWS}
    assert kinds(seen, Limits(views_per_hour=100)) == {Kind.MANY_VIEWS}


@given(st.lists(st.integers(0, 1_000), max_size=200))
def test_usual_most_is_one_of_the_numbers(given_numbers: list[int]) -> None:
    found = usual_most(given_numbers)

    assert found in given_numbers or found == 0
    assert sum(number > found for number in given_numbers) <= len(given_numbers) * 0.05


@pytest.mark.parametrize(
    ("hour", "chosen", "expected"),
    [
        (12, Limits(day_begins=8, day_ends=18), True),
        (8, Limits(day_begins=8, day_ends=18), True),
        (18, Limits(day_begins=8, day_ends=18), False),
        (3, Limits(day_begins=8, day_ends=18), False),
        (23, Limits(day_begins=20, day_ends=6), True),
        (5, Limits(day_begins=20, day_ends=6), True),
        (12, Limits(day_begins=20, day_ends=6), False),
        (0, Limits(), True),
    ],
)
def test_working_hours(hour: int, chosen: Limits, *, expected: bool) -> None:
    assert is_working_time(NOON.replace(hour=hour), chosen) is expected


def test_weekends_are_off_when_chosen() -> None:
    saturday = NOON + timedelta(days=3)

    assert saturday.weekday() == 5
    assert not is_working_time(saturday, Limits(weekends_off=True))
    assert kinds(Watched(Counts(exports=1), Counts(), saturday), Limits(weekends_off=True)) == {Kind.ODD_HOURS}
