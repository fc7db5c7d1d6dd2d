"""Public pools through the REST interface: what lies in one, claiming, assigning, releasing."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.registry import objects
from banyan.customers.pools.services import (
    LONGEST_REASON,
    MOST_AT_ONCE,
    Outcome,
    assign,
    claim,
    pool_to_enter,
    release,
)
from banyan.customers.pools.viewing import CONTACT_DATA, DESCRIBING, SORT, actor_in_pool

Json = dict[str, Any]
ID: Json = {"type": "string", "format": "uuid"}
IDS: Json = {"type": "array", "items": ID, "minItems": 1, "maxItems": MOST_AT_ONCE}
REFUSED: Json = {
    "type": "object",
    "properties": {"customer": ID, "code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["customer", "code", "message"],
}
OUTCOME: Json = {
    "type": "object",
    "properties": {
        "batch": ID,
        "done": {"type": "array", "items": ID},
        "refused": {"type": "array", "items": REFUSED},
    },
    "required": ["batch", "done", "refused"],
}
MOST_ROWS = 200


def pool_customers(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with the customers of a pool as its members see them, newest first."""
    call.allow_only(("cursor",))
    pool = pool_to_enter(call.actor, id)
    spec = call.spec("customers")
    inside = actor_in_pool(call.actor, spec, pool)
    names = [name for name in (*DESCRIBING, *CONTACT_DATA) if name in spec.all_fields]
    hidden = {"phone", "email"} if pool.contact_access == "hidden" else set()
    request = ListRequest(
        columns=tuple(name for name in names if name not in hidden),
        sort=(SORT,),
        cursor=call.parameter("cursor"),
        limit=MOST_ROWS,
    )
    found = list_rows(inside, spec, request)
    items = [
        {
            name: spec.all_fields[name].kind.to_json(value) if name != "id" else str(value)
            for name, value in row.items()
            if name == "id" or name in spec.all_fields
        }
        for row in found.rows
    ]
    return Answer({"items": items, "next": found.next_cursor})


def claim_customer(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Make a customer of a pool the caller's own."""
    call.allow_only(())
    _values(call, {})
    outcome = claim(call.actor, [id])
    outcome.only()
    return Answer(_shown(outcome))


def release_customer(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Put a customer into a pool, for a reason."""
    call.allow_only(())
    values = _values(call, {"reason": str, "pool": str})
    pool = values.get("pool")
    pool_id = parse_id(pool) if pool else None
    if pool and pool_id is None:
        raise Invalid([FieldError("pool", "unknown_record", _("There is no such pool."))])
    outcome = release(call.actor, [id], reason=values.get("reason") or "", pool_id=pool_id)
    outcome.only()
    return Answer(_shown(outcome))


def assign_customers(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Give customers of a pool to people who belong to it, in turn."""
    call.allow_only(())
    pool_to_enter(call.actor, id)
    values = _values(call, {"customers": list, "people": list})
    return Answer(_shown(assign(call.actor, _ids(values, "customers"), _ids(values, "people"))))


def _values(call: Call, known: dict[str, type]) -> Json:
    values = call.json() if call.body else {}
    for name, value in values.items():
        if name not in known or (value is not None and not isinstance(value, known[name])):
            raise Invalid([FieldError(str(name)[:60], "bad_value", _("This value is not expected here."))])
    return values


def _ids(values: Json, name: str) -> list[uuid.UUID]:
    given = values.get(name) or []
    found = [record_id for value in given if (record_id := parse_id(value)) is not None]
    if not found or len(found) < len(given) or len(found) > MOST_AT_ONCE:
        message = _("Give between one and %(count)d ids.") % {"count": MOST_AT_ONCE}
        raise Invalid([FieldError(name, "bad_value", message)])
    return list(dict.fromkeys(found))


def _shown(outcome: Outcome) -> Json:
    refused = [
        {"customer": str(pk), "code": problem.code, "message": str(problem.message)}
        for pk, problem in outcome.refused.items()
    ]
    return {"batch": str(outcome.batch_id), "done": [str(pk) for pk in outcome.done], "refused": refused}


def customers_operation() -> Operation:
    """Describe the list of a pool's customers."""
    body = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"type": "object"}}, "next": {"type": ["string", "null"]}},
        "required": ["items", "next"],
    }
    return Operation(
        id="pool_customers",
        summary=_("List the customers of a public pool"),
        description=_("Phone numbers and e-mail addresses are masked, hidden or shown as the pool has it."),
        tag=objects["pool"].label_plural,
        parameters=(Parameter("cursor", _("Where the next page begins."), {"type": "string"}),),
        problems=(400,),
        replies={200: Reply(_("The customers that lie in the pool."), body)},
    )


def claim_operation() -> Operation:
    """Describe claiming."""
    return _operation("claim_customer", _("Claim a customer from its public pool"), {}, ())


def release_operation() -> Operation:
    """Describe releasing."""
    reason = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON}
    properties = {"reason": reason, "pool": {"type": ["string", "null"], "format": "uuid"}}
    return _operation("release_customer", _("Release a customer into a public pool"), properties, ("reason",))


def assign_operation() -> Operation:
    """Describe assigning."""
    properties = {"customers": IDS, "people": IDS}
    summary = _("Assign customers of a public pool to people in turn")
    return _operation("assign_pool_customers", summary, properties, tuple(properties), tag="pool")


def _operation(
    name: str, summary: str, properties: Json, required: tuple[str, ...], *, tag: str = "customer"
) -> Operation:
    body: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        body["required"] = list(required)
    return Operation(
        id=name,
        summary=summary,
        tag=objects[tag].label_plural,
        body=body,
        body_required=bool(required),
        replies={200: Reply(_("What was done, and what was refused and why."), OUTCOME)},
        problems=(400, 409, 413, 415, 422),
    )


def register() -> None:
    """Add the paths to the interface."""
    module = "customers"
    register_route(Route("GET", "/pools/{id}/customers", pool_customers, customers_operation, module=module))
    register_route(Route("POST", "/pools/{id}/assign", assign_customers, assign_operation, module=module))
    register_route(Route("POST", "/customers/{id}/claim", claim_customer, claim_operation, module=module))
    register_route(Route("POST", "/customers/{id}/release", release_customer, release_operation, module=module))
