"""A company that keeps stock: one warehouse, a sensor in it, a customer who orders."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from banyan.core.access.actor import Actor
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.customers.models import Customer
from banyan.orders.public import place_order
from banyan.products.models import Product
from banyan.supply.choices import MoveKind
from banyan.supply.engine.ledger import move_stock
from banyan.supply.engine.moves import Move
from banyan.supply.models import Demand, Place, StockLevel, Warehouse
from banyan.supply.services.stock import keep_stock
from tests.cast import Cast


@dataclass
class Company:
    """A company with stock, and what tests do with it."""

    cast: Cast
    warehouse: Warehouse
    stock: Place
    hold: Place
    customer: Customer
    sensor: Product

    @property
    def admin(self) -> Actor:
        return self.cast.actor("admin")

    def make(self, name: str, /, **values: Any) -> Any:
        actor = self.admin
        return door.create(actor, spec_for(actor.organization, name), values)

    def stocked(self, name: str, tracking: str = "none", **values: Any) -> Product:
        product: Product = self.make("product", name=name, price="10")
        keep_stock(self.admin, product.pk, tracking=tracking, **values)
        return product

    def bring(self, quantity: str, product: Product | None = None, place: Place | None = None, **more: Any) -> None:
        product, place = product or self.sensor, place or self.stock
        move_stock(self.admin, [Move(product.pk, Decimal(quantity), MoveKind.RECEIPT, to_place=place.pk, **more)])

    def order(self, quantity: str, product: Product | None = None, **values: Any) -> Any:
        line = {"product": (product or self.sensor).pk, "quantity": quantity}
        return place_order(self.admin, {"customer": self.customer.pk, **values}, [line])

    def level(self, product: Product | None = None, warehouse: Warehouse | None = None) -> tuple[str, str]:
        """Return what is on hand and what is reserved."""
        row = StockLevel.objects.get(product=(product or self.sensor).pk, warehouse=(warehouse or self.warehouse).pk)
        return f"{row.on_hand.normalize():f}", f"{row.reserved.normalize():f}"

    def need(self, order: Any) -> Demand:
        return Demand.objects.get(order=order.pk)


def standard(cast: Cast) -> None:
    """Give an organization the Standard edition, in which stock is kept, and purchasing on top of it."""
    Organization.objects.filter(pk=cast.organization.pk).update(edition="standard", modules_on=["purchase"])
    cast.organization.edition, cast.organization.modules_on = "standard", ["purchase"]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Let refusals be read in English, as the cast reads pages."""
    with translation.override("en"):
        yield


@pytest.fixture
def company(scope: Cast) -> Company:
    standard(scope)
    actor = scope.actor("admin")

    def create(name: str, /, **values: Any) -> Any:
        return door.create(actor, spec_for(actor.organization, name), values)

    warehouse = create("warehouse", name="Main", code="main")
    places = {place.code: place for place in Place.objects.filter(warehouse=warehouse.pk)}
    customer = create("customer", name="Harbor Light")
    sensor = create("product", name="Sensor", price="600", unit="pc")
    keep_stock(actor, sensor.pk, tracking="none")
    return Company(scope, warehouse, places["STOCK"], places["HOLD"], customer, sensor)


@pytest.fixture
def pieces() -> Callable[[int], list[uuid.UUID]]:
    return lambda count: [uuid.uuid4() for _ in range(count)]
