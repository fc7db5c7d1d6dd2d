"""The interface to deliveries: planned with given quantities, picked, shipped, arrived, given up, taken back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.api.answers import Answer
from banyan.core.api.bodies import body_of, day_in, objects_in
from banyan.core.api.calls import Call
from banyan.core.api.openapi import operations
from banyan.core.api.openapi.schemas import object_schemas
from banyan.core.api.routes import Operation, Reply, Route, component_name, item_reference, register_route
from banyan.core.api.views.records import record_answer
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import objects
from banyan.core.records import door
from banyan.supply.api.reading import (
    ID,
    MOST,
    QUANTITY,
    Json,
    id_in,
    named_by_position,
    only_known,
    positions,
    quantity_in,
    text_in,
)
from banyan.supply.choices import STOCK
from banyan.supply.models import DeliveryPick
from banyan.supply.queries import Deliverable, deliverables, lines_of_delivery
from banyan.supply.rules import plain
from banyan.supply.services import deliveries as services
from banyan.supply.services.returns import Returned, returned_of, take_back

DELIVERIES, DELIVERY, LINES = "deliveries", "delivery", "lines"
TEXT: Json = {"type": ["string", "null"]}
DAY: Json = {"type": ["string", "null"], "format": "date"}
PLANNED: Json = {"order_line": ID, "product": {**ID, "type": ["string", "null"]}, "quantity": QUANTITY}
PICK: Json = {"line": ID, "place": ID, "quantity": QUANTITY, "lot": TEXT, "serial": TEXT}
RETURNED: Json = {"line": ID, "quantity": QUANTITY, "lot": TEXT, "serial": TEXT}


def listed(properties: Json, required: Sequence[str]) -> Json:
    """Return the schema of a list of such objects."""
    item = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "array", "maxItems": MOST, "items": item}


def create(call: Call) -> Answer:
    """Plan a delivery: of the quantities in the body, or of everything that its warehouse can send now."""
    call.allow_only(("confirmed",))
    spec = call.spec(DELIVERIES)
    require(call.actor, spec, Action.CREATE)
    values = call.json()
    if LINES not in values:
        made: Any = door.create(call.actor, spec, values)
    else:
        items = objects_in(values, LINES)
        del values[LINES]
        order_id = id_in("order", values.pop("order", None))
        warehouse = values.pop("warehouse", None)
        fetch_row(call.actor, call.spec("orders"), order_id, columns=("version",))
        lines = deliverables(order_id)
        keys = [_key(position, item, lines) for position, item in enumerate(items)]
        quantities = {}
        for position, (key, item) in enumerate(zip(keys, items, strict=True)):
            quantities[key] = quantity_in(f"{LINES}.{position}.quantity", item.get("quantity"))
        if len(quantities) < len(items):
            raise Invalid([FieldError(LINES, "twice", _("Each line of the order is named once."))])
        names = {f"quantity_{key}": f"{LINES}.{position}.quantity" for position, key in enumerate(keys)}
        with named_by_position(names):
            made = services.plan_delivery(
                call.actor,
                order_id,
                warehouse_id=id_in("warehouse", warehouse) if warehouse else None,
                quantities=quantities,
                values=values,
            )
    answer = record_answer(call, spec, made.pk, status=201)
    answer.headers["Location"] = reverse("api", args=[f"{spec.plural}/{made.pk}"])
    return answer


def _key(position: int, item: Json, lines: Sequence[Deliverable]) -> uuid.UUID:
    """Return what of the order a line of the body is; a bundle's parts are told apart by the product."""
    where = f"{LINES}.{position}"
    only_known(item, where, ("order_line", "product", "quantity"))
    order_line = id_in(f"{where}.order_line", item.get("order_line"))
    found = [line for line in lines if line.line_id == order_line]
    if item.get("product"):
        product = id_in(f"{where}.product", item["product"])
        found = [line for line in found if line.product_id == product]
    if not found:
        message = _("This line does not belong to the order.")
        raise Invalid([FieldError(f"{where}.order_line", "unknown_record", message)])
    if len(found) > 1:
        message = _("This line is sent in parts: name the product of each.")
        raise Invalid([FieldError(f"{where}.product", "required", message)])
    return found[0].key


