"""What the supply app shows on orders, deliveries, purchase orders, products and customers."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.languages import written_day
from banyan.core.listing.filters import live_rows
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.amounts import amounts_text
from banyan.core.web.answers import macro
from banyan.core.web.menu import may
from banyan.core.web.presenting import told_instant
from banyan.orders.public import CLOSED_STATUSES, RUNNING_STATUSES
from banyan.supply.choices import (
    COMING_PURCHASES,
    OPEN_DELIVERIES,
    DeliveryStatus,
    MoveKind,
    PromiseBasis,
    PurchaseStatus,
    Tracking,
)
from banyan.supply.models import (
    Carrier,
    DeliveryPick,
    PurchaseOrderLine,
    StockedProduct,
    StockLevel,
    StockMove,
    Supplier,
    SupplierItem,
)
from banyan.supply.permissions import buys, sees_stock, works_with_stock
from banyan.supply.queries import Deliverable, deliverables, incoming_by_pair, lines_of_delivery
from banyan.supply.rules import ZERO, plain
from banyan.supply.services.returns import returned_of
from banyan.supply.setting import supply_setting

TEMPLATE = "supply/panels.html"
COLORS = {
    DeliveryStatus.PLANNED: "grey", DeliveryStatus.PICKED: "blue", DeliveryStatus.SHIPPED: "orange",
    DeliveryStatus.DELIVERED: "green", DeliveryStatus.CANCELLED: "red",
}  # fmt: skip
SHOWN, CODES_SHOWN = 20, 6
Row = Mapping[str, Any]


def order_state_follows(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return the place of an order's delivery state, which the page of the order does not wait for."""
    del spec
    if "delivery" not in specs_on(actor.organization) or row.get("status") not in CLOSED_STATUSES:
        return None
    return macro(TEMPLATE, "order_state_follows", f"/orders/{row['id']}/supply")


def order_state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what is reserved, sent and waiting of an order; None for one that needs no goods."""
    specs = specs_on(actor.organization)
    delivery = specs.get("delivery")
    if delivery is None or row.get("status") not in CLOSED_STATUSES:
        return None
    lines = deliverables(row["id"])
    if not lines:
        return None
    may_send = row.get("status") in RUNNING_STATUSES and may(actor, delivery, Action.CREATE)
    may_send = may_send and not supply_setting(actor.organization).is_mirror
    may_edit = row.get("status") in RUNNING_STATUSES and may(actor, spec, Action.EDIT)
    can_go = any(line.left and (line.by_warehouse or not line.is_stocked) for line in lines)
    url = f"/orders/{row['id']}"
    left = any(line.left > 0 and line.product_id for line in lines)
    return macro(
        TEMPLATE,
        "order_state",
        {
            "live_url": f"{url}/supply",
            "rows": [_line(actor, line) for line in lines],
            "deliver_url": f"{url}/send" if may_send and can_go else "",
            "choose_url": f"{url}/send?choose=1" if may_send and can_go else "",
            "promise_url": f"{url}/promise" if may_edit and any(not line.is_stocked for line in lines) else "",
            "supplier_url": f"{url}/from-supplier" if may_send and left and buys(actor) else "",
            "deliveries": _deliveries(actor, delivery, row["id"]),
        },
    )


def _line(actor: Actor, line: Deliverable) -> dict[str, Any]:
    promised = ""
    if line.promised_on and line.ordered > line.delivered + line.direct:
        promised = written_day(line.promised_on, actor.language)
    basis = PromiseBasis(line.basis).label if line.basis and line.waiting else ""
    if line.direct:
        basis = _("%(number)s straight from the supplier") % {"number": plain(line.direct)}
    return {
        "name": line.name,
        "unit": line.unit,
        "ordered": plain(line.ordered) if line.ordered else "0",
        "reserved": plain(line.reserved) if line.reserved else "",
        "delivered": plain(line.delivered) if line.delivered else "",
        "waiting": plain(line.waiting) if line.waiting else "",
        "promised": promised,
        "basis": basis,
    }


def _deliveries(actor: Actor, spec: ObjectSpec, order_id: uuid.UUID) -> list[dict[str, Any]]:
    rows = restrict(live_rows(actor, spec), actor, spec).filter(order=order_id).order_by("created_at")[:SHOWN]
    return [
        {
            "url": f"/{spec.plural}/{row['pk']}",
            "number": row["number"],
            "status": DeliveryStatus(row["status"]).label,
            "color": COLORS[DeliveryStatus(row["status"])],
            "hint": " ".join(filter(None, (row["carrier"], row["tracking_number"]))),
        }
        for row in rows.values("pk", "number", "status", "carrier", "tracking_number")
    ]


def delivery_goods(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what a delivery holds, from where, and the next steps."""
    delivery_id = row["id"]
    lines = lines_of_delivery(delivery_id)
    picks: dict[uuid.UUID, list[str]] = defaultdict(list)
    for pick in DeliveryPick.objects.filter(line__delivery=delivery_id).select_related("place").order_by("id"):
        picks[pick.line_id].append(" ".join(filter(None, (pick.place.code, pick.lot, pick.serial))))
    back = returned_of(delivery_id) if row.get("status") in {"shipped", "delivered"} else {}
    return macro(
        TEMPLATE,
        "delivery",
        {
            "live_url": f"/{spec.plural}/{delivery_id}/supply",
            "rows": [
                {
                    "name": line.name, "unit": line.unit, "quantity": plain(line.quantity),
                    "where": _some(picks[line.pk]), "returned": plain(back[line.pk]) if back.get(line.pk) else "",
                }
                for line in lines
            ],
            "steps": _delivery_steps(actor, spec, row, has_goods=bool(lines)),
            "tracking": _tracking(row),
        },
    )  # fmt: skip


