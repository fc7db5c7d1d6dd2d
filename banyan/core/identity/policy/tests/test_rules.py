"""Rules for passwords and sessions, as pure functions."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.identity.policy.rules import (
    SignInRules,
    classes_of,
    is_expired,
    is_predictable,
    is_worth_noting,
    password_problems,
    session_end,
    strictest,
)

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
WORDS = ["榕树科技", "rongshukeji", "rskj", "zhangwei", "cast"]
rules = st.builds(SignInRules, **{entry.name: st.integers(0, 1000) for entry in fields(SignInRules)})


@pytest.mark.parametrize(
    "password",
    ["RongshuKeji2026!", "rskj@123456", "zhangwei1990", "zhangwei888888", "Zh@ngwei123!", "19900817", "zw1990-08-17",
     "榕树科技2026", "wzhangwei123"],
)  # fmt: skip
def test_password_is_predictable_when_built_from_what_others_know(password: str) -> None:
    assert is_predictable(password, WORDS)


@pytest.mark.parametrize(
    "password", ["correct horse battery", "broadcasting towers", "七月的雨落在旧码头", "kXw3-pq9Z-0817"]
)
def test_password_is_not_predictable_when_a_known_word_is_only_inside(password: str) -> None:
    assert not is_predictable(password, WORDS)


def test_password_problems_are_all_told() -> None:
    asked = SignInRules(min_length=12, character_classes=3)

    assert password_problems("zhangwei1", asked, words=WORDS) == ["too_short", "too_few_classes", "predictable"]
    assert password_problems("Seventy seas 7", asked, words=WORDS) == []


@given(password=st.text(max_size=40))
def test_kinds_of_characters_are_at_most_four_and_grow_with_the_password(password: str) -> None:
    assert 0 <= classes_of(password) <= classes_of(password + "aB1 ") == 4


@given(one=rules, other=rules)
def test_strictest_rules_do_not_depend_on_the_order_and_satisfy_both(one: SignInRules, other: SignInRules) -> None:
    merged = strictest([one, other])

    assert merged == strictest([other, one])
    assert strictest([merged, one]) == strictest([merged, other]) == merged
    assert merged.min_length >= max(one.min_length, other.min_length)


def test_strictest_takes_a_limit_before_none() -> None:
    merged = strictest([SignInRules(max_sessions=0, expiry_days=90), SignInRules(max_sessions=3, expiry_days=0)])

    assert (merged.max_sessions, merged.expiry_days) == (3, 90)


def test_password_expires_after_its_days_and_when_its_age_is_unknown() -> None:
    asked = SignInRules(expiry_days=90)

    assert not is_expired(AT - timedelta(days=89), rules=asked, at=AT)
    assert is_expired(AT - timedelta(days=90), rules=asked, at=AT)
    assert is_expired(None, rules=asked, at=AT)
    assert not is_expired(None, rules=SignInRules(), at=AT)


@given(idle=st.integers(5, 20_160), hours=st.integers(0, 720), passed=st.integers(0, 2000))
def test_session_never_outlives_either_limit(idle: int, hours: int, passed: int) -> None:
    seen, ends = AT + timedelta(minutes=passed), AT + timedelta(hours=hours)

    end = session_end(seen_at=seen, idle_minutes=idle, ends_at=ends)

    assert end <= ends
    assert end <= seen + timedelta(minutes=idle)


@pytest.mark.parametrize(("idle", "seconds"), [(5, 15), (60, 180), (20_160, 300)])
def test_activity_is_noted_often_enough_for_the_limit(idle: int, seconds: int) -> None:
    assert not is_worth_noting(seen_at=AT, at=AT + timedelta(seconds=seconds - 1), idle_minutes=idle)
    assert is_worth_noting(seen_at=AT, at=AT + timedelta(seconds=seconds), idle_minutes=idle)
