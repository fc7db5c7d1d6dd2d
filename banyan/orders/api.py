"""Orders in the REST interface: read and written together with their lines."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.openapi import operations
from banyan.core.api.openapi.schemas import object_schemas, reference
from banyan.core.api.preconditions import expected_version
from banyan.core.api.representation import shape_of
from banyan.core.api.routes import Operation, Reply, Route, component_name, item_reference, register_route
from banyan.core.api.views.records import record_answer, show_record
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.filters import Condition
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.registry import objects, spec_for
from banyan.orders.services import MOST_LINES, place_order, replace_lines

ORDER, LINE = "order", "order_line"
LINES = "lines"
Json = dict[str, Any]


def show_order(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with an order and, unless only some fields are asked for, its lines."""
    answer = show_record(call, call.spec("orders"), id)
    if answer.status == 200 and "fields" not in call.parameters:
        answer.body = {**answer.body, LINES: lines_of_order(call.actor, id)}
    return answer


def create_order(call: Call) -> Answer:
    """Create an order with its lines from the body and answer with both."""
    call.allow_only(())
    spec = call.spec("orders")
    values = call.json()
    lines = _lines(values.pop(LINES, []))
    order = place_order(call.actor, values, lines)
    answer = _with_lines(call, order.pk, status=201)
    answer.headers["Location"] = reverse("api", args=[f"{spec.plural}/{order.pk}"])
    return answer


def put_lines(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Let an order have exactly the lines of the body and answer with both."""
    call.allow_only(())
    values = call.json()
    unknown = sorted(values.keys() - {LINES})
    if unknown or LINES not in values:
        message = _("The body holds “lines” and nothing else.")
        raise Invalid([FieldError(unknown[0] if unknown else LINES, "bad_body", message)])
    replace_lines(call.actor, id, _lines(values[LINES]), version=expected_version(call.request))
    return _with_lines(call, id)


def lines_of_order(actor: Actor, order_id: uuid.UUID) -> list[Json]:
    """Return the lines of an order that the actor may see, as items of the interface."""
    spec = spec_for(actor.organization, LINE)
    request = ListRequest(
        filter=Condition(ORDER, "eq", (str(order_id),)),
        sort=("position",),
        columns=tuple(shown_fields(actor, spec)),
        limit=MOST_LINES,
        labelled=(),
    )
    shape = shape_of(actor, spec)
    return [shape.item(row) for row in list_rows(actor, spec, request).rows]


def _with_lines(call: Call, order_id: uuid.UUID, *, status: int = 200) -> Answer:
    answer = record_answer(call, call.spec("orders"), order_id, status=status)
    if "version" in answer.body:
        answer.body = {**answer.body, LINES: lines_of_order(call.actor, order_id)}
    return answer


def _lines(given: Any) -> list[Json]:
    if not isinstance(given, list) or not all(isinstance(line, dict) for line in given):
        raise Invalid([FieldError(LINES, "not_list", _("The lines are a list of objects."))])
    return given


def _lines_schema(*, keeps: bool) -> Json:
    """Return the schema of the lines of a body; where lines are replaced, an ``id`` keeps one."""
    body = object_schemas(objects[LINE])[f"{component_name(LINE)}Update"]
    properties = {name: schema for name, schema in body["properties"].items() if name not in {ORDER, "position"}}
    if keeps:
        properties["id"] = {"type": ["string", "null"], "format": "uuid"}
    item = {"type": "object", "properties": properties}
    return {"type": "array", "maxItems": MOST_LINES, "items": item}


def show_operation() -> Operation:
    """Describe how an order is read."""
    found = operations.show_operation(objects[ORDER])
    return _answering(found, 200)


def create_operation() -> Operation:
    """Describe how an order is created with its lines."""
    found = operations.create_operation(objects[ORDER])
    body = object_schemas(objects[ORDER])[f"{component_name(ORDER)}Create"]
    example = {"example": found.body["example"]} if found.body and "example" in found.body else {}
    body = {**body, "properties": {**body["properties"], LINES: _lines_schema(keeps=False)}, **example}
    # An organization's own fields are taken as well.
    body.pop("additionalProperties", None)
    return _answering(_changed(found, body=body), 201)


def lines_operation() -> Operation:
    """Describe how the lines of an order are replaced."""
    return Operation(
        id="replace_order_lines",
        summary=_("Replace the lines of an order"),
        description=_("Lines with an id are changed, others added, missing ones deleted. All or nothing."),
        tag=objects[ORDER].label_plural,
        body={"type": "object", "properties": {LINES: _lines_schema(keeps=True)}, "required": [LINES]},
        replies={200: Reply(_("The order with its lines."), _order_with_lines())},
        problems=(400, 409, 412, 413, 415, 422),
    )


def _order_with_lines() -> Json:
    lines = {"type": "array", "items": dict(item_reference(LINE))}
    return {"allOf": [reference(component_name(ORDER)), {"type": "object", "properties": {LINES: lines}}]}


def _answering(operation: Operation, status: int) -> Operation:
    reply = operation.replies[status]
    replies = {**operation.replies, status: Reply(reply.description, _order_with_lines(), reply.headers)}
    return _changed(operation, replies=replies)


def _changed(operation: Operation, **changes: Any) -> Operation:
    return Operation(**{**operation.__dict__, **changes})


def register() -> None:
    """Add the paths to the interface; those of an order itself take the place of the general ones."""
    register_route(Route("GET", "/orders/{id}", show_order, show_operation, module="orders"))
    register_route(Route("POST", "/orders", create_order, create_operation, module="orders"))
    register_route(Route("POST", "/orders/{id}/lines", put_lines, lines_operation, module="orders"))
