"""The page of a product: its prices, variants, units, parts, what goes together, its picture; and who sees the cost."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banyan.core.access.actor import Actor
from banyan.core.files.services import attach
from banyan.core.identity.models import Role
from banyan.products.models import BundlePart, Product, ProductUnit
from banyan.products.queries import picture_of
from banyan.products.tests.conftest import Maker
from tests.cast import Cast, sign_in

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="
)


@pytest.fixture
def browser(company: Cast) -> Client:
    return sign_in(company, "admin")


@pytest.fixture
def shelf(make: Maker) -> Any:
    return make("product", name="Oak shelf", code="OS", price=100, cost=60, unit="piece")


def text(response: Any) -> str:
    return str(response.content.decode())


def test_variants_are_made_once_for_each_combination(browser: Client, shelf: Any) -> None:
    sent = {"name_1": "Colour", "values_1": "red, blue，red", "name_2": "Size", "values_2": "S、L"}
    browser.post(f"/products/{shelf.pk}/variants", sent)
    made = Product.objects.filter(variant_of=shelf)
    assert {row.name for row in made} == {f"Oak shelf, {colour}, {size}" for colour in ("red", "blue") for size in "SL"}
    assert made.get(name="Oak shelf, red, L").variant_values == {"Colour": "red", "Size": "L"}
    assert made.get(name="Oak shelf, red, L").code == "OS-red-L"
    browser.post(f"/products/{shelf.pk}/variants", {**sent, "values_1": "red, blue, green"})
    assert made.all().count() == 6
    page = text(browser.get(f"/products/{shelf.pk}/setup"))
    assert "red, L" in page
    assert "Margin at the list price" in page
    for wrong, part in (
        ({"name_1": ""}, "Name what tells"),
        ({"name_1": "Colour", "values_1": ", ,"}, "Name what tells"),
        (
            {
                "name_1": "A",
                "values_1": ",".join(map(str, range(30))),
                "name_2": "B",
                "values_2": ",".join(map(str, range(30))),
            },
            "at most 200",
        ),
    ):
        refused = browser.post(f"/products/{shelf.pk}/variants", wrong)
        assert refused.status_code == 422
        assert part in text(refused)
    assert made.all().count() == 6


def test_units_are_added_and_taken_away(browser: Client, shelf: Any) -> None:
    url = f"/products/{shelf.pk}/units/new"
    browser.post(url, {"name": "box", "factor": "12"})
    assert "1 box = 12 piece" in text(browser.get(f"/products/{shelf.pk}/setup"))
    for values in (
        {"name": "box", "factor": "6"},
        {"name": "crate", "factor": "0"},
        {"name": "crate", "factor": "-3"},
        {"name": "piece", "factor": "2"},
    ):
        assert browser.post(url, values).status_code == 422
    unit = ProductUnit.objects.get()
    browser.post(f"/products/{shelf.pk}/units/{unit.pk}/remove")
    assert not ProductUnit.objects.exists()


def test_bundle_cannot_be_in_itself(browser: Client, shelf: Any, make: Maker) -> None:
    room, house = make("product", name="Room", price=500), make("product", name="House", price=5000)

    def put(bundle: Any, part: Any, quantity: str = "2") -> Any:
        return browser.post(f"/products/{bundle.pk}/parts/new", {"part": str(part.pk), "quantity": quantity})

    put(room, shelf)
    put(house, room)
    assert set(BundlePart.objects.values_list("bundle__name", "product__name")) == {
        ("Room", "Oak shelf"),
        ("House", "Room"),
    }
    for bundle, part in ((room, room), (room, house), (shelf, house)):
        refused = put(bundle, part)
        assert refused.status_code == 422
        assert "cannot be in itself" in text(refused)
    assert put(room, shelf, "-1").status_code == 422
    assert put(room, shelf, "0").status_code == 422
    browser.post(f"/products/{room.pk}/bundle", {"mode": "parts"})
    assert "A line for each part" in text(browser.get(f"/products/{room.pk}/setup"))
    browser.post(f"/products/{room.pk}/bundle", {"mode": "plain"})
    assert not BundlePart.objects.filter(bundle=room).exists()


def test_pairings_are_shown_and_removed(browser: Client, shelf: Any, make: Maker) -> None:
    glue = make("product", name="Glue", price=5)
    browser.post(f"/products/{shelf.pk}/pairings/new", {"other": str(glue.pk), "kind": "excludes"})
    page = text(browser.get(f"/products/{shelf.pk}/setup"))
    assert "Never together with" in page
    same = browser.post(f"/products/{shelf.pk}/pairings/new", {"other": str(shelf.pk), "kind": "excludes"})
    assert same.status_code == 422


def test_cost_is_seen_by_those_who_may(company: Cast, shelf: Any, make: Maker) -> None:
    customer = make("customer", name="Harbor Light Trading")
    order = make("order", customer=customer.pk)
    make("order_line", order=order.pk, product=shelf.pk, quantity=2)
    assert "Margin" in text(sign_in(company, "owner").get(f"/orders/{order.pk}"))
    Role.objects.filter(key="member").update(field_grants={"product.cost": "hidden"})
    page = sign_in(company, "owner")
    assert "Margin" not in text(page.get(f"/orders/{order.pk}"))
    assert "Margin" not in text(page.get(f"/products/{shelf.pk}/setup"))


def test_latest_picture_is_the_picture_of_the_product(browser: Client, manager: Actor, shelf: Any) -> None:
    upload = SimpleUploadedFile("shelf.png", PIXEL, content_type="image/png")
    attached = attach(manager, object_name="product", record_id=shelf.pk, upload=upload)  # type: ignore[arg-type]
    assert picture_of([shelf.pk]) == {shelf.pk: attached.file_id}
    assert f"/files/{attached.file_id}?show" in text(browser.get(f"/products/{shelf.pk}/setup"))


def test_strangers_and_readers_change_nothing(company: Cast, shelf: Any, strangers: Cast) -> None:
    url = f"/products/{shelf.pk}/units/new"
    assert sign_in(company, "viewer").post(url, {"name": "box", "factor": "12"}).status_code == 403
    assert sign_in(strangers, "admin").post(url, {"name": "box", "factor": "12"}).status_code == 404
    assert not ProductUnit.objects.exists()


def test_programs_ask_for_a_price(browser: Client, shelf: Any, make: Maker) -> None:
    book = make("price_book", name="Retail")
    make("price_book_entry", price_book=book.pk, product=shelf.pk, price=80, min_quantity=10)
    found = browser.get(f"/api/v1/products/{shelf.pk}/price?quantity=10").json()
    assert (Decimal(found["unit_price"]), found["source"]) == (Decimal(80), "Retail, from 10")
    assert "JPY" in browser.get(f"/api/v1/products/{shelf.pk}/price?currency=JPY").json()["problem"]
    for wrong in ("quantity=-1", "quantity=1e99", "quantity=many", "on=soon", "customer=nobody"):
        assert browser.get(f"/api/v1/products/{shelf.pk}/price?{wrong}").status_code == 400


def test_prices_are_imported_by_name(manager: Actor, shelf: Any, make: Maker) -> None:
    from banyan.core.objects.registry import spec_for  # noqa: PLC0415 read where it is asked

    book = make("price_book", name="Retail")
    spec = spec_for(manager.organization, "price_book_entry")
    assert spec.importable
    entry = make("price_book_entry", price_book=book.pk, product=shelf.pk, price="88.50")
    assert (entry.name, entry.currency) == ("Oak shelf", "CNY")
