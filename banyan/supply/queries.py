"""What the supply app looks up."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from banyan.orders.public import OrderLine
from banyan.products.public import Product
from banyan.supply.choices import CARRIERS_ELSEWHERE, COMING_PURCHASES, OPEN_DELIVERIES, USUAL_CARRIERS, RequestStatus
from banyan.supply.models import (
    Balance,
    Carrier,
    DeliveryLine,
    Demand,
    Lot,
    Place,
    PurchaseOrderLine,
    PurchaseRequest,
    Reservation,
    StockedProduct,
    StockLevel,
    SupplierItem,
    Warehouse,
)
from banyan.supply.rules import ZERO, order_proposal, rounded_up

Pair = tuple[uuid.UUID, uuid.UUID]


def warehouses() -> list[Warehouse]:
    """Return the warehouses in use, the first one first."""
    return list(Warehouse.objects.filter(is_active=True, deleted_at__isnull=True).order_by("position", "id"))


def places_of(warehouse_id: uuid.UUID) -> list[Place]:
    """Return the places in use of a warehouse, in their order."""
    return list(Place.objects.filter(warehouse=warehouse_id, is_active=True).order_by("position", "code"))


#: What has not come of a line of a purchase order, in the product's own unit.
LEFT = F("quantity") * F("factor") - F("pieces_received")


def coming_lines(product_ids: Collection[uuid.UUID] | None = None) -> QuerySet[Any]:
    """Return the lines of purchase orders that are on their way to a warehouse and not all there.

    Each has ``left``: how much of it is still to come, in the product's own unit.
    """
    rows = PurchaseOrderLine.objects.filter(
        deleted_at__isnull=True,
        product__isnull=False,
        purchase_order__deleted_at__isnull=True,
        purchase_order__status__in=COMING_PURCHASES,
        purchase_order__order__isnull=True,
    )
    rows = rows.annotate(left=LEFT).filter(left__gt=0)
    return rows if product_ids is None else rows.filter(product__in=product_ids)


def incoming_by_pair(product_ids: Collection[uuid.UUID] | None = None) -> dict[Pair, Decimal]:
    """Return how much is on its way, by product and warehouse."""
    rows = coming_lines(product_ids).values_list("product_id", "purchase_order__warehouse_id")
    return {(row[0], row[1]): row[2] for row in rows.annotate(total=Sum(LEFT)).order_by()}


def waiting_by_product(product_ids: Collection[uuid.UUID] | None = None) -> dict[uuid.UUID, Decimal]:
    """Return how much orders wait for, by product."""
    rows = Demand.objects.filter(quantity__gt=F("reserved") + F("delivered") + F("direct"))
    if product_ids is not None:
        rows = rows.filter(product__in=product_ids)
    missing = Sum(F("quantity") - F("reserved") - F("delivered") - F("direct"))
    return dict(rows.values_list("product_id").annotate(total=missing).order_by())


@dataclass(frozen=True)
class Deliverable:
    """What can go onto a delivery of a line of an order: ``by_warehouse`` what is reserved there and on no delivery yet.

    Of what is kept in stock it is in the product's own unit; a line with a bundle has one for each part, whose ``key``
    tells it apart.
    """

    key: uuid.UUID
    line_id: uuid.UUID
    product_id: uuid.UUID | None
    name: str
    unit: str
    ordered: Decimal
    delivered: Decimal
    on_deliveries: Decimal
    is_stocked: bool
    reserved: Decimal = ZERO
    direct: Decimal = ZERO
    promised_on: Any = None
    basis: str = ""
    is_urgent: bool = False
    by_warehouse: dict[uuid.UUID, Decimal] = field(default_factory=dict)

    @property
    def left(self) -> Decimal:
        """Return what is neither sent nor on a delivery."""
        return max(ZERO, self.ordered - self.delivered - self.on_deliveries - self.direct)

    @property
    def waiting(self) -> Decimal:
        """Return what waits for goods."""
        return max(ZERO, self.ordered - self.delivered - self.reserved - self.direct) if self.is_stocked else ZERO

    def from_warehouse(self, warehouse_id: uuid.UUID | None) -> Decimal:
        """Return what a warehouse can send now; of what no stock is kept, everything that is left."""
        if not self.is_stocked:
            return self.left
        return max(ZERO, self.by_warehouse.get(warehouse_id, ZERO)) if warehouse_id else ZERO


#: A line of an order, and one of the products that are sent for it.
Sent = tuple[uuid.UUID, uuid.UUID | None]


#: What the state of a line is told from; pages of orders ask for it, so that nothing else is read.
LINE_COLUMNS = ("name", "unit", "quantity", "delivered_quantity", "promised_on", "product__unit")
NEED_COLUMNS = (
    "order_line_id", "factor", "quantity", "delivered", "reserved", "direct", "promised_on", "basis", "is_urgent",
    "product__name", "product__unit", "product__variant_of__unit",
)  # fmt: skip


def deliverables(order_id: uuid.UUID) -> list[Deliverable]:
    """Return the state of each line of an order; the caller has checked that it may be seen."""
    lines = OrderLine.objects.filter(order=order_id, deleted_at__isnull=True).order_by("position", "id")
    needs: dict[uuid.UUID, list[Demand]] = defaultdict(list)
    asked = Demand.objects.filter(order=order_id).select_related("product__variant_of").only(*NEED_COLUMNS)
    for need in asked.order_by("id"):
        needs[need.order_line_id].append(need)
    kept: dict[uuid.UUID, dict[uuid.UUID, Decimal]] = defaultdict(dict)
    for need_id, warehouse_id, quantity in Reservation.objects.filter(demand__order=order_id).values_list(
        "demand_id", "warehouse_id", "quantity"
    ):
        kept[need_id][warehouse_id] = quantity
    planned = _planned(order_id)
    found = []
    for line in lines.select_related("product").only(*LINE_COLUMNS):
        mine = needs.get(line.pk, ())
        for need in mine:
            on_deliveries = planned.get((line.pk, need.product_id), {})
            is_part = need.product_id != line.product_id
            found.append(
                Deliverable(
                    need.pk if is_part else line.pk,
                    line.pk,
                    need.product_id,
                    f"{line.name}: {need.product.name}" if is_part else line.name,
                    line.unit if need.factor == 1 and line.unit and not is_part else _own_unit(need.product),
                    need.quantity,
                    need.delivered,
                    sum(on_deliveries.values(), ZERO),
                    is_stocked=True,
                    reserved=need.reserved,
                    direct=need.direct,
                    promised_on=need.promised_on,
                    basis=need.basis,
                    is_urgent=need.is_urgent,
                    by_warehouse={
                        warehouse_id: quantity - on_deliveries.get(warehouse_id, ZERO)
                        for warehouse_id, quantity in kept[need.pk].items()
                    },
                )
            )
        if not mine:
            on_deliveries = planned.get((line.pk, line.product_id), {})
            found.append(
                Deliverable(
                    line.pk,
                    line.pk,
                    line.product_id,
                    line.name,
                    line.unit or (line.product.unit if line.product else ""),
                    line.quantity,
                    line.delivered_quantity,
                    sum(on_deliveries.values(), ZERO),
                    is_stocked=False,
                    promised_on=line.promised_on,
                )
            )
    return found


def own_units_of(product_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the unit in which stock of each product is counted; variants have that of their product."""
    rows = Product.objects.filter(pk__in=set(product_ids)).select_related("variant_of")
    return {product.pk: _own_unit(product) for product in rows.order_by()}


