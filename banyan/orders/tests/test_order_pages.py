from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.web.tests.pages import DIALOG, HX, make, news, page_text, stored, toast
from banyan.customers.models import Customer
from banyan.orders.models import Order, OrderLine
from banyan.products.public import Product
from banyan.sales.models import Opportunity, Stage
from tests.cast import Cast, sign_in


@pytest.fixture
def browser(cast: Cast) -> Client:
    return sign_in(cast, "admin")


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return make(cast, "customer", {"name": "Harbor Light", "phone": "13800138000"})[0]


@pytest.fixture
def sensor(cast: Cast) -> Product:
    return make(cast, "product", {"name": "Sensor", "price": "600", "unit": "pc"})[0]


@pytest.fixture
def won(cast: Cast, customer: Customer) -> Opportunity:
    with organization_scope(cast.organization.pk):
        stage = Stage.objects.get(outcome="won")
    values = {"name": "Forty sensors", "customer": customer.pk, "amount": "24000", "stage": stage.pk}
    return make(cast, "opportunity", values)[0]


def line(**values: str) -> dict[str, list[str]]:
    names = ("id", "product", "name", "quantity", "unit_price", "discount_percent")
    return {f"line_{name}": [values.get(name, "")] for name in names}


def lines(*given: dict[str, str]) -> dict[str, list[str]]:
    joined: dict[str, list[str]] = {"has_lines": ["1"]}
    for values in given:
        for name, (value,) in line(**values).items():
            joined.setdefault(name, []).append(value)
    return joined


def orders(cast: Cast) -> list[Order]:
    with organization_scope(cast.organization.pk):
        return list(Order.objects.filter(deleted_at=None))


def test_simple_order_needs_customer_and_amount_only(cast: Cast, browser: Client, customer: Customer) -> None:
    sent = {"customer": str(customer.pk), "amount": "1234.50", **lines({})}

    response = browser.post("/orders/new", sent, headers=DIALOG)

    (order,) = orders(cast)
    assert toast(response) == f"Order {order.number} was written."
    assert order.amount == Decimal("1234.50")
    browser.post(news(response)["toast"]["undo_url"], headers=HX)
    assert orders(cast) == []


def test_dialog_begins_with_customer_and_amount(browser: Client) -> None:
    html = browser.get("/orders/new", headers=DIALOG).content.decode()

    assert html.index('name="customer"') < html.index('name="amount"') < html.index("data-lines")
    assert "autofocus" in html[: html.index('name="amount"')]


def test_order_with_lines_is_worked_out_by_the_server(
    cast: Cast, browser: Client, customer: Customer, sensor: Product
) -> None:
    given = lines(
        {"product": str(sensor.pk), "name": "Sensor", "quantity": "40", "unit_price": "600", "discount_percent": "5"},
        {"name": "Installation", "quantity": "1", "unit_price": "999.99"},
        {},
    )

    # The amount that the page shows is for the eye: the lines decide.
    browser.post("/orders/new", {"customer": str(customer.pk), "amount": "1", **given}, headers=DIALOG)

    (order,) = orders(cast)
    assert order.amount == Decimal("23799.99")
    text = page_text(browser.get(f"/orders/{order.pk}"))
    assert "Sensor 40 pc CN¥600.00 5 % 13 % CN¥22,800.00" in text
    assert "Installation 1 CN¥999.99 CN¥999.99" in text
    assert "Total CN¥23,799.99" in text


def test_wrong_line_comes_back_with_everything_entered(cast: Cast, browser: Client, customer: Customer) -> None:
    given = lines({"name": "Free lunch", "unit_price": "10", "discount_percent": "120"})

    response = browser.post("/orders/new", {"customer": str(customer.pk), **given}, headers=DIALOG)

    assert response.status_code == 422
    assert "A discount lies between 0 and 100 %." in page_text(response)
    assert 'value="Free lunch"' in response.content.decode()
    assert orders(cast) == []


def test_lines_of_an_order_are_edited(cast: Cast, browser: Client, customer: Customer) -> None:
    given = lines({"name": "A", "quantity": "2", "unit_price": "10"}, {"name": "B", "quantity": "1", "unit_price": "5"})
    browser.post("/orders/new", {"customer": str(customer.pk), **given}, headers=DIALOG)
    (order,) = orders(cast)
    with organization_scope(cast.organization.pk):
        kept = OrderLine.objects.get(name="A")
    shown = browser.get(f"/orders/{order.pk}/lines", headers=DIALOG).content.decode()
    assert f'value="{kept.pk}"' in shown

    changed = lines({"id": str(kept.pk), "name": "A", "quantity": "3", "unit_price": "10"})
    version = {"version": str(stored(cast, order).version)}
    response = browser.post(f"/orders/{order.pk}/lines", {**version, **changed}, headers=DIALOG)

    assert toast(response) == "The lines were saved."
    assert stored(cast, order).amount == Decimal(30)
    assert "order-lines" in news(response)["records-changed"]["object"]


