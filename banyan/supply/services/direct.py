"""Goods that go straight from a supplier to the customer of an order."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid
from banyan.core.kernel.ids import new_id
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.storage import insert_rows
from banyan.customers.public import Customer
from banyan.orders.public import OrderLine
from banyan.products.public import unit_factors, write_document
from banyan.supply.choices import COMING_PURCHASES, DeliveryStatus
from banyan.supply.engine.locking import lock_products
from banyan.supply.engine.stepping import step
from banyan.supply.models import (
    Delivery,
    DeliveryLine,
    Demand,
    PurchaseOrder,
    PurchaseOrderLine,
)
from banyan.supply.permissions import require_buyer
from banyan.supply.preparation import address_of
from banyan.supply.queries import deliverables, own_units_of
from banyan.supply.rules import ONE, PLACES, is_quantity, plain
from banyan.supply.services.deliveries import lock_order, tell_sent
from banyan.supply.services.purchasing import PURCHASE_ORDER, change_lines, close_purchase, lock_purchase
from banyan.supply.services.suppliers import make_supplier


@transaction.atomic
def drop_ship(
    actor: Actor, order_id: uuid.UUID, supplier_id: uuid.UUID, quantities: Mapping[uuid.UUID, Decimal]
) -> PurchaseOrder:
    """Order lines of an order from a supplier who sends them to the customer; return the purchase order, a draft.

    Raises ``Invalid`` for more than is still open of a line.
    """
    require_buyer(actor)
    order = lock_order(actor, order_id)
    lines = {line.key: line for line in deliverables(order_id)}
    errors = []
    for key, quantity in quantities.items():
        line = lines.get(key)
        if line is None or line.product_id is None or not is_quantity(quantity) or quantity > line.left:
            name, most = (line.name, plain(line.left) if line.left else "0") if line else ("", "0")
            message = _("%(name)s: at most %(most)s are still open on this order.") % {"name": name, "most": most}
            errors.append(FieldError(f"quantity_{key}", "too_much", message))
    if errors:
        raise Invalid(errors)
    if not quantities:
        raise Conflict("nothing_chosen", _("Choose at least one line."))
    customer = Customer.objects.get(pk=order.customer_id)
    make_supplier(actor, supplier_id)
    factors = _factors({key: lines[key].line_id for key in quantities if not lines[key].is_stocked})
    address = ", ".join(filter(None, (customer.name, address_of(customer))))
    purchase: Any = write_document(
        actor,
        PURCHASE_ORDER,
        {"supplier": supplier_id, "order": order_id, "ship_to": address[:400]},
        [
            {"product": lines[key].product_id, "quantity": quantity * factors.get(key, ONE)}
            for key, quantity in quantities.items()
        ],
    )
    written = PurchaseOrderLine.objects.filter(purchase_order=purchase.pk).order_by("position")
    for bought, key in zip(written, quantities, strict=True):
        PurchaseOrderLine.objects.filter(pk=bought.pk).update(order_line_id=lines[key].line_id)
    return purchase


def _factors(order_lines: Mapping[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, Decimal]:
    """Return how many of a product are in the unit of lines of which no stock is kept: suppliers send in its own unit."""
    rows = OrderLine.objects.filter(pk__in=set(order_lines.values()), product__isnull=False)
    sold = {pk: (product, unit) for pk, product, unit in rows.values_list("pk", "product_id", "unit")}
    factors = unit_factors(sold.values())
    return {key: factors[sold[pk]] for key, pk in order_lines.items() if pk in sold}


@transaction.atomic
def ship_direct(
    actor: Actor,
    purchase_id: uuid.UUID,
    *,
    carrier: str = "",
    tracking_number: str = "",
    shipped_on: date | None = None,
) -> Delivery:
    """Keep that the supplier has sent a drop shipment: a delivery of the order follows, and its lines count as sent."""
    purchase = lock_purchase(actor, purchase_id, *COMING_PURCHASES)
    if purchase.order_id is None:
        raise Conflict("goes_to_us", _("These goods come to a warehouse: receive them there."))
    lines = [
        line
        for line in PurchaseOrderLine.objects.filter(
            purchase_order=purchase_id, deleted_at__isnull=True, order_line__isnull=False
        )
        .select_related("order_line")
        .order_by("position")
        if line.pieces_left
    ]
    lock_products(actor.organization_id, {line.product_id for line in lines if line.product_id})
    day = shipped_on or today(actor.time_zone)
    delivery_id = new_id()
    derived = {
        "purchase_order": purchase_id, "status": DeliveryStatus.SHIPPED.value, "shipped_on": day, "warehouse": None,
    }  # fmt: skip
    given = {
        "order": purchase.order_id, "owner": purchase.owner_id, "carrier": carrier, "tracking_number": tracking_number,
        "address": purchase.ship_to, "planned_on": day,
    }  # fmt: skip
    spec = spec_for(actor.organization, "delivery")
    door.create_many(actor, spec, [given], ids=[delivery_id], context=step(actor, {delivery_id: derived}))
    delivery = Delivery.objects.get(pk=delivery_id)
    asked = Demand.objects.filter(order_line__in=[line.order_line_id for line in lines])
    needed = set(asked.values_list("order_line_id", flat=True))
    factors = _factors(
        {line.pk: line.order_line_id for line in lines if line.order_line_id and line.order_line_id not in needed}
    )
    own_units = own_units_of(line.product_id for line in lines if line.product_id)
    rows = [
        {
            "id": new_id(), "organization_id": actor.organization_id, "delivery_id": delivery_id,
            "order_line_id": line.order_line_id, "product_id": line.product_id, "name": line.name,
            "unit": _unit_sent(line, factors, own_units),
            "quantity": (line.pieces_left / factors.get(line.pk, ONE)).quantize(PLACES),
            "position": position,
        }
        for position, line in enumerate(lines)
    ]  # fmt: skip
    insert_rows(DeliveryLine, rows)
    for line in lines:
        sent = line.pieces_left
        needs = Demand.objects.filter(order_line=line.order_line_id, product=line.product_id)
        needs.update(direct=F("direct") - sent, delivered=F("delivered") + sent)
    change_lines({line: line.pieces for line in lines})
    close_purchase(actor, purchase_id)
    tell_sent(actor, delivery, list(DeliveryLine.objects.filter(delivery=delivery_id)))
    return delivery


def _unit_sent(
    line: PurchaseOrderLine, factors: Mapping[uuid.UUID, Decimal], own_units: Mapping[uuid.UUID, str]
) -> str:
    """Return the unit of what a supplier has sent: that of the order's line, or that in which pieces are counted."""
    if line.order_line and factors.get(line.pk, ONE) != ONE:
        return line.order_line.unit
    return line.unit if line.factor == ONE or line.product_id is None else own_units.get(line.product_id, "")
