"""Pure rules of tasks."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.teamwork.choices import TaskRepeat
from banyan.teamwork.rules import checklist_progress, leads_back, next_due, shifted, with_helpers

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
IDS = st.lists(st.sampled_from([uuid.UUID(int=number) for number in range(6)]), unique=True)


@pytest.mark.parametrize(
    ("due", "repeat", "expected"),
    [
        (date(2026, 1, 31), "monthly", date(2026, 2, 28)),
        (date(2028, 2, 29), "yearly", date(2029, 2, 28)),
        (date(2026, 3, 6), "workdays", date(2026, 3, 9)),
        (date(2026, 3, 6), "daily", date(2026, 3, 7)),
        (date(2026, 3, 6), "weekly", date(2026, 3, 13)),
    ],
)
def test_next_day_of_a_repeated_task(due: date, repeat: str, expected: date) -> None:
    assert next_due(due, repeat, today=due) == expected


def test_month_end_is_kept_when_several_months_were_missed() -> None:
    assert next_due(date(2026, 1, 31), "monthly", today=date(2026, 3, 15)) == date(2026, 3, 31)


@given(due=DAYS, late=st.integers(0, 900), repeat=st.sampled_from(TaskRepeat.values))
def test_next_day_is_after_the_last_one_and_not_in_the_past(due: date, late: int, repeat: str) -> None:
    today = due + timedelta(days=late)

    found = next_due(due, repeat, today=today)

    assert found > due
    assert found >= today
    assert repeat != "workdays" or found.weekday() < 5


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


def test_progress_of_a_checklist() -> None:
    assert checklist_progress([{"text": "a", "done": True}, {"text": "b", "done": False}, {"text": "c"}]) == (1, 3)
    assert checklist_progress([]) == (0, 0)
