"""The interface to stock: how much there is, moving goods, taking stock over from another system, and serial numbers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.supply.api.reading import (
    ID,
    MOST,
    QUANTITY,
    Json,
    day_named,
    id_in,
    items_in,
    only_known,
    quantity_in,
    text_in,
)
from banyan.supply.choices import STOCK, MoveKind
from banyan.supply.engine.ledger import move_stock
from banyan.supply.engine.moves import Move
from banyan.supply.models import Place, StockLevel
from banyan.supply.permissions import require_sight, require_stock_work
from banyan.supply.queries import incoming_by_pair
from banyan.supply.rules import ZERO, plain
from banyan.supply.services.lots import Expiry, lots_in_stock, set_expiries
from banyan.supply.services.returns import serial_facts
from banyan.supply.services.stock import Mirrored, mirror_stock

#: What people and programs book by hand; everything else follows from deliveries, receipts and counts.
BY_HAND = (MoveKind.TRANSFER, MoveKind.ADJUSTMENT)


def list_stock(call: Call) -> Answer:
    """Answer with how much there is, by product and warehouse."""
    call.allow_only(("product", "warehouse", "after", "limit"))
    require_sight(call.actor)
    rows = StockLevel.objects.filter(product__deleted_at__isnull=True, warehouse__deleted_at__isnull=True)
    for name in ("product", "warehouse"):
        if call.parameter(name):
            rows = rows.filter(**{name: id_in(name, call.parameter(name))})
    if call.parameter("after"):
        rows = rows.filter(pk__gt=id_in("after", call.parameter("after")))
    limit = call.whole_number("limit", default=100, maximum=MOST)
    found = list(rows.select_related("product", "warehouse").order_by("pk")[: limit + 1])
    coming = incoming_by_pair({row.product_id for row in found[:limit]})
    items = [
        {
            "product": str(row.product_id), "product_code": row.product.code, "product_name": row.product.name,
            "warehouse": str(row.warehouse_id), "warehouse_code": row.warehouse.code,
            "on_hand": plain(row.on_hand), "reserved": plain(row.reserved),
            "available": plain(row.on_hand - row.reserved), "held": plain(row.held),
            "incoming": plain(coming.get((row.product_id, row.warehouse_id), ZERO)), "minimum": plain(row.minimum),
        }
        for row in found[:limit]
    ]  # fmt: skip
    return Answer({"items": items, "next": str(found[limit - 1].pk) if len(found) > limit else None})


def list_places(call: Call) -> Answer:
    """Answer with the places of all warehouses."""
    call.allow_only(())
    require_sight(call.actor)
    rows = Place.objects.filter(is_active=True, warehouse__deleted_at__isnull=True).select_related("warehouse")
    items = [
        {"id": str(row.pk), "warehouse": str(row.warehouse_id), "code": row.code, "is_held": row.is_held}
        for row in rows.order_by("warehouse__position", "position", "code")
    ]
    return Answer({"items": items, "next": None})


def book_moves(call: Call) -> Answer:
    """Move goods: all of the moves, or none."""
    call.allow_only(())
    require_stock_work(call.actor)
    items = items_in(call.json(), "moves")
    moves = []
    for position, item in enumerate(items):
        where = f"moves.{position}"
        only_known(item, where, ("product", "quantity", "from_place", "to_place", "lot", "serial", "kind", "note"))
        kind = item.get("kind") or (
            MoveKind.TRANSFER if item.get("from_place") and item.get("to_place") else MoveKind.ADJUSTMENT
        )
        if kind not in BY_HAND:
            message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(BY_HAND)}
            raise Invalid([FieldError(f"{where}.kind", "unknown_choice", message)])
        moves.append(
            Move(
                id_in(f"{where}.product", item.get("product")), quantity_in(f"{where}.quantity", item.get("quantity")),
                MoveKind(kind),
                id_in(f"{where}.from_place", item["from_place"]) if item.get("from_place") else None,
                id_in(f"{where}.to_place", item["to_place"]) if item.get("to_place") else None,
                text_in(item, "lot"), text_in(item, "serial"), note=text_in(item, "note"),
            )
        )  # fmt: skip
    return Answer({"ids": [str(pk) for pk in move_stock(call.actor, moves)]}, status=201)


def mirror(call: Call) -> Answer:
    """Take over how much there is from the system that keeps the stock."""
    call.allow_only(())
    rows = []
    for position, item in enumerate(items_in(call.json(), "items")):
        where = f"items.{position}"
        only_known(item, where, ("product", "place", "on_hand", "lot", "serial"))
        rows.append(
            Mirrored(
                id_in(f"{where}.product", item.get("product")), id_in(f"{where}.place", item.get("place")),
                quantity_in(f"{where}.on_hand", item.get("on_hand")), text_in(item, "lot"), text_in(item, "serial"),
            )
        )  # fmt: skip
    return Answer({"changed": mirror_stock(call.actor, rows)})


def find_serial(call: Call) -> Answer:
    """Answer with the pieces that have a serial number: where they are, whose, and until when they have warranty."""
    call.allow_only(("code", "product"))
    require_sight(call.actor)
    code = call.parameter("code")
    if not code:
        raise Invalid([FieldError("code", "required", _("Give the serial number."))])
    product = id_in("product", call.parameter("product")) if call.parameter("product") else None
    items = [
        {
            "product": str(row.product_id), "product_name": row.product.name, "code": row.code, "lot": row.lot,
            "place": str(row.place_id) if row.place_id else None,
            "customer": str(row.customer_id) if row.customer_id and not row.place_id else None,
            "order": str(row.order_id) if row.order_id and not row.place_id else None,
            "delivered_on": row.delivered_on.isoformat() if row.delivered_on else None,
            "warranty_until": row.warranty_until.isoformat() if row.warranty_until else None,
        }
        for row in serial_facts(product, code)
    ]  # fmt: skip
    return Answer({"items": items, "next": None})


def list_lots(call: Call) -> Answer:
    """Answer with the lots in stock, those that expire first before others."""
    call.allow_only(("product",))
    require_sight(call.actor)
    product = id_in("product", call.parameter("product")) if call.parameter("product") else None
    items = [
        {
            "product": str(lot.product_id), "product_name": lot.product, "lot": lot.lot, "on_hand": plain(lot.on_hand),
            "expires_on": lot.expires_on.isoformat() if lot.expires_on else None,
        }
        for lot in lots_in_stock(product_id=product, limit=MOST)
    ]  # fmt: skip
    return Answer({"items": items, "next": None})


def set_lots(call: Call) -> Answer:
    """Say until when lots keep: all of them, or none."""
    call.allow_only(())
    given = []
    for position, item in enumerate(items_in(call.json(), "lots")):
        where = f"lots.{position}"
        only_known(item, where, ("product", "lot", "expires_on"))
        day = day_named(f"{where}.expires_on", item.get("expires_on"))
        given.append(Expiry(id_in(f"{where}.product", item.get("product")), text_in(item, "lot"), day))
    set_expiries(call.actor, given)
    return Answer({"changed": len(given)})


def _listing(description: Any, properties: Json) -> Reply:
    rows = {"type": "array", "items": {"type": "object", "properties": properties}}
    schema = {"type": "object", "properties": {"items": rows, "next": {"type": ["string", "null"]}}}
    return Reply(description, schema)


def _body(name: str, properties: Json, required: tuple[str, ...]) -> Json:
    item = {"type": "object", "properties": properties, "required": list(required)}
    return {
        "type": "object",
        "properties": {name: {"type": "array", "maxItems": MOST, "items": item}},
        "required": [name],
    }


def _stock_operation() -> Operation:
    quantities = dict.fromkeys(("on_hand", "reserved", "available", "held", "incoming", "minimum"), QUANTITY)
    texts = {key: {"type": "string"} for key in ("product_code", "product_name", "warehouse_code")}
    return Operation(
        "list_stock",
        _("Ask how much there is"),
        _("Stock"),
        {200: _listing(_("Products by warehouse."), {"product": ID, "warehouse": ID, **texts, **quantities})},
        _("Available is what is on hand and not reserved; held is what nobody may sell; incoming is on its way."),
        (
            Parameter("product", _("Only this product."), ID),
            Parameter("warehouse", _("Only this warehouse."), ID),
            Parameter("after", _("The “next” of the page before."), ID),
            Parameter("limit", _("How many rows, at most 1,000."), {"type": "integer", "minimum": 1, "maximum": MOST}),
        ),
        problems=(400, 422),
    )


def _places_operation() -> Operation:
    properties = {"id": ID, "warehouse": ID, "code": {"type": "string"}, "is_held": {"type": "boolean"}}
    return Operation(
        "list_stock_places",
        _("List the places of warehouses"),
        _("Stock"),
        {200: _listing(_("The places."), properties)},
    )


def _moves_operation() -> Operation:
    texts = {key: {"type": "string"} for key in ("lot", "serial", "note")}
    properties = {
        "product": ID, "quantity": QUANTITY, "from_place": {**ID, "type": ["string", "null"]},
        "to_place": {**ID, "type": ["string", "null"]}, "kind": {"type": "string", "enum": [str(kind) for kind in BY_HAND]},
        **texts,
    }  # fmt: skip
    return Operation(
        "move_stock",
        _("Move goods"),
        _("Stock"),
        {
            201: Reply(
                _("The ids of the moves."), {"type": "object", "properties": {"ids": {"type": "array", "items": ID}}}
            )
        },
        _("All or nothing. Without from_place goods come from outside, without to_place they go there."),
        body=_body("moves", properties, ("product", "quantity")),
        problems=(400, 409, 413, 415, 422),
    )


def _mirror_operation() -> Operation:
    texts = {key: {"type": "string"} for key in ("lot", "serial")}
    return Operation(
        "mirror_stock",
        _("Take stock over from the system that keeps it"),
        _("Stock"),
        {200: Reply(_("How many rows changed."), {"type": "object", "properties": {"changed": {"type": "integer"}}})},
        _(
            "Each row says how much lies at a place; what is not named stays. Only while another system keeps the stock."
        ),
        body=_body(
            "items", {"product": ID, "place": ID, "on_hand": QUANTITY, **texts}, ("product", "place", "on_hand")
        ),
        problems=(400, 409, 413, 415, 422),
    )


def _serial_operation() -> Operation:
    ids = {key: {**ID, "type": ["string", "null"]} for key in ("product", "place", "customer", "order")}
    texts = {key: {"type": "string"} for key in ("product_name", "code", "lot")}
    days = {key: {"type": ["string", "null"], "format": "date"} for key in ("delivered_on", "warranty_until")}
    return Operation(
        "find_serial_number",
        _("Ask where a piece is"),
        _("Stock"),
        {200: _listing(_("The pieces with this number."), {**ids, **texts, **days})},
        parameters=(
            Parameter("code", _("The serial number."), {"type": "string"}),
            Parameter("product", _("Only of this product."), ID),
        ),
        problems=(400, 422),
    )


LOT_DAY: Json = {"type": ["string", "null"], "format": "date"}


def _lots_operation() -> Operation:
    properties = {"product": ID, "product_name": {"type": "string"}, "lot": {"type": "string"}, "on_hand": QUANTITY}
    return Operation(
        "list_stock_lots",
        _("List the lots in stock"),
        _("Stock"),
        {200: _listing(_("The lots, those that expire first before others."), {**properties, "expires_on": LOT_DAY})},
        parameters=(Parameter("product", _("Only of this product."), ID),),
        problems=(400, 422),
    )


def _set_lots_operation() -> Operation:
    properties = {"product": ID, "lot": {"type": "string"}, "expires_on": LOT_DAY}
    return Operation(
        "set_stock_lots",
        _("Say until when lots keep"),
        _("Stock"),
        {200: Reply(_("How many were set."), {"type": "object", "properties": {"changed": {"type": "integer"}}})},
        body=_body("lots", properties, ("product", "lot", "expires_on")),
        problems=(400, 404, 413, 415, 422),
    )


def register() -> None:
    """Add the paths to the interface."""
    register_route(Route("GET", "/stock", list_stock, _stock_operation, module=STOCK))
    register_route(Route("GET", "/stock/places", list_places, _places_operation, module=STOCK))
    register_route(Route("POST", "/stock/moves", book_moves, _moves_operation, module=STOCK))
    register_route(Route("POST", "/stock/mirror", mirror, _mirror_operation, module=STOCK))
    register_route(Route("GET", "/stock/serials", find_serial, _serial_operation, module=STOCK))
    register_route(Route("GET", "/stock/lots", list_lots, _lots_operation, module=STOCK))
    register_route(Route("POST", "/stock/lots", set_lots, _set_lots_operation, module=STOCK))
