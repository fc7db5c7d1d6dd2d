from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.orders.rules import CENT, line_amount, order_total

QUANTITIES = st.decimals(0, 100_000, places=3)
PRICES = st.decimals(0, 10_000_000, places=2)
DISCOUNTS = st.decimals(0, 100, places=2)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "amount"),
    [
        ("3", "15000", "10", "40500.00"),
        ("1", "0.125", "0", "0.13"),
        ("0.333", "10", "0", "3.33"),
        ("1", "99.99", "100", "0.00"),
        ("0", "99.99", "0", "0.00"),
        ("2.5", "0.05", "50", "0.06"),
    ],
)
def test_line_amount_is_rounded_half_up_to_cents(quantity: str, price: str, discount: str, amount: str) -> None:
    found = line_amount(quantity=Decimal(quantity), unit_price=Decimal(price), discount_percent=Decimal(discount))

    assert found == Decimal(amount)


@given(QUANTITIES, PRICES, DISCOUNTS)
def test_line_amount_is_within_half_a_cent_of_the_exact_one(
    quantity: Decimal, price: Decimal, discount: Decimal
) -> None:
    found = line_amount(quantity=quantity, unit_price=price, discount_percent=discount)

    exact = quantity * price * (100 - discount) / 100
    assert abs(found - exact) <= CENT / 2
    assert found == found.quantize(CENT)
    assert 0 <= found <= line_amount(quantity=quantity, unit_price=price, discount_percent=Decimal(0))


@given(st.lists(st.tuples(QUANTITIES, PRICES, DISCOUNTS), max_size=20))
def test_total_is_the_sum_of_the_printed_lines(lines: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    amounts = [line_amount(quantity=q, unit_price=p, discount_percent=d) for q, p, d in lines]

    assert order_total(amounts) == sum(amounts, Decimal(0))
