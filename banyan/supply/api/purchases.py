"""The interface to what happens to a purchase order: ordered, confirmed, received, sent to the customer, closed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.bodies import body_of, day_in, objects_in
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Route, register_route
from banyan.core.api.views.records import record_answer
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.query import fetch_row
from banyan.supply.api.deliveries import DAY, TEXT, listed, step_operation
from banyan.supply.api.reading import (
    ID,
    QUANTITY,
    Json,
    day_named,
    id_in,
    named_by_position,
    only_known,
    positions,
    quantity_in,
    text_in,
)
from banyan.supply.choices import PURCHASE, PurchaseStatus
from banyan.supply.services import purchasing
from banyan.supply.services.direct import ship_direct

PURCHASES, PURCHASE_ORDER, GOODS = "purchase-orders", "purchase_order", "goods"
RECEIVED: Json = {"line": ID, "quantity": QUANTITY, "place": ID, "lot": TEXT, "serial": TEXT, "expires_on": DAY}


def order(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Order: from now on the goods are on their way."""
    body_of(call, ())
    fetch_row(call.actor, call.spec(PURCHASES), id, columns=("version",))
    purchasing.set_status(call.actor, id, PurchaseStatus.ORDERED)
    return record_answer(call, call.spec(PURCHASES), id)


def confirm(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Write down for which day the supplier has confirmed."""
    body = body_of(call, ("confirmed_on", "reference"))
    day = day_in(call, body, "confirmed_on")
    if day is None:
        raise Invalid([FieldError("confirmed_on", "required", _("Give a day such as 2027-03-31."))])
    with named_by_position({"day": "confirmed_on"}):
        purchasing.confirm_by_supplier(call.actor, id, day=day, reference=text_in(body, "reference"))
    return record_answer(call, call.spec(PURCHASES), id)


def receive(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Take in what has come, all of it or nothing."""
    body = body_of(call, (GOODS, "note"))
    items = objects_in(body, GOODS)
    received = []
    for position, item in enumerate(items):
        where = f"{GOODS}.{position}"
        only_known(item, where, ("line", "quantity", "place", "lot", "serial", "expires_on"))
        received.append(
            purchasing.Received(
                id_in(f"{where}.line", item.get("line")), quantity_in(f"{where}.quantity", item.get("quantity")),
                id_in(f"{where}.place", item.get("place")), text_in(item, "lot"), text_in(item, "serial"),
                day_named(f"{where}.expires_on", item.get("expires_on")),
            )
        )  # fmt: skip
    names = {**positions(items, GOODS, "line_"), **positions(items, GOODS, "lots_")}
    with named_by_position(names):
        purchasing.receive(call.actor, id, received, note=text_in(body, "note"))
    return record_answer(call, call.spec(PURCHASES), id)


def send_direct(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Write down that the supplier has sent the goods to the customer."""
    body = body_of(call, ("carrier", "tracking_number", "shipped_on"))
    ship_direct(
        call.actor,
        id,
        carrier=text_in(body, "carrier"),
        tracking_number=text_in(body, "tracking_number"),
        shipped_on=day_in(call, body, "shipped_on"),
    )
    return record_answer(call, call.spec(PURCHASES), id)


def close(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Give up what has not come."""
    body_of(call, ())
    purchasing.give_up_rest(call.actor, id)
    return record_answer(call, call.spec(PURCHASES), id)


def register() -> None:
    """Add the paths to the interface."""
    goods = {GOODS: listed(RECEIVED, ("line", "quantity", "place")), "note": TEXT}
    sent = {"carrier": TEXT, "tracking_number": TEXT, "shipped_on": DAY}
    day = {"confirmed_on": {"type": "string", "format": "date"}, "reference": TEXT}
    steps: tuple[tuple[str, Any, str, Callable[[], str], Json], ...] = (
        ("order", order, "order_purchase", lambda: _("Order from the supplier"), {}),
        ("confirm", confirm, "confirm_purchase", lambda: _("Write down the supplier's confirmation"), day),
        ("receive", receive, "receive_purchase", lambda: _("Take in what has come"), goods),
        ("send-direct", send_direct, "send_purchase_direct", lambda: _("Write down a drop shipment"), sent),
        ("close", close, "close_purchase", lambda: _("Give up what has not come"), {}),
    )
    for path, view, name, summary, body in steps:

        def describe(name: str = name, summary: Callable[[], str] = summary, body: Json = body) -> Operation:
            return step_operation(name, PURCHASE_ORDER, summary, body)

        register_route(Route("POST", f"/{PURCHASES}/{{id}}/{path}", view, describe, module=PURCHASE))
