"""Stock, suppliers, purchases and deliveries of the medium demo: a hardware seller with two warehouses."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import today
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.customers.public import Customer
from banyan.orders.public import place_order
from banyan.products.public import Product, write_document
from banyan.supply.choices import MoveKind, PurchaseStatus
from banyan.supply.public import (
    DeliveryLine,
    Move,
    Pick,
    Received,
    SerialNumber,
    book,
    confirm_arrival,
    first_place,
    keep_stock,
    make_supplier,
    move_stock,
    pick_delivery,
    plan_delivery,
    proposed_picks,
    receive,
    save_carriers,
    set_conditions,
    set_minimum,
    set_status,
    ship_delivery,
)
from banyan.supply.public import PurchaseOrderLine as Line

CARRIERS = (
    ("UPS", "https://www.ups.com/track?tracknum={number}"),
    ("FedEx", "https://www.fedex.com/fedextrack/?trknbr={number}"),
    ("DHL", "https://www.dhl.com/en/express/tracking.html?AWB={number}"),
)
#: How many of each product lie in the first and in the second warehouse; what orders want of them comes on top.
STOCKS = ((40, 12), (25, 0), (8, 4), (60, 20), (3, 0), (15, 6), (0, 0))
#: The product tracked by serial number is the dearest one.
SERIALS = 6
#: Quantities of orders by position of the product; the last asks for more than there is.
ORDERS = (((2, 5), (3, 10)), ((1, 4), (0, 2)), ((5, 2), (4, 1)), ((4, 6), (6, 3)))


def stock_company(actor: Actor) -> None:
    """Give the demo its warehouses, goods, suppliers, and orders in every state of delivery."""
    products = list(Product.objects.filter(deleted_at__isnull=True).order_by("name"))[: len(STOCKS)]
    customers = list(Customer.objects.filter(deleted_at__isnull=True).order_by("name")[: len(ORDERS)])
    if len(products) < len(STOCKS) or len(customers) < len(ORDERS):
        return
    save_carriers(actor, CARRIERS)
    central = _make(
        actor, "warehouse", name="Central warehouse", code="CEN", address="Chicago, 4100 W 42nd Pl", position=1
    )
    west = _make(actor, "warehouse", name="West warehouse", code="WST", address="Reno, 900 Vista Blvd", position=2)
    dearest = max(products, key=lambda product: product.price or Decimal(0))
    for product in products:
        is_serial = product.pk == dearest.pk
        keep_stock(
            actor, product.pk, tracking="serial" if is_serial else "none", warranty_months=24 if is_serial else None
        )
    _fill(actor, products, dearest.pk, (central.pk, west.pk))
    chips = _buy(actor, products, central.pk)
    _deliver(actor, products, customers)
    book(
        actor,
        Move(
            products[3].pk, Decimal(2), MoveKind.TRANSFER, first_place(central.pk).pk,
            first_place(central.pk, is_held=True).pk, note="Damaged box",
        ),
    )  # fmt: skip
    _order_goods(actor, products, chips, central.pk)


def _make(actor: Actor, name: str, /, **values: Any) -> Any:
    return door.create(actor, spec_for(actor.organization, name), values)


def _fill(actor: Actor, products: list[Product], dearest: uuid.UUID, warehouses: tuple[uuid.UUID, uuid.UUID]) -> None:
    places = [first_place(pk).pk for pk in warehouses]
    moves = []
    for product, stocks in zip(products, STOCKS, strict=True):
        if product.pk == dearest:
            serials = [f"{product.name.replace(' ', '')}-{number:04d}" for number in range(1, SERIALS + 1)]
            moves += [
                Move(product.pk, Decimal(1), MoveKind.ADJUSTMENT, to_place=places[0], serial=serial, note="First stock")
                for serial in serials
            ]
            continue
        moves += [
            Move(product.pk, Decimal(quantity), MoveKind.ADJUSTMENT, to_place=place, note="First stock")
            for place, quantity in zip(places, stocks, strict=True)
            if quantity
        ]
    move_stock(actor, moves)
    for product in products:
        set_minimum(actor, product.pk, warehouses[0], minimum=Decimal(10), target=Decimal(30))


def _buy(actor: Actor, products: list[Product], warehouse: uuid.UUID) -> uuid.UUID:
    """Make two suppliers with their conditions, and return the first."""
    made = [
        _make(actor, "customer", name=name, industry=industry)
        for name, industry in (("Kestrel Components", "technolgy"), ("Northshore Assembly", "technolgy"))
    ]
    make_supplier(actor, made[0].pk, lead_days=14, currency="USD", terms="30 days net")
    make_supplier(actor, made[1].pk, lead_days=21, currency="USD", terms="2 % within 10 days")
    for position, product in enumerate(products):
        price = ((product.price or Decimal(100)) * Decimal("0.6")).quantize(Decimal("0.01"))
        set_conditions(
            actor, made[position % 2].pk, product.pk, price=price, article_number=f"K-{1_000 + position}",
            least=Decimal(5), multiple=Decimal(5),
        )  # fmt: skip
    return uuid.UUID(str(made[0].pk))


def _deliver(actor: Actor, products: list[Product], customers: list[Customer]) -> None:
    """Write orders: one delivered, one on its way, one planned, one that waits for goods."""
    day = today(actor.time_zone)
    written = []
    for customer, wanted in zip(customers, ORDERS, strict=True):
        lines = [{"product": products[position].pk, "quantity": str(quantity)} for position, quantity in wanted]
        values = {"customer": customer.pk, "ordered_on": day - timedelta(days=6), "deliver_on": day + timedelta(days=7)}
        written.append(place_order(actor, values, lines))
    for position, number in enumerate(("1Z999AA10123456784", "771234567890")):
        delivery = plan_delivery(actor, written[position].pk)
        carrier = CARRIERS[position][0]
        pick_delivery(actor, delivery.pk, [*proposed_picks(delivery), *_pieces(delivery.pk)])
        ship_delivery(
            actor, delivery.pk, carrier=carrier, tracking_number=number, shipped_on=day - timedelta(days=3 - position)
        )
        if not position:
            confirm_arrival(actor, delivery.pk, received_by="Front desk", on=day - timedelta(days=1))
    plan_delivery(actor, written[2].pk)


def _pieces(delivery_id: uuid.UUID) -> list[Pick]:
    """Return the first pieces in stock for the lines that are tracked by serial number."""
    found: list[Pick] = []
    for line in DeliveryLine.objects.filter(delivery=delivery_id):
        pieces = SerialNumber.objects.filter(product=line.product_id, place__isnull=False).order_by("code")
        found += [
            Pick(line.pk, piece.place_id, Decimal(1), serial=piece.code)
            for piece in pieces[: int(line.quantity)]
            if piece.place_id
        ]
    return found


def _order_goods(actor: Actor, products: list[Product], supplier: uuid.UUID, warehouse: uuid.UUID) -> None:
    """Write purchase orders: one of which some has come, one on its way."""
    day = today(actor.time_zone)
    for position, ahead in ((4, 5), (6, 12)):
        values = {
            "supplier": supplier, "warehouse": warehouse, "ordered_on": day - timedelta(days=9),
            "expected_on": day + timedelta(days=ahead),
        }  # fmt: skip
        purchase: Any = write_document(
            actor, "purchase_order", values, [{"product": products[position].pk, "quantity": "20"}]
        )
        set_status(actor, purchase.pk, PurchaseStatus.ORDERED)
        if position == 4:
            line = Line.objects.get(purchase_order=purchase.pk)
            receive(actor, purchase.pk, [Received(line.pk, Decimal(5), first_place(warehouse).pk)], note="LS-20417")
