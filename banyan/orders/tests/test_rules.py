"""Rules of orders."""

from __future__ import annotations

from datetime import date

from banyan.orders.rules import kept_until


def test_orders_are_kept_until_the_end_of_the_tenth_year_after_theirs() -> None:
    assert kept_until(date(2026, 1, 1)) == kept_until(date(2026, 12, 31)) == date(2036, 12, 31)
