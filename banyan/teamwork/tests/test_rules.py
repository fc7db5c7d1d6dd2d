"""When a repeated task comes again, and how far a checklist is."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.objects.kinds import Reading, Unacceptable
from banyan.teamwork.choices import TaskRepeat
from banyan.teamwork.kinds import MAXIMUM_ITEMS, Checklist
from banyan.teamwork.rules import checklist_progress, leads_back, next_due, shifted, with_helpers

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 1, 1))
READING = Reading()
IDS = st.lists(st.sampled_from([uuid.UUID(int=number) for number in range(6)]), unique=True)


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


@given(shared=IDS, before=IDS, helpers=IDS)
def test_helpers_see_a_task_and_former_helpers_no_longer(
    shared: list[uuid.UUID], before: list[uuid.UUID], helpers: list[uuid.UUID]
) -> None:
    found = with_helpers(shared, before, helpers)

    assert set(helpers) <= set(found)
    assert not (set(before) - set(helpers)) & set(found)
    assert set(shared) - set(before) <= set(found)
    assert len(found) == len(set(found))


@given(
    links=st.dictionaries(st.integers(0, 8), st.one_of(st.none(), st.integers(0, 8))),
    start=st.integers(0, 8),
)
def test_chain_of_links_ends_and_tells_circles(links: dict[int, int | None], start: int) -> None:
    following = {uuid.UUID(int=key): None if value is None else uuid.UUID(int=value) for key, value in links.items()}
    seen, current = [], links.get(start)
    while current is not None and current not in seen:
        seen.append(current)
        current = links.get(current)

    assert leads_back(uuid.UUID(int=start), following) is (start in seen)


def test_part_moves_as_far_as_the_whole() -> None:
    assert shifted(date(2026, 1, 3), old=date(2026, 1, 5), new=date(2026, 2, 5)) == date(2026, 2, 3)
    assert shifted(None, old=date(2026, 1, 5), new=date(2026, 2, 5)) is None
    assert shifted(date(2026, 1, 3), old=None, new=date(2026, 2, 5)) == date(2026, 1, 3)
