"""The papers of the supply chain: delivery note, pick list, purchase order."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.documents.public import (
    Cell,
    Column,
    DocumentKind,
    Paper,
    Party,
    Table,
    number_text,
    paper_day,
    priced_lines,
)
from banyan.products.public import lines_of
from banyan.supply.choices import OPEN_DELIVERIES, PURCHASE, STOCK, DeliveryStatus, PurchaseStatus
from banyan.supply.models import Delivery, DeliveryPick, PurchaseOrder, Warehouse
from banyan.supply.queries import lines_of_delivery, places_of
from banyan.supply.services.deliveries import proposed_picks

Row = Mapping[str, Any]


def _day(value: Any) -> str:
    return paper_day(value, get_language() or "en")


def _facts(*pairs: tuple[str, str]) -> list[tuple[str, str]]:
    return [(label, text) for label, text in pairs if text]


def _receiver(delivery: Delivery) -> Party:
    name = delivery.customer.name if delivery.customer else ""
    return Party(_("Deliver to"), name, [delivery.address] if delivery.address else [])


def _codes(delivery_id: uuid.UUID) -> dict[uuid.UUID, list[str]]:
    """Return the lots and serial numbers of each line of a delivery."""
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for pick in DeliveryPick.objects.filter(line__delivery=delivery_id).order_by("id"):
        if pick.lot or pick.serial:
            found[pick.line_id].append(" ".join(filter(None, (pick.lot, pick.serial))))
    return found


def delivery_note(_actor: Actor, row: Row) -> Paper:
    """Return what stands on a delivery note: what was sent, with lots and serial numbers, to be signed by the receiver."""
    delivery = Delivery.objects.select_related("customer", "order", "warehouse").get(pk=row["id"])
    codes = _codes(delivery.pk)
    lines = lines_of_delivery(delivery.pk)
    has_codes = any(line.product and line.product.code for line in lines)
    rows: list[list[str | Cell]] = [
        [
            str(index + 1),
            Cell(line.name, ", ".join(codes[line.pk])),
            *([line.product.code if line.product else ""] if has_codes else []),
            number_text(line.quantity, unit=line.unit),
        ]
        for index, line in enumerate(lines)
    ]
    columns = (Column("#"), Column(_("Product or description"), is_wide=True),
               *([Column(_("Product code"))] if has_codes else []), Column(_("Quantity"), is_number=True))  # fmt: skip
    return Paper(
        _("Delivery note"),
        delivery.number,
        facts=_facts(
            (_("Order"), delivery.order.number),
            (_("Shipped on"), _day(delivery.shipped_on or delivery.planned_on)),
            (_("Carrier"), delivery.carrier),
            (_("Tracking number"), delivery.tracking_number),
        ),
        parties=[_receiver(delivery)],
        tables=[Table(columns, rows)],
        notes=delivery.notes,
        signatures=[_("Handed over by"), _("Received by (signature and date)")],
        values={"customer": delivery.customer.name if delivery.customer else ""},
        stamp=_("Cancelled") if delivery.status == DeliveryStatus.CANCELLED else "",
        shows_seal=True,
    )


def pick_list(_actor: Actor, row: Row) -> Paper:
    """Return what stands on a pick list: place by place, what is taken there for a delivery."""
    delivery = Delivery.objects.select_related("customer", "order", "warehouse").get(pk=row["id"])
    lines = {line.pk: line for line in lines_of_delivery(delivery.pk)}
    picks = list(DeliveryPick.objects.filter(line__in=lines).select_related("place"))
    taken = [
        (pick.place.code, pick.line_id, pick.quantity, " ".join(filter(None, (pick.lot, pick.serial))))
        for pick in picks
    ]
    if not picks:
        places = _places(delivery)
        taken = [
            (places.get(pick.place_id, ""), pick.line_id, pick.quantity, pick.lot) for pick in proposed_picks(delivery)
        ]
    listed = {line_id for _place, line_id, _quantity, _code in taken}
    taken += [("", line.pk, line.quantity, "") for line in lines.values() if line.pk not in listed]
    rows = [
        [place, lines[line_id].name, code, number_text(quantity, unit=lines[line_id].unit), "☐"]
        for place, line_id, quantity, code in sorted(taken, key=lambda entry: (entry[0] == "", entry[0]))
    ]
    columns = (Column(pgettext("place", "Place")), Column(_("Product or description"), is_wide=True), Column(_("Lot or serial number")),
               Column(_("Quantity"), is_number=True), Column(""))  # fmt: skip
    return Paper(
        pgettext("warehouse", "Pick list"),
        delivery.number,
        facts=_facts(
            (_("Warehouse"), delivery.warehouse.name if delivery.warehouse else ""),
            (_("Order"), delivery.order.number),
            (_("Planned for"), _day(delivery.planned_on)),
        ),
        parties=[_receiver(delivery)],
        tables=[Table(columns, rows)],
        notes=delivery.notes,
        values={"customer": delivery.customer.name if delivery.customer else ""},
    )


def _places(delivery: Delivery) -> dict[uuid.UUID, str]:
    return {place.pk: place.code for place in places_of(delivery.warehouse_id)} if delivery.warehouse_id else {}


def purchase_order(_actor: Actor, row: Row) -> Paper:
    """Return what stands on a purchase order: what is ordered, at which price, until when and whereto."""
    order = PurchaseOrder.objects.select_related("supplier", "warehouse").get(pk=row["id"])
    lines = [
        {**line, "description": line["article_number"]}
        for line in lines_of("purchase_order", order.pk, "article_number")
    ]
    priced = priced_lines(
        lines,
        {
            name: getattr(order, name)
            for name in ("currency", "amount", "net_amount", "tax_amount", "prices_include_tax")
        },
    )
    return Paper(
        _("Purchase order"),
        order.number,
        facts=_facts(
            (_("Ordered on"), _day(order.ordered_on)),
            (_("Expected on"), _day(order.confirmed_on or order.expected_on)),
            (_("Your number"), order.supplier_reference),
        ),
        parties=[
            Party(pgettext("purchasing", "Supplier"), order.supplier.name),
            _goes_to(order.warehouse, order.ship_to),
        ],
        tables=[priced.table],
        sums=priced.sums,
        capitals=priced.capitals,
        notes=order.notes,
        signatures=[_("Ordered by (signature and date)"), _("Confirmed by the supplier (signature and date)")],
        values={"customer": order.supplier.name},
        stamp={PurchaseStatus.DRAFT: _("Draft"), PurchaseStatus.CANCELLED: _("Cancelled")}.get(
            PurchaseStatus(order.status), ""
        ),
        shows_seal=True,
    )


def _goes_to(warehouse: Warehouse | None, ship_to: str) -> Party:
    if ship_to:
        return Party(_("Deliver to"), ship_to)
    return Party(_("Deliver to"), warehouse.name if warehouse else "", [warehouse.address] if warehouse else [])


KINDS = (
    DocumentKind("goods_sent", gettext_lazy("Delivery note"), "delivery", delivery_note, module=STOCK),
    DocumentKind(
        "pick_list", pgettext_lazy("warehouse", "Pick list"), "delivery", pick_list, module=STOCK,
        is_offered=lambda _actor, row: row.get("status") in OPEN_DELIVERIES,
    ),
    DocumentKind("purchase_order", gettext_lazy("Purchase order"), "purchase_order", purchase_order, module=PURCHASE),
)  # fmt: skip
