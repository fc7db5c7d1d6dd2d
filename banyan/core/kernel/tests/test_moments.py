"""Within the making of one page, the same question is asked once."""

from __future__ import annotations

from banyan.core.kernel.moments import once_a_moment, one_moment

asked: list[tuple[int, ...]] = []


@once_a_moment
def total(*numbers: int, times: int = 1) -> int:
    """Add numbers, and note that it was asked."""
    asked.append(numbers)
    return sum(numbers) * times


def test_answers_are_shared_within_a_moment_and_forgotten_after_it() -> None:
    asked.clear()
    with one_moment():
        assert [total(1, 2), total(1, 2), total(1, 2, times=2), total(2, 1)] == [3, 3, 6, 3]
        assert asked == [(1, 2), (1, 2), (2, 1)]
    with one_moment():
        total(1, 2)
    assert asked == [(1, 2), (1, 2), (2, 1), (1, 2)]


def test_outside_a_moment_each_question_is_asked() -> None:
    asked.clear()
    assert total(1) == total(1) == 1
    assert asked == [(1,), (1,)]
