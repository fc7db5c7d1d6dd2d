"""Pure rules of processes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.core.processes.rules import (
    Definition,
    Outcome,
    Stage,
    Way,
    WorkingTime,
    from_json,
    problems_of,
    time_is_up,
    to_json,
    usual_moves,
    way_of,
)

KEYS = st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=2, max_size=8, unique=True)


@st.composite
def definitions(draw) -> Definition:
    keys = draw(KEYS)
    outcomes = [draw(st.sampled_from(list(Outcome))) for _key in keys]
    return Definition(
        tuple(
            Stage(
                key,
                outcome,
                starts=draw(st.booleans()),
                moves=tuple(draw(st.lists(st.sampled_from(keys), unique=True, max_size=4))),
            )
            for key, outcome in zip(keys, outcomes, strict=True)
        )
    )


@settings(max_examples=40)
@given(definitions())
def test_definition_is_read_back_as_it_was_stored(definition: Definition) -> None:
    assert from_json(to_json(definition)) == definition


@given(KEYS)
def test_usual_moves_always_make_sense(keys: list[str]) -> None:
    stages = [Stage(key) for key in keys[:-1]] + [Stage(keys[-1], Outcome.DONE)]
    assert problems_of(usual_moves(Definition(tuple(stages)))) == []


@settings(max_examples=60)
@given(definitions())
def test_sound_definition_lets_every_stage_be_reached_and_left(definition: Definition) -> None:
    codes = {problem.code for problem in problems_of(definition)}
    if codes:
        return
    moves = {stage.key: set(stage.moves) for stage in definition.stages}
    reached = {stage.key for stage in definition.stages if stage.starts}
    for _round in definition.stages:
        reached |= {target for key in reached for target in moves[key]}
    assert reached == set(definition.keys)
    assert all(stage.moves for stage in definition.stages if stage.is_open)


def test_problems_say_which_stage() -> None:
    stages = (
        Stage("new", starts=True, moves=("work", "gone")),
        Stage("work", moves=()),
        Stage("island", moves=("done",)),
        Stage("done", Outcome.DONE),
    )
    found = {(problem.code, problem.stage) for problem in problems_of(Definition(stages))}
    assert found >= {("unknown_move", "new"), ("dead_end", "work"), ("unreachable", "island"), ("endless", "new")}
    assert problems_of(Definition())[0].code == "no_stages"
    open_only = Definition((Stage("a", starts=True, moves=("b",)), Stage("b", moves=("a",))))
    assert [problem.code for problem in problems_of(open_only)] == ["no_end"]


def test_ways() -> None:
    definition = usual_moves(
        Definition((Stage("a"), Stage("b"), Stage("won", Outcome.WON), Stage("lost", Outcome.LOST)))
    )
    ways = {("a", "b"): Way.ON, ("b", "a"): Way.BACK, ("b", "won"): Way.ON, ("a", "lost"): Way.AWAY,
            ("lost", "a"): Way.BACK, ("won", "b"): Way.BACK, ("", "a"): Way.BEGIN, ("elsewhere", "b"): Way.BEGIN}  # fmt: skip
    assert {pair: way_of(definition, *pair) for pair in ways} == ways


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 made aware
    st.integers(1, 200),
    st.integers(1, 50),
)
def test_working_time_is_never_shorter_and_grows(begin: datetime, hours: int, more: int) -> None:
    working = WorkingTime()
    up = time_is_up(begin, hours, working, "Asia/Shanghai")
    assert up >= time_is_up(begin, hours, None, "Asia/Shanghai") == begin + timedelta(hours=hours)
    assert time_is_up(begin, hours + more, working, "Asia/Shanghai") > up
    local = up.astimezone(ZoneInfo("Asia/Shanghai"))
    assert local.isoweekday() <= 5
    assert "09:00" <= f"{local:%H:%M}" <= "18:00"


def test_weekend_and_evenings_do_not_count() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    friday = datetime(2026, 11, 27, 17, 0, tzinfo=shanghai)
    assert time_is_up(friday, 2, WorkingTime(), "Asia/Shanghai") == datetime(2026, 11, 30, 10, 0, tzinfo=shanghai)
    assert time_is_up(friday, 2, replace(WorkingTime(), days=()), "Asia/Shanghai") == friday + timedelta(hours=2)
