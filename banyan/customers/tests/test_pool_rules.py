"""The rules of public pools, without database."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from banyan.customers.pools.rules import Ground, Tenure, Terms, is_member, pool_for, release_at, room_left, round_robin

TOP, SALES, SOUTH, OTHER = (uuid.UUID(int=number) for number in range(1, 5))
BEGIN = datetime(2026, 3, 1, 9, tzinfo=UTC)


def day(count: int) -> datetime:
    return BEGIN + timedelta(days=count)


def test_pool_of_the_nearest_department_takes_the_customers():
    everybody, sales, south = (uuid.UUID(int=number) for number in (10, 11, 12))
    grounds = [Ground(everybody), Ground(sales, frozenset({SALES})), Ground(south, frozenset({SOUTH}))]

    assert pool_for([TOP, SALES, SOUTH], grounds) == south
    assert pool_for([TOP, SALES], grounds) == sales
    assert pool_for([OTHER], grounds) == everybody
    assert pool_for([], grounds) == everybody
    assert pool_for([], grounds[1:]) is None


def test_first_of_two_pools_of_one_department_takes_the_customers():
    first, second = (uuid.UUID(int=number) for number in (10, 11))
    assert pool_for([SALES], [Ground(first, frozenset({SALES})), Ground(second, frozenset({SALES}))]) == first


def test_departments_of_a_pool_have_all_below_them():
    assert is_member([TOP, SALES, SOUTH], frozenset({SALES}))
    assert not is_member([TOP, SALES], frozenset({SOUTH}))
    assert is_member([], frozenset())


def test_customer_falls_due_by_whichever_rule_comes_first():
    terms = Terms(follow_up_days=30, deal_days=90)

    assert release_at(terms, Tenure(day(0))) == day(30)
    assert release_at(terms, Tenure(day(0), last_activity_at=day(80))) == day(90)
    assert release_at(terms, Tenure(day(0), last_activity_at=day(80), last_deal_at=day(70))) == day(110)
    assert release_at(Terms(), Tenure(day(0))) is None


def test_follow_up_before_the_owner_came_does_not_count_against_the_owner():
    assert release_at(Terms(follow_up_days=30), Tenure(day(100), last_activity_at=day(0))) == day(130)


def test_protected_customer_is_not_released_before_its_day():
    assert release_at(Terms(follow_up_days=3), Tenure(day(0), protected_until=day(7))) == day(7)
    assert release_at(Terms(follow_up_days=30), Tenure(day(0), protected_until=day(7))) == day(30)


def test_smaller_of_two_limits_counts():
    assert room_left(held=8, claimed_today=1, hold_limit=10, claim_limit=5) == 2
    assert room_left(held=0, claimed_today=5, hold_limit=10, claim_limit=5) == 0
    assert room_left(held=12, claimed_today=0, hold_limit=10, claim_limit=0) == 0
    assert room_left(held=8_000, claimed_today=90, hold_limit=0, claim_limit=0) is None


@given(st.integers(0, 200), st.integers(1, 9))
def test_everybody_gets_as_much_as_the_others_give_or_take_one(count: int, people: int):
    ids = [uuid.uuid4() for _number in range(count)]
    team = [uuid.uuid4() for _number in range(people)]

    shares = round_robin(ids, team)

    assert list(shares) == ids
    sizes = [list(shares.values()).count(person) for person in team]
    assert max(sizes) - min(sizes) <= 1