def _some(texts: list[str]) -> str:
    more = len(texts) - CODES_SHOWN
    shown = ", ".join(texts[:CODES_SHOWN])
    return shown if more <= 0 else ngettext("%(some)s and %(more)d more", "%(some)s and %(more)d more", more) % {
        "some": shown, "more": more,
    }  # fmt: skip


def _delivery_steps(actor: Actor, spec: ObjectSpec, row: Row, *, has_goods: bool) -> list[dict[str, Any]]:
    if not may(actor, spec, Action.EDIT) or supply_setting(actor.organization).is_mirror:
        return []
    url, status = f"/{spec.plural}/{row['id']}", row.get("status")
    if status in OPEN_DELIVERIES:
        steps = [{"label": _("Cancel the delivery"), "url": f"{url}/cancel", "post": True}]
        if has_goods:
            steps.append({"label": _("Pick"), "url": f"{url}/pick", "icon": "list-check"})
            steps.append({"label": _("Ship"), "url": f"{url}/ship", "icon": "truck-delivery", "primary": True})
        return steps
    steps = []
    if status in {"shipped", "delivered"} and works_with_stock(actor) and row.get("warehouse"):
        steps.append({"label": pgettext("goods", "Take back"), "url": f"{url}/return", "icon": "arrow-back-up"})
    if status == "shipped":
        steps.append({"label": _("It has arrived"), "url": f"{url}/arrived", "icon": "check", "primary": True})
    return steps


def _tracking(row: Row) -> dict[str, str] | None:
    if not row.get("tracking_number"):
        return None
    carrier = Carrier.objects.filter(name=row.get("carrier") or "").first()
    url = carrier.tracking_url.replace("{number}", quote(str(row["tracking_number"]), safe="")) if carrier else ""
    return {"text": " ".join(filter(None, (str(row.get("carrier") or ""), str(row["tracking_number"])))), "url": url}


