"""The pure rules of leads: working minutes, decay, grades, room in the pool."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from banyan.leads.rules import (
    Decay,
    WorkingHours,
    due_after,
    grade_of,
    minutes_between,
    room_left,
    without_contact_data,
)

HOURS = WorkingHours()
ZONE = "Asia/Shanghai"
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 bounds are naive


def test_night_and_weekend_do_not_count() -> None:
    friday_evening = datetime(2026, 11, 27, 17, 30, tzinfo=UTC).astimezone(UTC) - timedelta(hours=8)
    monday_morning = datetime(2026, 11, 30, 9, 15, tzinfo=UTC) - timedelta(hours=8)

    assert minutes_between(friday_evening, monday_morning, HOURS, ZONE) == 45
    assert due_after(friday_evening, 45, HOURS, ZONE) == monday_morning
    assert minutes_between(friday_evening, monday_morning, None, ZONE) > 3_000


@given(MOMENTS, st.integers(0, 5_000))
def test_due_moment_lies_exactly_so_many_working_minutes_ahead(begin: datetime, minutes: int) -> None:
    begin = begin.replace(microsecond=0)

    assert minutes_between(begin, due_after(begin, minutes, HOURS, ZONE), HOURS, ZONE) == minutes


@given(MOMENTS, MOMENTS)
def test_working_time_is_never_longer_than_all_time(one: datetime, other: datetime) -> None:
    counted, whole = minutes_between(one, other, HOURS, ZONE), minutes_between(one, other, None, ZONE)

    assert 0 <= counted <= whole


def test_impossible_working_time_counts_every_minute() -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)

    assert due_after(begin, 30, WorkingHours(frozenset()), ZONE) == begin + timedelta(minutes=30)


@given(st.integers(0, 100), st.integers(0, 30), st.integers(0, 100), st.integers(0, 4_000), st.integers(-500, 500))
def test_silence_takes_no_score_below_zero(points: int, days: int, most: int, idle: int, score: int) -> None:
    lost = Decay(points, days, most).lost(idle_days=idle, score=score)

    assert 0 <= lost <= max(score, 0)
    assert not most or lost <= most


def test_grades_and_room() -> None:
    assert [grade_of(score, grade_a=60, grade_b=30) for score in (60, 59, 30, 29, -5)] == ["a", "b", "b", "c", "c"]
    assert room_left(held=3, claimed_today=1, hold_limit=5, claim_limit=10) == 2
    assert room_left(held=9, claimed_today=0, hold_limit=5, claim_limit=0) == 0
    assert room_left(held=9, claimed_today=9, hold_limit=0, claim_limit=0) is None


def test_text_keeps_its_words_and_loses_what_somebody_is_reached_by() -> None:
    text = "Call me at +1 (312) 555-0100 or 139 1234 5000, anna@bell.example, about 120 pumps before 2027."

    assert without_contact_data(text) == "Call me at ••• or •••, ••• about 120 pumps before 2027."