def list_lines(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with what a delivery holds, from where it is taken, and what came back."""
    call.allow_only(())
    fetch_row(call.actor, call.spec(DELIVERIES), id, columns=("version",))
    back = returned_of(id)
    picks: dict[uuid.UUID, list[Json]] = {}
    for pick in DeliveryPick.objects.filter(line__delivery=id).order_by("id"):
        entry = {"place": pick.place_id, "quantity": plain(pick.quantity), "lot": pick.lot, "serial": pick.serial}
        picks.setdefault(pick.line_id, []).append(entry)
    items = [
        {
            "id": line.pk, "order_line": line.order_line_id, "product": line.product_id, "name": line.name,
            "unit": line.unit, "quantity": plain(line.quantity),
            "returned": plain(back[line.pk]) if line.pk in back else "0", "picks": picks.get(line.pk, []),
        }
        for line in lines_of_delivery(id)
    ]  # fmt: skip
    return Answer({"items": items})


def pick(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Say from where goods are taken; without ``picks`` from where the pick list proposes."""
    body = body_of(call, ("picks",))
    items = objects_in(body, "picks") if "picks" in body else None
    picks = None
    if items is not None:
        picks = []
        for position, item in enumerate(items):
            where = f"picks.{position}"
            only_known(item, where, ("line", "place", "quantity", "lot", "serial"))
            picks.append(
                services.Pick(
                    id_in(f"{where}.line", item.get("line")), id_in(f"{where}.place", item.get("place")),
                    quantity_in(f"{where}.quantity", item.get("quantity")), text_in(item, "lot"), text_in(item, "serial"),
                )
            )  # fmt: skip
    with named_by_position(positions(items or (), "picks", "line_")):
        services.pick_delivery(call.actor, id, picks)
    return record_answer(call, call.spec(DELIVERIES), id)


def ship(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Let the goods leave."""
    body = body_of(call, ("carrier", "tracking_number", "shipped_on"))
    services.ship_delivery(
        call.actor,
        id,
        shipped_on=day_in(call, body, "shipped_on"),
        carrier=text_in(body, "carrier"),
        tracking_number=text_in(body, "tracking_number"),
    )
    return record_answer(call, call.spec(DELIVERIES), id)


def arrive(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Write down that the goods have arrived."""
    body = body_of(call, ("received_by", "delivered_on"))
    day = day_in(call, body, "delivered_on")
    services.confirm_arrival(call.actor, id, received_by=text_in(body, "received_by"), on=day)
    return record_answer(call, call.spec(DELIVERIES), id)


def cancel(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Give up a delivery that has not left."""
    body_of(call, ())
    services.cancel_delivery(call.actor, id)
    return record_answer(call, call.spec(DELIVERIES), id)


def return_goods(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Book goods of a delivery back in: held back until somebody has looked at them, unless the body says otherwise."""
    body = body_of(call, (LINES, "is_held", "note"))
    items = objects_in(body, LINES)
    is_held = body.get("is_held", True)
    if not isinstance(is_held, bool):
        raise Invalid([FieldError("is_held", "bad_value", _("Answer with true or false."))])
    returned = []
    for position, item in enumerate(items):
        where = f"{LINES}.{position}"
        only_known(item, where, ("line", "quantity", "lot", "serial"))
        line = id_in(f"{where}.line", item.get("line"))
        quantity = quantity_in(f"{where}.quantity", item.get("quantity"))
        returned.append(Returned(line, quantity, text_in(item, "lot"), text_in(item, "serial")))
    with named_by_position(positions(items, LINES, "line_")):
        take_back(call.actor, id, returned, is_held=is_held, note=text_in(body, "note"))
    return record_answer(call, call.spec(DELIVERIES), id)


def step_operation(name: str, object_name: str, summary: Callable[[], str], body: Json | None) -> Operation:
    """Describe a step of a delivery or a purchase order, which answers with the record."""
    return Operation(
        id=name, summary=summary(), tag=objects[object_name].label_plural, body_required=False,
        body=None if body is None else {"type": "object", "properties": body},
        replies={200: Reply("OK", item_reference(object_name))}, problems=(400, 404, 409, 413, 415, 422),
    )  # fmt: skip


def _create_operation() -> Operation:
    spec = objects[DELIVERY]
    found = operations.create_operation(spec)
    body = object_schemas(spec)[f"{component_name(DELIVERY)}Create"]
    body = {**body, "properties": {**body["properties"], LINES: listed(PLANNED, ("order_line", "quantity"))}}
    body.pop("additionalProperties", None)
    description = _("Without lines it holds everything that its warehouse can send of the order now.")
    return Operation(**{**found.__dict__, "body": body, "description": description})


def _lines_operation() -> Operation:
    texts = {key: {"type": "string"} for key in ("name", "unit")}
    picks = listed({key: entry for key, entry in PICK.items() if key != "line"}, ())
    rows = listed({"id": ID, **PLANNED, **texts, "returned": QUANTITY, "picks": picks}, ())
    return Operation(
        "list_delivery_lines",
        _("List what a delivery holds"),
        objects[DELIVERY].label_plural,
        {200: Reply("OK", {"type": "object", "properties": {"items": rows}})},
        problems=(404,),
    )


def register() -> None:
    """Add the paths to the interface."""
    picks = {"picks": listed(PICK, ("line", "place", "quantity"))}
    sent = {"carrier": TEXT, "tracking_number": TEXT, "shipped_on": DAY}
    came = {"received_by": TEXT, "delivered_on": DAY}
    back = {LINES: listed(RETURNED, ("line", "quantity")), "is_held": {"type": "boolean"}, "note": TEXT}
    steps: tuple[tuple[str, Any, str, Callable[[], str], Json], ...] = (
        ("pick", pick, "pick_delivery", lambda: _("Say from where goods are taken"), picks),
        ("ship", ship, "ship_delivery", lambda: _("Ship a delivery"), sent),
        ("arrive", arrive, "confirm_arrival", lambda: _("Write down that a delivery has arrived"), came),
        ("cancel", cancel, "cancel_delivery", lambda: _("Give up a delivery"), {}),
        ("take-back", return_goods, "take_delivery_back", lambda: _("Book goods of a delivery back in"), back),
    )
    for path, view, name, summary, body in steps:

        def describe(name: str = name, summary: Callable[[], str] = summary, body: Json = body) -> Operation:
            return step_operation(name, DELIVERY, summary, body)

        register_route(Route("POST", f"/{DELIVERIES}/{{id}}/{path}", view, describe, module=STOCK))
    register_route(Route("POST", f"/{DELIVERIES}", create, _create_operation, module=STOCK))
    register_route(Route("GET", f"/{DELIVERIES}/{{id}}/lines", list_lines, _lines_operation, module=STOCK))
