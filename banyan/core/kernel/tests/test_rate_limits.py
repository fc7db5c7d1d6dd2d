"""The buckets of requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.kernel import rate_limits
from banyan.core.kernel.rate_limits import RateLimiter, TooManyRequests


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@given(st.integers(1, 50), st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_limiter_grants_no_more_than_its_limit_per_minute_and_a_full_bucket(limit, pauses):
    clock = Clock()
    limiter = RateLimiter(limit, clock=clock)
    granted = 0
    for pause in pauses:
        clock.at += pause
        try:
            limiter.take("somebody")
        except TooManyRequests:
            continue
        granted += 1

    assert granted <= limit + clock.at * limit / 60 + 1e-6


def test_limiter_grants_again_when_the_caller_has_waited_as_told():
    clock = Clock()
    limiter = RateLimiter(1, clock=clock)
    limiter.take("somebody")
    with pytest.raises(TooManyRequests) as refused:
        limiter.take("somebody")

    clock.at += refused.value.details["retry_after"]

    assert limiter.take("somebody").remaining == 0


def test_limiter_forgets_callers_when_their_buckets_are_full_again(monkeypatch):
    monkeypatch.setattr(rate_limits, "MOST_BUCKETS", 3)
    clock = Clock()
    limiter = RateLimiter(60, clock=clock)
    for name in "abc":
        limiter.take(name)
    clock.at += 60

    limiter.take("d")

    assert [limiter.knows(name) for name in "abcd"] == [False, False, False, True]
