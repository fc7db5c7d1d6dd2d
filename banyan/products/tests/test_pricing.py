"""Prices: which one counts for a customer, a quantity, a currency and a day, and where it comes from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Invalid
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import forget
from banyan.core.tenancy.models import Organization
from banyan.money.public import NewRate, enter_rates
from banyan.products.models import ProductUnit
from banyan.products.preparation import Period
from banyan.products.pricing import PriceQuestion, prices_of
from banyan.products.tests.conftest import Maker

DAY = date(2026, 11, 26)


@pytest.fixture
def shelf(make: Maker) -> Any:
    return make("product", name="Oak shelf", price=100, unit="piece", cost=60)


def price(organization: Organization, product: Any, quantity: Any = 1, **values: Any) -> tuple[Any, str]:
    (found,) = prices_of(organization, [PriceQuestion(product.pk, Decimal(quantity), **{"day": DAY, **values})])
    assert found is not None
    return found.unit_price, found.source


def test_book_comes_before_the_own_price_and_tiers_count_from_their_quantity(
    manager: Actor, make: Maker, shelf: Any
) -> None:
    here = manager.organization
    assert price(here, shelf) == (Decimal(100), "")
    book = make("price_book", name="Retail 2026", valid_from="2026-01-01", valid_to="2026-12-31")
    make("price_book_entry", price_book=book.pk, product=shelf.pk, price=95)
    make("price_book_entry", price_book=book.pk, product=shelf.pk, price=80, min_quantity=10)
    assert price(here, shelf) == (Decimal(95), "Retail 2026")
    assert price(here, shelf, "9.999") == (Decimal(95), "Retail 2026")
    assert price(here, shelf, 10) == (Decimal(80), "Retail 2026, from 10")
    assert price(here, shelf, 10, day=date(2027, 1, 1)) == (Decimal(100), "")


def test_customers_own_book_wins_unless_another_has_priority(manager: Actor, make: Maker, shelf: Any) -> None:
    here = manager.organization
    harbor = make("customer", name="Harbor Light Trading", level="a", industry="retail")
    other = make("customer", name="Quiet Lake", level="b")
    for name, amount, conditions in (
        ("Everybody", 95, {}), ("Level A", 90, {"level": "a"}), ("Harbor", 88, {"customer": harbor.pk}),
    ):  # fmt: skip
        book = make("price_book", name=name, **conditions)
        make("price_book_entry", price_book=book.pk, product=shelf.pk, price=amount)
    assert price(here, shelf, customer_id=harbor.pk) == (Decimal(88), "Harbor")
    assert price(here, shelf, customer_id=other.pk) == (Decimal(95), "Everybody")
    sale = make("price_book", name="Sale", priority=5)
    make("price_book_entry", price_book=sale.pk, product=shelf.pk, price=89)
    assert price(here, shelf, customer_id=harbor.pk) == (Decimal(89), "Sale")


def test_other_currency_takes_its_book_or_is_converted(manager: Actor, make: Maker, shelf: Any) -> None:
    here = manager.organization
    (found,) = prices_of(here, [PriceQuestion(shelf.pk, currency="USD", day=DAY)])
    assert found is not None
    assert found.unit_price is None
    assert "USD" in found.problem
    assert "2026-11-26" in found.problem
    enter_rates(
        manager,
        [NewRate("USD", date(2026, 11, 1), Decimal("7.2")), NewRate("JPY", date(2026, 11, 1), Decimal("0.048"))],
    )
    assert price(here, shelf, currency="USD") == (Decimal("13.89"), "")
    assert price(here, shelf, currency="JPY") == (Decimal(2083), "")
    book = make("price_book", name="Export", currency="USD")
    make("price_book_entry", price_book=book.pk, product=shelf.pk, price="14.50")
    assert price(here, shelf, currency="USD") == (Decimal("14.50"), "Export")
    assert price(here, shelf)[0] == Decimal("104.40")  # no list in yuan: the dollar list is converted


def test_units_convert_the_price_and_the_tier(manager: Actor, make: Maker, shelf: Any) -> None:
    here = manager.organization
    ProductUnit.objects.create(organization=here, product=shelf, name="box", factor=12)
    assert price(here, shelf, unit="box") == (Decimal(1200), "")
    book = make("price_book", name="Retail")
    make("price_book_entry", price_book=book.pk, product=shelf.pk, price=90, min_quantity=24)
    assert price(here, shelf, 2, unit="box") == (Decimal(1080), "Retail, from 24")
    make("price_book_entry", price_book=book.pk, product=shelf.pk, price=1000, unit="box")
    assert price(here, shelf, 1, unit="box") == (Decimal(1000), "Retail")
    assert price(here, shelf, 23) == (Decimal(100), "")


def test_variant_takes_what_it_does_not_have_itself(manager: Actor, make: Maker, shelf: Any) -> None:
    red = make("product", name="Oak shelf, red", variant_of=shelf.pk)
    assert price(manager.organization, red) == (Decimal(100), "")
    book = make("price_book", name="Retail")
    make("price_book_entry", price_book=book.pk, product=shelf.pk, price=90)
    assert price(manager.organization, red) == (Decimal(90), "Retail")
    make("price_book_entry", price_book=book.pk, product=red.pk, price=99)
    assert price(manager.organization, red) == (Decimal(99), "Retail")
    with pytest.raises(Invalid, match="another variant"):
        make("product", name="Oak shelf, dark red", variant_of=red.pk)


def test_tax_follows_product_and_country(manager: Actor, make: Maker, shelf: Any) -> None:
    (usual,) = prices_of(manager.organization, [PriceQuestion(shelf.pk)])
    book = make("product", name="Book", price=10, tax_rate=9)
    (reduced,) = prices_of(manager.organization, [PriceQuestion(book.pk)])
    assert usual is not None
    assert reduced is not None
    assert (usual.tax_rate, reduced.tax_rate) == (Decimal(13), Decimal(9))


def test_many_lines_cost_a_handful_of_queries(manager: Actor, make: Maker, django_assert_max_num_queries: Any) -> None:
    customer = make("customer", name="Harbor Light Trading")
    products = [make("product", name=f"Part {number}", price=number) for number in range(30)]
    book = make("price_book", name="Retail")
    for product in products[:15]:
        make("price_book_entry", price_book=book.pk, product=product.pk, price=7)
    questions = [PriceQuestion(product.pk, customer_id=customer.pk, day=DAY) for product in products]
    with django_assert_max_num_queries(7):
        found = prices_of(manager.organization, questions)
    assert [entry.unit_price for entry in found if entry] == [Decimal(7)] * 15 + [Decimal(n) for n in range(15, 30)]


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"price": -1}, "negative"),
        ({"price": "9999999999999"}, "at most"),
        ({"min_quantity": 0}, "above 0"),
        ({"min_quantity": -5}, "above 0"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "ends before"),
        ({"unit": "barrel"}, "not sold by barrel"),
    ],
)
def test_impossible_price_is_refused(make: Maker, shelf: Any, values: dict[str, Any], part: str) -> None:
    book = make("price_book", name="Retail")
    with pytest.raises(Invalid, match=part):
        make("price_book_entry", **{"price_book": book.pk, "product": shelf.pk, "price": 5, **values})


def test_price_for_the_same_days_is_refused(make: Maker, shelf: Any) -> None:
    book = make("price_book", name="Retail")
    case = {"price_book": book.pk, "product": shelf.pk, "price": 5}
    make("price_book_entry", **case, valid_from="2026-01-01", valid_to="2026-06-30")
    make("price_book_entry", **case, valid_from="2026-07-01")
    make("price_book_entry", **case, valid_from="2026-03-01", min_quantity=10)
    with pytest.raises(Invalid, match="already"):
        make("price_book_entry", **case, valid_from="2026-06-30", valid_to="2026-06-30")
    with pytest.raises(Invalid, match="already"):
        make("price_book_entry", **case)
    with pytest.raises(Invalid, match="no currency"):
        make("price_book", name="Nowhere", currency="ABX")


def test_small_team_sees_name_code_and_price_alone(scope: Any) -> None:
    Organization.objects.filter(pk=scope.organization.pk).update(edition="basic")
    scope.organization.refresh_from_db()
    forget(scope.organization)
    specs = specs_on(scope.organization)
    assert "price_book" not in specs
    assert not {"cost", "tax_rate", "variant_of"} & specs["product"].all_fields.keys()


DAYS = st.none() | st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 3, 1))


@given(st.tuples(DAYS, DAYS), st.tuples(DAYS, DAYS), st.dates(min_value=date(2025, 12, 1), max_value=date(2026, 4, 1)))
def test_periods_overlap_exactly_when_a_day_lies_in_both(first: Any, second: Any, day: date) -> None:
    one, other = Period(*first), Period(*second)
    assert one.overlaps(other) == other.overlaps(one)
    if all((period.first or day) <= day <= (period.last or day) for period in (one, other)):
        assert one.overlaps(other)