def _own_unit(product: Product) -> str:
    """Return the unit in which a product is kept; a variant without one takes that of its product."""
    return product.unit or (product.variant_of.unit if product.variant_of else "")


def _planned(order_id: uuid.UUID) -> dict[Sent, dict[uuid.UUID | None, Decimal]]:
    """Return what is on deliveries that have not left, by line, product and warehouse."""
    rows = DeliveryLine.objects.filter(
        delivery__order=order_id, delivery__deleted_at__isnull=True, delivery__status__in=OPEN_DELIVERIES
    ).values_list("order_line_id", "product_id", "delivery__warehouse_id")
    found: dict[Sent, dict[uuid.UUID | None, Decimal]] = defaultdict(dict)
    for line_id, product_id, warehouse_id, quantity in rows.annotate(Sum("quantity")).order_by():
        found[line_id, product_id][warehouse_id] = quantity
    return found


def lines_of_delivery(delivery_id: uuid.UUID) -> list[DeliveryLine]:
    """Return the lines of a delivery in their order."""
    return list(DeliveryLine.objects.filter(delivery=delivery_id).select_related("product").order_by("position", "id"))


@dataclass(frozen=True)
class Lying:
    """How much lies at a place, of which lot and serial number."""

    place_id: uuid.UUID
    place: str
    lot: str
    serial: str
    on_hand: Decimal


def lying(product_ids: Collection[uuid.UUID], warehouse_id: uuid.UUID) -> dict[uuid.UUID, list[Lying]]:
    """Return where products lie in a warehouse, in the order in which they are taken: what expires first comes first."""
    rows = (
        Balance.objects.filter(
            product__in=product_ids, place__warehouse=warehouse_id, place__is_held=False, on_hand__gt=0
        )
        .order_by("place__position", "place__code", "lot", "serial")
        .values_list("product_id", "place_id", "place__code", "lot", "serial", "on_hand")
    )
    dates = {
        (product, code): day
        for product, code, day in Lot.objects.filter(product__in=product_ids, expires_on__isnull=False).values_list(
            "product_id", "code", "expires_on"
        )
    }
    found: dict[uuid.UUID, list[Lying]] = defaultdict(list)
    for product, *rest in rows:
        found[product].append(Lying(*rest))
    for product, spots in found.items():
        spots.sort(key=lambda spot, product=product: str(dates.get((product, spot.lot), "9999")))  # type: ignore[misc]
    return found


