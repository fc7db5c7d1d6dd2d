"""The steps of orders and returns in the REST interface."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.bodies import body_of, day_in, objects_in
from banyan.core.api.calls import Call
from banyan.core.api.openapi import operations
from banyan.core.api.openapi.schemas import object_schemas
from banyan.core.api.preconditions import expected_version
from banyan.core.api.routes import Operation, Reply, Route, component_name, item_reference, register_route
from banyan.core.api.views.records import record_answer
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import objects
from banyan.orders.queries import return_lines_of
from banyan.orders.references import DEPTH, MODULE, ORDER, RETURN
from banyan.orders.services import delivering, returning, steps

Json = dict[str, Any]
ORDERS, RETURNS = "orders", "order-returns"
TEXT: Json = {"type": ["string", "null"]}
DAY: Json = {"type": ["string", "null"], "format": "date"}
QUANTITY: Json = {"type": ["string", "number"]}
RETURN_LINE: Json = {
    "type": "object",
    "properties": {"order_line": {"type": "string", "format": "uuid"}, "quantity": QUANTITY},
}
RETURN_LINES: Json = {"type": "array", "items": RETURN_LINE, "maxItems": returning.MOST_LINES}


def confirm(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Confirm a draft."""
    body_of(call, ())
    steps.confirm(call.actor, id, version=expected_version(call.request))
    return record_answer(call, call.spec(ORDERS), id)


def cancel(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Cancel an order."""
    body = body_of(call, ("reason",))
    steps.cancel(call.actor, id, reason=str(body.get("reason") or ""), version=expected_version(call.request))
    return record_answer(call, call.spec(ORDERS), id)


def deliver(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Note a delivery: quantities by the ids of lines."""
    body = body_of(call, ("lines", "delivered_on", "note"))
    quantities = {}
    for position, line in enumerate(objects_in(body, "lines")):
        if set(line) != {"id", "quantity"}:
            message = _("Each line has an “id” and a “quantity”.")
            raise Invalid([FieldError(f"lines.{position}", "bad_line", message)])
        quantities[str(line["id"])] = line["quantity"]
    day = day_in(call, body, "delivered_on")
    delivering.note_delivery(call.actor, id, quantities, delivered_on=day, note=str(body.get("note") or ""))
    return record_answer(call, call.spec(ORDERS), id)


def create_return(call: Call) -> Answer:
    """Write a return, at once with its lines where these are given."""
    call.allow_only(("confirmed",))
    spec = call.spec(RETURNS)
    values = call.json()
    lines = objects_in(values, "lines") if "lines" in values else None
    values.pop("lines", None)
    made = returning.request_return(call.actor, values, lines)
    answer = record_answer(call, spec, made.pk, status=201)
    answer.headers["Location"] = reverse("api", args=[f"{spec.plural}/{made.pk}"])
    return answer


def list_lines(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Answer with the lines of a return."""
    call.allow_only(())
    fetch_row(call.actor, call.spec(RETURNS), id, columns=("version", "amount"))
    items = [
        {
            "order_line": line.order_line_id,
            "name": line.order_line.name,
            "quantity": delivering.QUANTITY.to_json(line.quantity),
            "amount": f"{line.amount:.2f}",
            "tax_amount": f"{line.tax_amount:.2f}",
        }
        for line in return_lines_of(id)
    ]
    return Answer({"items": items})


def put_lines(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Let a return that was not answered yet have exactly the lines of the body."""
    returning.replace_return_lines(call.actor, id, objects_in(body_of(call, ("lines",)), "lines"))
    return list_lines(call, id)


def approve(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Agree to a return."""
    body = body_of(call, ("answer",))
    returning.approve(call.actor, id, answer=str(body.get("answer") or ""))
    return record_answer(call, call.spec(RETURNS), id)


def refuse(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Refuse a return."""
    body = body_of(call, ("answer",))
    returning.refuse(call.actor, id, answer=str(body.get("answer") or ""))
    return record_answer(call, call.spec(RETURNS), id)


def receive(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Write down that goods came back."""
    body = body_of(call, ("received_on",))
    returning.receive(call.actor, id, received_on=day_in(call, body, "received_on"))
    return record_answer(call, call.spec(RETURNS), id)


def credited(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Write down that a return was credited, where no other module does so."""
    body_of(call, ())
    returning.mark_credited(call.actor, id, by_hand=True)
    return record_answer(call, call.spec(RETURNS), id)


def create_operation() -> Operation:
    """Describe how a return is written with its lines."""
    spec = objects[RETURN]
    found = operations.create_operation(spec)
    body = object_schemas(spec)[f"{component_name(RETURN)}Create"]
    body = {**body, "properties": {**body["properties"], "lines": RETURN_LINES}}
    body.pop("additionalProperties", None)
    return Operation(**{**found.__dict__, "body": body})


def _operation(
    name: str, object_name: str, summary: Callable[[], str], body: Json | None, reply: Reply
) -> Callable[[], Operation]:
    def describe() -> Operation:
        schema = None if body is None else {"type": "object", "properties": body}
        return Operation(
            id=name, summary=summary(), tag=objects[object_name].label_plural, body=schema, body_required=False,
            replies={200: reply}, problems=(400, 404, 409, 412, 413, 415, 422),
        )  # fmt: skip

    return describe


def register() -> None:
    """Add the paths to the interface."""
    order, back = Reply("OK", item_reference(ORDER)), Reply("OK", item_reference(RETURN))
    lines = Reply("OK", {"type": "object", "properties": {"items": {"type": "array", "items": RETURN_LINE}}})
    answer = {"answer": TEXT}
    delivered = {"type": "object", "properties": {"id": {"type": "string"}, "quantity": QUANTITY}}
    delivery = {"lines": {"type": "array", "items": delivered}, "delivered_on": DAY, "note": TEXT}
    one, other = f"/{ORDERS}/{{id}}", f"/{RETURNS}/{{id}}"
    for method, path, view, name, subject, summary, body, reply, module in (
        ("POST", f"{one}/confirm", confirm, "confirm_order", ORDER, lambda: _("Confirm an order"), {}, order, MODULE),
        ("POST", f"{one}/cancel", cancel, "cancel_order", ORDER, lambda: _("Cancel an order"), {"reason": TEXT}, order, MODULE),
        ("POST", f"{one}/deliveries", deliver, "deliver_order", ORDER, lambda: _("Note a delivery"), delivery, order, DEPTH),
        ("GET", f"{other}/lines", list_lines, "list_return_lines", RETURN, lambda: _("List the lines of a return"), None, lines, DEPTH),
        ("POST", f"{other}/lines", put_lines, "replace_return_lines", RETURN, lambda: _("Replace the lines of a return"), {"lines": RETURN_LINES}, lines, DEPTH),
        ("POST", f"{other}/approve", approve, "approve_return", RETURN, lambda: _("Approve a return"), answer, back, DEPTH),
        ("POST", f"{other}/refuse", refuse, "refuse_return", RETURN, lambda: _("Refuse a return"), answer, back, DEPTH),
        ("POST", f"{other}/receive", receive, "receive_return", RETURN, lambda: _("Write down that a return came back"), {"received_on": DAY}, back, DEPTH),
        ("POST", f"{other}/credited", credited, "credit_return", RETURN, lambda: _("Mark a return as credited"), {}, back, DEPTH),
    ):  # fmt: skip
        register_route(Route(method, path, view, _operation(name, subject, summary, body, reply), module=module))
    register_route(Route("POST", f"/{RETURNS}", create_return, create_operation, module=DEPTH))