def test_lines_that_somebody_else_changed_are_not_overwritten(cast: Cast, browser: Client, customer: Customer) -> None:
    given = lines({"name": "A", "unit_price": "10"})
    browser.post("/orders/new", {"customer": str(customer.pk), **given}, headers=DIALOG)
    (order,) = orders(cast)

    response = browser.post(
        f"/orders/{order.pk}/lines", {"version": "1", **lines({"name": "B", "unit_price": "1"})}, headers=DIALOG
    )

    assert response.status_code == 422
    assert "Somebody changed this record in the meantime." in page_text(response)
    assert stored(cast, order).amount == Decimal(10)


def test_picked_product_fills_name_price_and_unit(browser: Client, sensor: Product) -> None:
    (line, nothing) = browser.get(f"/products/prices?product={sensor.pk}&product=").json()["lines"]
    assert nothing is None
    assert {name: line[name] for name in ("name", "price", "unit", "tax_rate", "source", "units")} == {
        "name": "Sensor", "price": "600", "unit": "pc", "tax_rate": "13", "source": "", "units": [{"name": "pc"}],
    }  # fmt: skip


def test_won_opportunity_becomes_an_order_in_one_click(
    cast: Cast, browser: Client, customer: Customer, won: Opportunity
) -> None:
    assert "Won. Is it ordered? Create the order" in page_text(browser.get(f"/opportunities/{won.pk}"))

    response = browser.post(f"/opportunities/{won.pk}/order", headers=HX)

    (order,) = orders(cast)
    assert news(response)["visit"] == {"url": f"/orders/{order.pk}"}
    assert (order.customer_id, order.amount, order.opportunity_id) == (customer.pk, Decimal(24000), won.pk)
    text = page_text(browser.get(f"/opportunities/{won.pk}"))
    assert "Create the order" not in text
    assert "wrote an order · CN¥24,000" in text


def test_open_opportunity_becomes_no_order(cast: Cast, browser: Client, customer: Customer) -> None:
    (deal,) = make(cast, "opportunity", {"name": "Forty sensors", "customer": customer.pk})

    assert "Create the order" not in page_text(browser.get(f"/opportunities/{deal.pk}"))
    assert browser.post(f"/opportunities/{deal.pk}/order", headers=HX).status_code == 404
    assert orders(cast) == []


def test_printed_order_shows_both_sides_and_every_line(cast: Cast, browser: Client, customer: Customer) -> None:
    given = lines({"name": "Installation", "quantity": "2", "unit_price": "10"})
    browser.post("/orders/new", {"customer": str(customer.pk), **given}, headers=DIALOG)
    (order,) = orders(cast)

    text = page_text(browser.get(f"/orders/{order.pk}/print"))

    for part in (order.number, "Banyan Test Company", "Harbor Light", "Installation 2 CN¥10 CN¥20", "Total CN¥20"):
        assert part in text


def test_customer_shows_what_it_has_ordered_at_a_glance(cast: Cast, browser: Client, customer: Customer) -> None:
    make(
        cast,
        "order",
        {"customer": customer.pk, "amount": "100", "ordered_on": "2026-03-01"},
        {"customer": customer.pk, "amount": "50", "ordered_on": "2026-04-02", "status": "completed"},
        {"customer": customer.pk, "amount": "7", "status": "cancelled"},
    )

    assert "Ordered CN¥150 2 orders, last on Apr 2, 2026" in page_text(browser.get(f"/customers/{customer.pk}"))


def test_reader_may_write_nothing(cast: Cast, customer: Customer, won: Opportunity) -> None:
    viewer = sign_in(cast, "viewer")

    assert viewer.get("/orders/new").status_code == 403
    assert viewer.post("/orders/new", {"customer": str(customer.pk)}, headers=HX).status_code == 403
    assert viewer.post(f"/opportunities/{won.pk}/order", headers=HX).status_code == 403
    assert "Create the order" not in page_text(viewer.get(f"/opportunities/{won.pk}"))
    assert orders(cast) == []


def test_orders_are_absent_when_the_module_is_off(cast: Cast, browser: Client, customer: Customer) -> None:
    Organization.objects.filter(pk=cast.organization.pk).update(modules_off=["orders"])

    assert browser.get("/orders/new").status_code == 404
    assert browser.post("/orders/new", {"customer": str(customer.pk)}, headers=HX).status_code == 404
    assert "Ordered" not in page_text(browser.get(f"/customers/{customer.pk}"))