@dataclass(frozen=True)
class Proposal:
    """What ought to be ordered for a warehouse, why, and from whom."""

    product_id: uuid.UUID
    product: str
    unit: str
    warehouse_id: uuid.UUID
    warehouse: str
    quantity: Decimal
    reasons: tuple[str, ...]
    supplier_id: uuid.UUID | None = None
    supplier: str = ""
    price: Decimal | None = None
    article_number: str = ""
    request_ids: tuple[uuid.UUID, ...] = ()


MINIMUM, BACKORDER, REQUEST = "minimum", "backorder", "request"


def proposals() -> list[Proposal]:
    """Return what ought to be ordered: below the minimum, waited for by orders, asked for by people.

    What orders wait for is ordered for the first warehouse; the supplier is the first who sells the product.
    """
    here = warehouses()
    if not here:
        return []
    stocked = StockedProduct.objects.filter(is_stocked=True, product__deleted_at__isnull=True).values("product_id")
    waiting = waiting_by_product()
    requests: dict[Pair, list[PurchaseRequest]] = defaultdict(list)
    for request in PurchaseRequest.objects.filter(status=RequestStatus.OPEN):
        requests[request.product_id, request.warehouse_id].append(request)
    candidates = Q(minimum__gt=0) | Q(product__in=set(waiting) | {product for product, _place in requests})
    levels = {
        (row.product_id, row.warehouse_id): row for row in StockLevel.objects.filter(candidates, product__in=stocked)
    }
    coming = incoming_by_pair({product for product, _place in levels} | set(waiting))
    pairs = {*levels, *requests, *((product, here[0].pk) for product in waiting)}
    wanted: dict[Pair, tuple[Decimal, tuple[str, ...]]] = {}
    for product, place in pairs:
        level = levels.get((product, place))
        missing = waiting.get(product, ZERO) if place == here[0].pk else ZERO
        quantity = order_proposal(
            minimum=level.minimum if level else ZERO,
            target=level.target if level else ZERO,
            free=level.on_hand - level.reserved if level else ZERO,
            incoming=coming.get((product, place), ZERO),
            waiting=missing,
        )
        asked = sum((request.quantity for request in requests.get((product, place), ())), ZERO)
        if quantity + asked > 0:
            reasons = [BACKORDER] if missing and quantity else []
            reasons += [MINIMUM] if level and level.minimum and quantity else []
            reasons += [REQUEST] if asked else []
            wanted[product, place] = quantity + asked, tuple(reasons)
    return _with_suppliers(wanted, requests, {place.pk: place.name for place in here})


def _with_suppliers(
    wanted: dict[Pair, tuple[Decimal, tuple[str, ...]]],
    requests: dict[Pair, list[PurchaseRequest]],
    names: dict[uuid.UUID, str],
) -> list[Proposal]:
    products = {product for product, _place in wanted}
    items = first_items(products)
    names_shown = StockedProduct.objects.filter(product__in=products)
    shown = {row[0]: row[1:] for row in names_shown.values_list("product_id", "product__name", "product__unit")}
    found = []
    for (product, place), (quantity, reasons) in wanted.items():
        item = items.get(product)
        name, unit = shown.get(product, ("", ""))
        found.append(
            Proposal(
                product, name, unit, place, names.get(place, ""),
                rounded_up(quantity, least=item.least, multiple=item.multiple) if item else quantity,
                reasons,
                item.supplier.customer_id if item else None,
                item.supplier.customer.name if item else "",
                item.price if item else None,
                item.article_number if item else "",
                tuple(request.pk for request in requests.get((product, place), ())),
            )
        )  # fmt: skip
    return sorted(found, key=lambda entry: (entry.supplier == "", entry.supplier, entry.product, entry.warehouse))


def first_items(product_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, SupplierItem]:
    """Return the conditions of the first supplier of each product."""
    rows = (
        SupplierItem.objects.filter(product__in=set(product_ids), supplier__is_active=True)
        .select_related("supplier__customer")
        .order_by("-position", "-id")
    )
    return {row.product_id: row for row in rows}


def stock_rows(
    *, text: str = "", warehouse_id: uuid.UUID | None = None, only_short: bool = False, limit: int = 200
) -> Sequence[StockLevel]:
    """Return how much there is of products by warehouse, by name; with ``only_short`` what is below its minimum."""
    rows = StockLevel.objects.filter(product__deleted_at__isnull=True, warehouse__deleted_at__isnull=True)
    if text:
        rows = rows.filter(Q(product__name__icontains=text) | Q(product__code__iexact=text))
    if warehouse_id:
        rows = rows.filter(warehouse=warehouse_id)
    if only_short:
        rows = rows.filter(on_hand__lt=F("reserved") + F("minimum"))
    return list(rows.select_related("product", "warehouse").order_by("product__name", "warehouse__position")[:limit])


def carrier_names(country: str) -> list[str]:
    """Return the carriers to choose from: those of the organization, or else the usual ones of its country."""
    names = list(Carrier.objects.values_list("name", flat=True))
    return names or list(USUAL_CARRIERS.get(country, CARRIERS_ELSEWHERE))
