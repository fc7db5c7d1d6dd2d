"""The arithmetic of commissions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.commissions.rules import (
    ATTAINMENT,
    MARGINAL,
    WHOLE,
    Accelerator,
    Sale,
    Terms,
    Tier,
    Unusable,
    calculate,
    check_terms,
    correction,
    is_monotone,
)

DAY = date(2026, 4, 1)
money = st.decimals(min_value=0, max_value=10**9, places=2)
rates = st.decimals(min_value=0, max_value=100, places=2)


def sale(amount: str | Decimal, *, key: str = "a", days: int = 0, category: str = "") -> Sale:
    return Sale(key, DAY + timedelta(days=days), Decimal(amount), category)


def tiers(*steps: tuple[str | None, str]) -> tuple[Tier, ...]:
    """Tiers given by where each ends and its rate."""
    found, start = [], Decimal(0)
    for end, rate in steps:
        limit = None if end is None else Decimal(end)
        found.append(Tier(start, limit, Decimal(rate)))
        start = limit or start
    return tuple(found)


STEPS = tiers(("100000", "2"), ("300000", "3"), (None, "5"))


@st.composite
def monotone_terms(draw: st.DrawFn) -> Terms:
    limits = sorted(draw(st.sets(st.integers(min_value=1, max_value=10**8), max_size=4)))
    found = sorted(draw(st.lists(rates, min_size=len(limits) + 1, max_size=len(limits) + 1)))
    ends = [*map(str, limits), None]
    steps = tiers(*((end, str(rate)) for end, rate in zip(ends, found, strict=True)))
    starts = sorted(draw(st.sets(st.integers(min_value=0, max_value=300), max_size=2)))
    factors = sorted(draw(st.lists(st.decimals(1, 3, places=2), min_size=len(starts), max_size=len(starts))))
    accelerators = tuple(Accelerator(Decimal(at), factor) for at, factor in zip(starts, factors, strict=True))
    cap = draw(st.none() | money)
    categories = draw(st.dictionaries(st.sampled_from("xyz"), st.decimals(0, 300, places=1)))
    mode = draw(st.sampled_from([MARGINAL, WHOLE]))
    return Terms(steps, mode, draw(st.sampled_from(["amount", ATTAINMENT])), categories, accelerators, cap)


sales_lists = st.lists(st.tuples(money, st.integers(0, 30), st.sampled_from("xyzw")), max_size=12).map(
    lambda rows: [sale(amount, key=str(index), days=days, category=category) for index, (amount, days, category) in enumerate(rows)]
)  # fmt: skip
goals = st.decimals(min_value=1, max_value=10**8, places=2)


@given(monotone_terms(), sales_lists, goals)
def test_parts_add_up_to_the_whole(terms: Terms, sales: list[Sale], goal: Decimal) -> None:
    check_terms(terms)
    found = calculate(terms, sales, goal=goal)

    lines = sum((line.amount for line in found.lines), Decimal(0))
    assert lines + found.accelerated + found.capped == found.total
    assert sum((line.sale.amount for line in found.lines), Decimal(0)) == found.base
    for line in found.lines:
        assert sum((part.base for part in line.slices), Decimal(0)) == line.sale.amount
        exact = sum((part.base * part.rate for part in line.slices), Decimal(0)) * line.percent / 10_000
        assert abs(line.amount - exact) <= Decimal("0.01")
    assert terms.cap is None or found.total <= terms.cap


@given(monotone_terms(), sales_lists, goals, money, st.integers(0, 30), st.sampled_from("xyzw"))
def test_more_sales_never_earn_less(
    terms: Terms, sales: list[Sale], goal: Decimal, amount: Decimal, days: int, category: str
) -> None:
    assert is_monotone(terms)
    more = [*sales, sale(amount, key="more", days=days, category=category)]

    assert calculate(terms, more, goal=goal).total >= calculate(terms, sales, goal=goal).total


@given(monotone_terms(), sales_lists, goals)
def test_order_of_entry_does_not_matter(terms: Terms, sales: list[Sale], goal: Decimal) -> None:
    assert calculate(terms, sales, goal=goal) == calculate(terms, sales[::-1], goal=goal)


def test_each_tier_counts_for_the_part_that_lies_in_it() -> None:
    found = calculate(Terms(STEPS), [sale("80000"), sale("320000", key="b", days=1)])

    assert [(part.base, part.rate) for part in found.lines[1].slices] == [(20_000, 2), (200_000, 3), (100_000, 5)]
    assert found.total == 2_000 + 6_000 + 5_000


def test_reached_tier_counts_for_everything() -> None:
    terms = Terms(STEPS, WHOLE)

    assert calculate(terms, [sale("99999.99")]).total == Decimal("2000.00")
    assert calculate(terms, [sale("100000")]).total == 3_000
    assert calculate(terms, [sale("400000")]).total == 20_000


def test_tiers_by_attainment_follow_the_target() -> None:
    terms = Terms(tiers(("100", "2"), (None, "4")), measured=ATTAINMENT)

    assert calculate(terms, [sale("1500")], goal=Decimal(1000)).total == 40
    for goal in (None, Decimal(0)):
        with pytest.raises(Unusable) as problem:
            calculate(terms, [sale("1500")], goal=goal)
        assert problem.value.code == "no_goal"


def test_accelerator_multiplies_once_it_is_reached_and_the_cap_ends_it() -> None:
    steps = tiers((None, "10"))
    terms = Terms(
        steps, accelerators=(Accelerator(Decimal(100), Decimal("1.5")), Accelerator(Decimal(150), Decimal(2)))
    )

    assert calculate(terms, [sale("999")], goal=Decimal(1000)).total == Decimal("99.90")
    assert calculate(terms, [sale("1000")], goal=Decimal(1000)).total == 150
    fast = calculate(terms, [sale("1500")], goal=Decimal(1000))
    assert (fast.total, fast.accelerated) == (300, 150)
    capped = calculate(Terms(steps, cap=Decimal(120)), [sale("1500")])
    assert (capped.total, capped.capped) == (120, -30)
    assert capped.factor == Decimal("0.8")


def test_category_counts_by_its_percentage() -> None:
    terms = Terms(tiers((None, "10")), category_percents={"service": Decimal(150), "gift": Decimal(0)})
    found = calculate(
        terms, [sale("100"), sale("100", key="b", category="service"), sale("100", key="c", category="gift")]
    )

    assert [line.amount for line in found.lines] == [10, 15, 0]


def test_return_comes_off_at_the_rates_of_the_top() -> None:
    found = calculate(Terms(STEPS), [sale("120000"), sale("-30000", key="b", days=1)])

    assert [(part.base, part.rate) for part in found.lines[1].slices] == [(-10_000, 2), (-20_000, 3)]
    assert found.total == calculate(Terms(STEPS), [sale("90000")]).total


@pytest.mark.parametrize(
    ("steps", "code", "position"),
    [
        ((), "no_tiers", 0),
        ((Tier(Decimal(5), None, Decimal(1)),), "gap", 1),
        ((Tier(Decimal(0), Decimal(10), Decimal(1)), Tier(Decimal(12), None, Decimal(2))), "gap", 2),
        ((Tier(Decimal(0), Decimal(10), Decimal(1)), Tier(Decimal(8), None, Decimal(2))), "overlap", 2),
        ((Tier(Decimal(0), Decimal(0), Decimal(1)),), "empty_tier", 1),
        ((Tier(Decimal(0), Decimal(10), Decimal(1)),), "no_end", 1),
        ((Tier(Decimal(0), None, Decimal(1)), Tier(Decimal(0), None, Decimal(1))), "after_last", 2),
        ((Tier(Decimal(0), None, Decimal(101)),), "rate", 1),
        ((Tier(Decimal(0), None, Decimal(-1)),), "rate", 1),
    ],
)
def test_tiers_with_gaps_are_refused(steps: tuple[Tier, ...], code: str, position: int) -> None:
    with pytest.raises(Unusable) as problem:
        check_terms(Terms(steps))
    assert (problem.value.code, problem.value.position) == (code, position)


@pytest.mark.parametrize(
    ("credited", "earned", "now", "expected"),
    [
        ("1000", "30", "0", "-30"),
        ("1000", "30", "500", "-15"),
        ("1000", "30", "1000", "0"),
        ("1000", "30", "1200", "6"),
        ("0", "0", "500", "0"),
        ("3", "1", "2", "-0.33"),
    ],
)
def test_correction_is_the_difference_at_the_rate_that_was_paid(
    credited: str, earned: str, now: str, expected: str
) -> None:
    assert correction(Decimal(credited), Decimal(earned), Decimal(now)) == Decimal(expected)
