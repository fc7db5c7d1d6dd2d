"""Rules of money on documents."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.money.rules import allocate, in_capitals, line_amounts, places_of, rounded, totals

AMOUNTS = st.decimals(min_value="0", max_value="1000000000", places=2)
RATES = st.sampled_from([None, *map(Decimal, ("0", "1", "3", "6", "9", "13", "19.5"))])


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("1200.50", "壹仟贰佰元伍角"),
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("10.05", "壹拾元零伍分"),
        ("10001", "壹万零壹元整"),
        ("20000500", "贰仟万零伍佰元整"),
        ("10020003.40", "壹仟零贰万零叁元肆角"),
        ("1000000000000", "壹万亿元整"),
        ("-5.10", "负伍元壹角"),
    ],
)
def test_amounts_are_written_in_capitals_as_banks_ask(amount: str, written: str):
    assert in_capitals(Decimal(amount)) == written


def test_amounts_beyond_all_words_are_refused():
    with pytest.raises(ValueError, match="too large"):
        in_capitals(Decimal(10) ** 16)


def test_currencies_are_rounded_to_their_own_decimals():
    assert [places_of(code) for code in ("CNY", "JPY", "KWD", "")] == [2, 0, 2, 2]
    priced = line_amounts(quantity=Decimal(3), unit_price=Decimal("33.5"), places=places_of("JPY"))
    assert priced.gross == Decimal(101)


@given(quantity=st.decimals("0", "10000", places=3), price=AMOUNTS, discount=st.decimals("0", "100", places=2),
       rate=RATES, included=st.booleans())  # fmt: skip
def test_net_and_tax_of_a_line_always_agree_with_its_amount(
    *, quantity: Decimal, price: Decimal, discount: Decimal, rate: Decimal | None, included: bool
):
    line = line_amounts(
        quantity=quantity, unit_price=price, discount_percent=discount, tax_rate=rate, includes_tax=included
    )
    assert line.amount == (line.gross if included else line.net)
    assert 0 <= line.tax <= line.gross
    expected = line.net * (rate or 0) / 100
    assert abs(line.tax - expected) <= Decimal("0.01")


@given(st.lists(st.tuples(RATES, AMOUNTS, AMOUNTS), max_size=20))
def test_totals_are_the_sums_of_lines_and_of_rates(lines: list[tuple[Decimal | None, Decimal, Decimal]]):
    found = totals(lines)
    assert found.gross == sum((net + tax for _rate, net, tax in lines), Decimal(0))
    assert found.net == sum((net for net, _tax in found.by_rate.values()), Decimal(0))


@given(
    total=st.decimals("-1000000000", "1000000000", places=2),
    weights=st.lists(st.decimals("0", "1000000", places=3), min_size=1, max_size=30),
)
def test_parts_add_up_to_the_whole_and_are_fair(total: Decimal, weights: list[Decimal]):
    parts = allocate(total, weights)
    whole = sum(weights, Decimal(0))
    assert sum(parts, Decimal(0)) == total
    if whole:
        assert all(
            abs(part - total * weight / whole) < Decimal("0.01") for part, weight in zip(parts, weights, strict=True)
        )
    assert all(part == rounded(part) for part in parts)


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="negative"):
        allocate(Decimal(1), [Decimal(-1)])


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "amount"),
    [
        ("3", "15000", "10", "40500.00"),
        ("1", "0.125", "0", "0.13"),
        ("0.333", "10", "0", "3.33"),
        ("1", "99.99", "100", "0.00"),
        ("2.5", "0.05", "50", "0.06"),
    ],
)
def test_amount_of_a_line_is_rounded_half_up_to_cents(quantity: str, price: str, discount: str, amount: str):
    line = line_amounts(quantity=Decimal(quantity), unit_price=Decimal(price), discount_percent=Decimal(discount))
    assert line.amount == Decimal(amount)
