"""What the REST interface says of a customer beside the record itself: the group of companies that it belongs to."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Reply, Route, register_route
from banyan.core.listing.query import fetch_row
from banyan.core.objects.registry import objects
from banyan.customers.groups import Member, add_up, group_of

Json = dict[str, Any]
ID: Json = {"type": "string", "format": "uuid"}
AMOUNTS: Json = {"type": "object", "additionalProperties": {"type": "string"}}
FIGURE: Json = {"type": "object", "properties": {"count": {"type": "integer"}, "amounts": AMOUNTS}}
MEMBER: Json = {
    "type": "object",
    "properties": {
        "id": ID,
        "name": {"type": "string"},
        "parent": {"anyOf": [ID, {"type": "null"}]},
        "figures": {"type": "object", "additionalProperties": FIGURE},
    },
    "required": ["id", "name", "parent", "figures"],
}
ANSWER: Json = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": MEMBER}},
    "required": ["items"],
}


def show_group(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with the companies of a customer's group, parents first, each with what it and all below add up to."""
    call.allow_only(())
    fetch_row(call.actor, call.spec("customers"), id, columns=("version",))
    roots = group_of(call.actor, id)
    add_up(call.actor, roots)
    return Answer({"items": [item for root in roots for item in _items(root)]})


def _items(member: Member) -> list[Json]:
    figures = {
        name: {"count": member.counts[name], "amounts": {key: str(total) for key, total in sums.items()}}
        for name, sums in member.sums.items()
    }
    own = {"id": member.id, "name": member.name, "parent": member.parent_id, "figures": figures}
    return [own, *(item for child in member.children for item in _items(child))]


def group_operation() -> Operation:
    """Describe the group of a customer."""
    return Operation(
        id="customer_group",
        summary=_("Show the group of companies of a customer"),
        description=_(
            "Figures of a company include those of all companies below it, as far as the caller may see them."
        ),
        tag=objects["customer"].label_plural,
        replies={200: Reply(_("The companies of the group, parents before their subsidiaries."), ANSWER)},
    )


def register() -> None:
    """Add the path to the interface."""
    register_route(Route("GET", "/customers/{id}/group", show_group, group_operation, module="customers"))
