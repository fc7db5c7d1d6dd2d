"""When a repeated task comes again, and how far a checklist is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.objects.kinds import Reading, Unacceptable
from banyan.teamwork.choices import TaskRepeat
from banyan.teamwork.kinds import MAXIMUM_ITEMS, Checklist
from banyan.teamwork.rules import checklist_progress, next_due

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 1, 1))
READING = Reading()


@pytest.mark.parametrize(
    ("due", "repeat", "today", "expected"),
    [
        ("2026-01-31", "monthly", "2026-01-31", "2026-02-28"),
        ("2024-02-29", "yearly", "2024-03-01", "2025-02-28"),
        ("2026-03-06", "workdays", "2026-03-06", "2026-03-09"),
        ("2026-03-04", "weekly", "2026-03-20", "2026-03-25"),
        ("2026-03-04", "daily", "2026-03-20", "2026-03-20"),
    ],
)
def test_task_comes_again_on_the_next_day_of_its_rhythm(due: str, repeat: str, today: str, expected: str) -> None:
    assert next_due(date.fromisoformat(due), repeat, today=date.fromisoformat(today)) == date.fromisoformat(expected)


@given(
    due=DAYS,
    late=st.integers(min_value=0, max_value=800),
    repeat=st.sampled_from([code for code in TaskRepeat.values if code]),
)
def test_next_day_is_later_and_never_in_the_past(due: date, late: int, repeat: str) -> None:
    today = due + timedelta(days=late)

    found = next_due(due, repeat, today=today)

    assert found > due
    assert found >= today
    assert repeat != "workdays" or found.weekday() < 5


@given(due=DAYS, months=st.integers(min_value=1, max_value=30))
def test_month_end_stays_at_the_month_end_however_often_it_was_missed(due: date, months: int) -> None:
    today = due + timedelta(days=30 * months)

    found = next_due(due, "monthly", today=today)

    assert found.day == due.day or (found + timedelta(days=1)).day == 1


@given(lines=st.lists(st.text(alphabet="ab 榕[x]", max_size=10), max_size=20))
def test_checklist_survives_its_export(lines: list[str]) -> None:
    items = Checklist().parse("\n".join(lines), READING)

    assert Checklist().parse(items, READING) == items
    assert all(item["text"] for item in items)
    done, total = checklist_progress(items)
    assert 0 <= done <= total == len(items)


def test_checklist_is_refused_when_it_is_too_long_or_none() -> None:
    with pytest.raises(Unacceptable):
        Checklist().parse(["x"] * (MAXIMUM_ITEMS + 1), READING)
    with pytest.raises(Unacceptable):
        Checklist().parse(5, READING)
