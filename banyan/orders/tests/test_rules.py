"""Rules of orders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from banyan.orders.rules import NOT_DELIVERED, PARTLY, WHOLLY, Quantities, delivery_state, kept_until, part_of


def test_orders_are_kept_until_the_end_of_the_tenth_year_after_theirs() -> None:
    assert kept_until(date(2026, 1, 1)) == kept_until(date(2026, 12, 31)) == date(2036, 12, 31)


@given(
    st.decimals(0, 10**9, places=2),
    st.lists(st.decimals(Decimal("0.001"), 1000, places=3), min_size=1, max_size=12),
    st.decimals(0, 1000, places=3),
)
def test_parts_of_a_line_that_come_back_add_up_to_the_cent(
    amount: Decimal, parts: list[Decimal], kept: Decimal
) -> None:
    ordered = sum(parts, kept)
    before, worth = Decimal(0), []
    for part in parts:
        worth.append(part_of(amount, ordered, before, part))
        before += part

    exact = amount * before / ordered
    assert abs(sum(worth) - exact) <= Decimal("0.005")
    assert kept or sum(worth) == amount
    assert all(each >= 0 for each in worth)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8))
def test_the_state_of_deliveries_follows_from_the_lines(lines: list[tuple[int, int]]) -> None:
    counted = [Quantities(Decimal(ordered), Decimal(min(ordered, delivered))) for ordered, delivered in lines]

    state = delivery_state(counted)

    open_, done = sum(line.open for line in counted), sum(line.delivered for line in counted)
    assert state == (NOT_DELIVERED if not done else PARTLY if open_ else WHOLLY)