def purchase_state(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return what has come of a purchase order, and the next steps."""
    lines = list(
        PurchaseOrderLine.objects.filter(purchase_order=row["id"], deleted_at__isnull=True).order_by("position", "id")
    )
    moves = (
        StockMove.objects.filter(document=f"{spec.name}:{row['id']}", kind=MoveKind.RECEIPT)
        .select_related("product", "to_place")
        .order_by("-pk")[:SHOWN]
    )
    return macro(
        TEMPLATE,
        "purchase",
        {
            "live_url": f"/{spec.plural}/{row['id']}/supply",
            "rows": [
                {
                    "name": line.name, "unit": line.unit, "quantity": plain(line.quantity) if line.quantity else "0",
                    "received": plain(line.received) if line.received else "0",
                    "is_whole": bool(line.quantity) and line.received >= line.quantity,
                }
                for line in lines
            ],
            "steps": _purchase_steps(actor, spec, row, has_lines=bool(lines)),
            "receipts": [
                {
                    "when": told_instant(move.at),
                    "text": " · ".join(
                        filter(None, (f"{plain(move.quantity)} × {move.product.name}", move.lot, move.serial,
                                      move.to_place.code if move.to_place else "", move.note))
                    ),
                }
                for move in moves
            ],
        },
    )  # fmt: skip


def _purchase_steps(actor: Actor, spec: ObjectSpec, row: Row, *, has_lines: bool) -> list[dict[str, Any]]:
    url, status, steps = f"/{spec.plural}/{row['id']}", row.get("status"), []
    may_edit = may(actor, spec, Action.EDIT)
    if status == PurchaseStatus.DRAFT and may_edit and has_lines:
        steps.append({"label": _("Order"), "url": f"{url}/place", "icon": "send", "primary": True, "post": True})
    if status in COMING_PURCHASES:
        if may_edit:
            steps.append({"label": _("Give up the rest"), "url": f"{url}/close", "post": True})
        if row.get("order") and may_edit:
            label = _("The supplier has sent it")
            steps.append({"label": label, "url": f"{url}/shipped", "icon": "truck-delivery", "primary": True})
        elif not row.get("order") and works_with_stock(actor) and not supply_setting(actor.organization).is_mirror:
            steps.append({"label": _("Receive"), "url": f"{url}/receive", "icon": "truck-loading", "primary": True})
    return steps


def product_stock(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return how much there is of a product, and who sells it to us."""
    if not sees_stock(actor):
        return None
    known = StockedProduct.objects.filter(product=row["id"]).first()
    is_kept = known is not None and known.is_stocked
    works = works_with_stock(actor)
    if not is_kept and not works:
        return None
    coming = incoming_by_pair([row["id"]]) if is_kept else {}
    levels = StockLevel.objects.filter(product=row["id"], warehouse__deleted_at__isnull=True).select_related(
        "warehouse"
    )
    rows = [
        {
            "warehouse": level.warehouse.name, "on_hand": plain(level.on_hand) if level.on_hand else "0",
            "reserved": plain(level.reserved) if level.reserved else "0",
            "free": plain(level.on_hand - level.reserved) if level.on_hand > level.reserved else "0",
            "coming": plain(coming[level.product_id, level.warehouse_id])
            if coming.get((level.product_id, level.warehouse_id), ZERO) else "",
            "minimum": plain(level.minimum) if level.minimum else "",
            "is_short": level.on_hand - level.reserved < level.minimum or level.on_hand == level.reserved,
        }
        for level in levels.order_by("warehouse__position")
    ]  # fmt: skip
    items = SupplierItem.objects.filter(product=row["id"], supplier__is_active=True).select_related(
        "supplier__customer"
    )
    return macro(
        TEMPLATE,
        "product",
        {
            "live_url": f"/{spec.plural}/{row['id']}/stock",
            "is_kept": is_kept,
            "rows": rows if is_kept else [],
            "tracking": Tracking(known.tracking).label if known else "",
            "keep_url": f"/{spec.plural}/{row['id']}/keep-stock" if works else "",
            "moves_url": f"/stock/moves?product={row['id']}",
            "suppliers": [
                {
                    "name": item.supplier.customer.name,
                    "url": f"/customers/{item.supplier.customer_id}",
                    "text": _terms(actor, item),
                }
                for item in items[:SHOWN]
            ]
            if buys(actor)
            else [],
        },
    )


def _terms(actor: Actor, item: SupplierItem) -> str:
    words = [item.article_number]
    if item.price is not None:
        price = {item.supplier.currency or actor.currency: item.price}
        words.append(amounts_text(actor, price, is_whole=False))
    if item.least:
        words.append(_("at least %(number)s") % {"number": plain(item.least)})
    days = item.lead_days if item.lead_days is not None else item.supplier.lead_days
    if days is not None:
        words.append(ngettext("%(days)d day", "%(days)d days", days) % {"days": days})
    return " · ".join(filter(None, words))


def supplier(actor: Actor, spec: ObjectSpec, row: Row) -> Markup | None:
    """Return a customer record as supplier: its terms and conditions; None for whoever does not buy."""
    if not buys(actor):
        return None
    known = Supplier.objects.filter(customer=row["id"], is_active=True).first()
    url = f"/{spec.plural}/{row['id']}/supplier"
    items = SupplierItem.objects.filter(supplier=known).select_related("product", "supplier") if known else []
    terms = []
    if known and known.lead_days is not None:
        days = ngettext("%(days)d day", "%(days)d days", known.lead_days) % {"days": known.lead_days}
        terms.append(_("Lead time %(days)s") % {"days": days})
    if known and known.terms:
        terms.append(known.terms)
    return macro(
        TEMPLATE,
        "supplier",
        {
            "is_supplier": known is not None,
            "terms": " · ".join(terms) or _("We buy from them."),
            "items": [
                {
                    "product": item.product.name, "text": _terms(actor, item),
                    "edit_url": f"{url}/items?{urlencode({'item': item.pk})}", "drop_url": f"{url}/items/{item.pk}/drop",
                }
                for item in items
            ],
            "terms_url": url,
            "add_url": f"{url}/items",
            "orders_url": f"/purchase-orders?{urlencode({'supplier': row['id'], 'display': 'table'})}",
        },
    )  # fmt: skip
