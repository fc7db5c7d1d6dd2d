"""How much discount people may give: refused above, or marked until somebody who may give more approves."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import Conflict, Invalid, NotAllowed
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.orders.models import Order
from banyan.products.lines.asking import shared_prices
from banyan.products.lines.discounts import decide_discount, discount_of, require_discount
from banyan.products.models import BundlePart, ProductPairing
from banyan.products.public import lines_of, replace_lines, write_document
from banyan.products.services import set_discount_limits
from banyan.products.tests.conftest import Maker
from tests.cast import Cast, sign_in

Write = Callable[..., Any]


@pytest.fixture
def limited(manager: Actor, company: Cast, make: Maker) -> Callable[[str], None]:
    """Salespeople may give 10 %, managers 20 %; say what happens above."""

    def limit(over: str) -> None:
        roles = {role.key: str(role.pk) for role in Role.objects.all()}
        limits = [{"role": roles["salesperson"], "percent": "10"}, {"role": roles["manager"], "percent": "20"}]
        set_discount_limits(manager, limits=limits, over=over, flows={})

    return limit


@pytest.fixture
def sell(company: Cast, make: Maker) -> Write:
    shelf = make("product", name="Oak shelf", price=100, unit="piece")
    customer = make("customer", name="Harbor Light Trading", owner=company.users["salesperson"].pk)

    def write(who: str, **line: Any) -> Any:
        lines = [{"product": shelf.pk, "quantity": 1, **line}]
        return write_document(company.actor(who), "order", {"customer": customer.pk}, lines)

    return write


def test_discount_above_the_limit_is_refused_however_it_is_given(limited: Any, sell: Write) -> None:
    limited("refuse")
    assert sell("salesperson", discount_percent=10).amount == 90
    with pytest.raises(Invalid, match="you may give 10 %"):
        sell("salesperson", discount_percent="10.01")
    with pytest.raises(Invalid, match="discount of 15 %"):
        sell("salesperson", unit_price=85)
    assert sell("manager", unit_price=90, discount_percent=10).amount == 81
    assert sell("owner", discount_percent=50).amount == 50  # no limit for other roles
    with pytest.raises(Invalid, match="between 0 and 100"):
        sell("owner", discount_percent=101)
    with pytest.raises(Invalid, match="between 0 and 100"):
        sell("owner", discount_percent=-1)


def test_lines_of_others_may_stay_as_they_are(limited: Any, sell: Write, company: Cast) -> None:
    limited("refuse")
    order = sell("owner", discount_percent=40)
    door.update(
        company.actor("admin"),
        spec_for(company.organization, "order"),
        order.pk,
        {"owner": company.users["salesperson"].pk},
    )
    (line,) = lines_of("order", order.pk)
    replace_lines(company.actor("salesperson"), "order", order.pk, [{"id": str(line["id"]), "quantity": 3}])
    order.refresh_from_db()
    assert order.amount == 180


def test_discount_that_needs_approval_keeps_the_order_a_draft(limited: Any, sell: Write, company: Cast) -> None:
    limited("approve")
    order = sell("salesperson", discount_percent=15)
    order.refresh_from_db()
    assert (order.status, order.amount) == ("draft", 85)
    asked = discount_of("order", order.pk)
    assert asked is not None
    assert (asked.percent, asked.allowed) == (Decimal(15), Decimal(10))
    with pytest.raises(Conflict, match="15"):
        require_discount("order", order.pk)
    spec = spec_for(company.organization, "order")
    with pytest.raises(Invalid, match="needs approval first"):
        door.update(company.actor("salesperson"), spec, order.pk, {"status": "confirmed"})
    with pytest.raises(NotAllowed):
        decide_discount(company.actor("salesperson"), "order", order.pk, agree=True)
    decide_discount(company.actor("manager"), "order", order.pk, agree=True)
    with pytest.raises(Conflict, match="already"):
        decide_discount(company.actor("manager"), "order", order.pk, agree=False)
    door.update(company.actor("salesperson"), spec, order.pk, {"status": "confirmed"})
    require_discount("order", order.pk)
    (line,) = lines_of("order", order.pk)
    with pytest.raises(Invalid, match="back to draft"):
        replace_lines(
            company.actor("salesperson"), "order", order.pk, [{"id": str(line["id"]), "discount_percent": 30}]
        )
    assert lines_of("order", order.pk)[0]["discount_percent"] == 15


def test_lowered_discount_needs_no_approval_any_more(limited: Any, sell: Write, company: Cast) -> None:
    limited("approve")
    order = sell("salesperson", discount_percent=15)
    decide_discount(company.actor("manager"), "order", order.pk, agree=False)
    with pytest.raises(Conflict, match="refused"):
        require_discount("order", order.pk)
    (line,) = lines_of("order", order.pk)
    replace_lines(company.actor("salesperson"), "order", order.pk, [{"id": str(line["id"]), "discount_percent": 8}])
    assert discount_of("order", order.pk) is None
    spec = spec_for(company.organization, "order")
    door.update(company.actor("salesperson"), spec, order.pk, {"status": "confirmed"})


def test_manager_approves_on_the_order_page(limited: Any, sell: Write, company: Cast) -> None:
    limited("approve")
    order = sell("salesperson", discount_percent=15)
    browser = sign_in(company, "manager")
    assert "Approve the discount" in browser.get(f"/orders/{order.pk}").content.decode()
    assert "Approve the discount" not in sign_in(company, "salesperson").get(f"/orders/{order.pk}").content.decode()
    browser.post(f"/discounts/orders/{order.pk}", {"agree": "1"})
    asked = discount_of("order", order.pk)
    assert asked is not None
    assert asked.state == "agreed"


def test_limits_are_set_on_their_page(company: Cast, manager: Actor) -> None:
    browser: Client = sign_in(company, "admin")
    role = Role.objects.get(key="salesperson")
    url = "/settings/discounts"
    assert browser.post(f"{url}/new", {"who": f"role:{role.pk}", "percent": "12.5"}).status_code == 303
    page = browser.get(url).content.decode()
    assert "12.5" in page
    assert role.name in page
    assert browser.post(f"{url}/new", {"who": "", "percent": "101"}).status_code == 422
    browser.post(f"{url}/over", {"over": "approve"})
    assert "needs approval" in browser.get(url).content.decode()
    browser.post(f"{url}/remove", {"who": f"role:{role.pk}"})
    assert "12.5" not in browser.get(url).content.decode()
    assert sign_in(company, "salesperson").get(url).status_code == 403


def test_products_that_go_together_or_never(manager: Actor, company: Cast, make: Maker) -> None:
    customer = make("customer", name="Harbor Light Trading")
    shelf, wall, glue = (make("product", name=name, price=10) for name in ("Shelf", "Wall mount", "Glue"))
    here = manager.organization
    ProductPairing.objects.create(organization=here, product=shelf, other=wall, kind="requires")
    ProductPairing.objects.create(organization=here, product=shelf, other=glue, kind="excludes")

    def order(*products: Any) -> Any:
        return write_document(manager, "order", {"customer": customer.pk}, [{"product": each.pk} for each in products])

    assert order(shelf, wall).amount == 20
    assert order(glue).amount == 10
    with pytest.raises(Invalid, match="only sold together with Wall mount"):
        order(shelf)
    with pytest.raises(Invalid, match="never sold together"):
        order(glue, wall, shelf)
    assert Order.objects.count() == 2


def test_product_with_variants_is_not_sold_itself(manager: Actor, make: Maker) -> None:
    customer = make("customer", name="Harbor Light Trading")
    shelf = make("product", name="Shelf", price=10)
    red = make("product", name="Shelf, red", variant_of=shelf.pk)
    with pytest.raises(Invalid, match="comes in variants"):
        write_document(manager, "order", {"customer": customer.pk}, [{"product": shelf.pk}])
    assert write_document(manager, "order", {"customer": customer.pk}, [{"product": red.pk}]).amount == 10


def test_bundle_in_parts_shares_its_price(manager: Actor, company: Cast, make: Maker) -> None:
    desk, chair = make("product", name="Desk", price=300), make("product", name="Chair", price=100)
    office = make("product", name="Office", price=450)
    office.bundle_mode = "parts"
    office.save(update_fields=["bundle_mode"])
    for product, quantity in ((desk, 1), (chair, 2)):
        BundlePart.objects.create(organization=manager.organization, bundle=office, product=product, quantity=quantity)
    (line,) = sign_in(company, "admin").get(f"/products/prices?product={office.pk}").json()["lines"]
    assert [(part["name"], part["quantity"], part["price"]) for part in line["parts"]] == [
        ("Desk", "1", "270"), ("Chair", "2", "90"),
    ]  # fmt: skip


PARTS = st.lists(
    st.tuples(st.integers(1, 50).map(Decimal), st.none() | st.decimals(min_value=0, max_value=10_000, places=2)),
    min_size=1, max_size=6,
)  # fmt: skip


@given(total=st.decimals(min_value=0, max_value=100_000, places=2), parts=PARTS)
def test_shares_of_a_bundle_come_to_its_price(total: Decimal, parts: Any) -> None:
    prices = shared_prices(total, parts)
    amount = sum((price * quantity for price, (quantity, _own) in zip(prices, parts, strict=True)), Decimal(0))
    assert all(price >= 0 for price in prices)
    pieces = sum(quantity for quantity, _own in parts)
    assert abs(amount - total) <= Decimal("0.005") * pieces + Decimal("0.01")
    if parts[0][0] == 1 and len(parts) == 1:
        assert amount == total
