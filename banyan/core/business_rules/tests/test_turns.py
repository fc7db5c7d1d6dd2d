"""Turns: nobody is favoured, weights hold, and caps are kept, whoever is there."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from banyan.core.business_rules.presence import Terms
from banyan.core.business_rules.turns import TurnState, below_cap, by_load, by_weight, in_turn

PEOPLE = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True)


@given(PEOPLE, st.integers(1, 60))
def test_turns_are_equal_to_one(people: list[str], rounds: int) -> None:
    state = TurnState()
    counts = Counter(in_turn(state, people) for _turn in range(rounds))
    shares = [counts[person] for person in people]
    assert max(shares) - min(shares) <= 1


@given(PEOPLE, st.data())
def test_whoever_comes_back_is_next_and_gets_no_more_than_one_at_once(people: list[str], data: st.DataObject) -> None:
    state, taken = TurnState(), []
    for _turn in range(10):
        there = data.draw(st.lists(st.sampled_from(people), min_size=1, unique=True))
        chosen = in_turn(state, there)
        assert chosen in there, "nobody absent gets anything"
        taken.append((chosen, set(there)))
    for (first, _there), (second, there) in pairwise(taken):
        assert first != second or there == {second}, "nobody gets two while somebody else is there"


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 9), min_size=1))
def test_weights_hold_exactly_after_a_full_round_and_nearly_within_one(weights: dict[str, int]) -> None:
    state, people, total = TurnState(), list(weights), sum(weights.values())
    counts: Counter[str] = Counter()
    for turn in range(1, 2 * total + 1):
        counts[by_weight(state, people, weights)] += 1
        for person, weight in weights.items():
            assert abs(counts[person] - turn * weight / total) < len(people), "spread evenly"
    assert counts == {person: 2 * weight for person, weight in weights.items()}


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 20), min_size=1), st.integers(1, 100))
def test_load_levels_out(loads: dict[str, int], records: int) -> None:
    state, now = TurnState(), dict(loads)
    for _record in range(records):
        chosen = by_load(state, list(loads), now)
        assert now[chosen] == min(now.values())
        now[chosen] += 1


@given(
    st.dictionaries(st.sampled_from("abcde"), st.integers(0, 9), min_size=1),
    st.dictionaries(st.sampled_from("abcde"), st.one_of(st.none(), st.integers(1, 9))),
)
def test_caps_are_kept(loads: dict[str, int], caps: dict[str, int | None]) -> None:
    for person in below_cap(list(loads), loads, caps):
        cap = caps.get(person)
        assert cap is None or loads[person] < cap


@given(st.times(), st.times(), st.times(), st.sets(st.integers(0, 6)))
def test_hours_may_pass_midnight(starts: time, ends: time, clock: time, days: set[int]) -> None:
    terms = Terms(days=frozenset(days), starts_at=starts, ends_at=ends)
    monday = datetime.combine(datetime(2026, 11, 23, tzinfo=UTC).date(), clock, UTC)
    on_duty = terms.are_on_duty(monday)
    if not days and starts <= ends:
        assert on_duty == (starts <= clock <= ends)
    if not days and starts > ends:
        assert on_duty == (clock >= starts or clock <= ends)
    if days and 0 not in days and 6 not in days:
        assert not on_duty
