"""The rules by which single decisions make the decision of a step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.approvals.rules import (
    AGREED,
    ALL,
    ALWAYS,
    IF,
    ONE,
    OPEN,
    OTHERWISE,
    RATIO,
    REFUSED,
    TURN,
    Choice,
    Reminders,
    path,
    stages,
    turns,
    verdict,
    votes_needed,
)

MODES = st.sampled_from([ALL, ONE, TURN, RATIO])
SIZES = st.lists(st.integers(1, 3), min_size=1, max_size=5)
RATIOS = st.integers(1, 100)


@given(MODES, RATIOS, SIZES, st.data())
def test_step_always_goes_on_until_it_is_decided(mode: str, ratio: int, sizes: list[int], data: st.DataObject) -> None:
    voices = [[OPEN] * size for size in sizes]
    for _decision in range(sum(sizes) + 1):
        speaking = turns(mode, ratio, voices)
        if verdict(mode, ratio, voices) != OPEN:
            assert speaking == []
            return
        assert speaking
        voice, place = data.draw(st.sampled_from(speaking))
        assert voices[voice][place] == OPEN
        assert all(part == AGREED for part in voices[voice][:place])
        voices[voice][place] = data.draw(st.sampled_from([AGREED, REFUSED]))
    pytest.fail("The step was never decided.")


@given(MODES, RATIOS, SIZES)
def test_step_is_agreed_when_everybody_agrees_and_refused_when_everybody_refuses(
    mode: str, ratio: int, sizes: list[int]
) -> None:
    assert verdict(mode, ratio, [[AGREED] * size for size in sizes]) == AGREED
    assert verdict(mode, ratio, [[REFUSED] * size for size in sizes]) == REFUSED


@given(RATIOS, st.lists(st.sampled_from([OPEN, AGREED, REFUSED]), min_size=1, max_size=9))
def test_share_decides_exactly_when_no_further_vote_can_change_it(ratio: int, votes: list[str]) -> None:
    def outcome(filled: str) -> str:
        return verdict(RATIO, ratio, [[filled if vote == OPEN else vote] for vote in votes])

    best, worst = outcome(AGREED), outcome(REFUSED)

    assert verdict(RATIO, ratio, [[vote] for vote in votes]) == (best if best == worst else OPEN)


@given(st.lists(st.sampled_from([OPEN, AGREED]), min_size=1, max_size=6))
def test_only_one_has_a_turn_at_a_time_when_they_decide_in_turn(votes: list[str]) -> None:
    speaking = turns(TURN, 100, [[vote] for vote in votes])

    assert speaking == ([(votes.index(OPEN), 0)] if OPEN in votes else [])


def test_one_refusal_ends_where_all_have_to_agree_and_the_first_decides_where_one_is_enough() -> None:
    assert verdict(ALL, 0, [[AGREED], [REFUSED], [OPEN]]) == REFUSED
    assert verdict(ONE, 0, [[OPEN], [AGREED], [OPEN]]) == AGREED
    assert verdict(ONE, 0, [[OPEN], [REFUSED]]) == REFUSED
    assert verdict(ONE, 0, [[AGREED, OPEN], [OPEN]]) == OPEN


@pytest.mark.parametrize(("number", "ratio", "needed"), [(3, 50, 2), (4, 50, 2), (3, 67, 3), (5, 1, 1), (2, 100, 2)])
def test_share_is_rounded_up(number: int, ratio: int, needed: int) -> None:
    assert votes_needed(number, ratio) == needed


@given(st.lists(st.tuples(st.sampled_from([IF, OTHERWISE]), st.booleans()), min_size=1, max_size=6))
def test_chain_of_otherwise_takes_exactly_one_branch(choices: list[tuple[str, bool]]) -> None:
    branches = [Choice(IF, holds=choices[0][1]), Choice(OTHERWISE), Choice(OTHERWISE)]

    assert path(branches).count(True) == 1


def test_path_follows_conditions_and_stages_group_what_runs_together() -> None:
    choices = [Choice(ALWAYS), Choice(IF, holds=False), Choice(OTHERWISE), Choice(IF, holds=True)]
    taken = path(choices)

    assert taken == [True, False, True, True]
    assert stages([False, False, True, True], taken) == [[0], [2, 3]]
    assert stages([True, True], [False, False]) == []


def test_reminders_are_few_and_apart() -> None:
    limits = Reminders(most=2, hours=4)

    assert limits.allows(0, None)
    assert not limits.allows(1, 3.9)
    assert limits.allows(1, 4)
    assert not limits.allows(2, 100)
