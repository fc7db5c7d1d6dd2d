"""What the REST interface can do with segments beside reading and changing them: their rule, and who is in them."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.scopes import Action
from banyan.core.api.answers import Answer
from banyan.core.api.bodies import fitting
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Parameter, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id
from banyan.marketing.choices import MODULE
from banyan.marketing.models import Segment
from banyan.marketing.queries import find_segment, rows_of
from banyan.marketing.services.segments import SegmentValues, add_to_list, remove_from_list, save_segment

MOST_MEMBERS = 1_000
ID: dict[str, Any] = {"type": "string", "format": "uuid", "maxLength": 36}
IDS: dict[str, Any] = {"type": "array", "items": ID, "maxItems": MOST_MEMBERS}
RULE_BODY: dict[str, Any] = {
    "type": "object", "properties": {"filter": {"type": "object"}, "excluded": IDS}, "additionalProperties": False,
}  # fmt: skip
RULE: dict[str, Any] = {
    "type": "object",
    "properties": {**RULE_BODY["properties"], "object": {"type": "string"}, "members": {"type": "integer"}},
    "required": ["filter", "excluded", "object", "members"],
}
MEMBERS_BODY: dict[str, Any] = {
    "type": "object", "properties": {"add": IDS, "remove": IDS}, "additionalProperties": False,
}  # fmt: skip
MEMBERS: dict[str, Any] = {
    "type": "object", "properties": {"items": {"type": "array", "items": ID}, "next": {"type": ["string", "null"]}},
    "required": ["items", "next"],
}  # fmt: skip
CHANGES: dict[str, Any] = {
    "type": "object", "properties": {"added": {"type": "integer"}, "removed": {"type": "integer"}},
    "required": ["added", "removed"],
}  # fmt: skip


def show_rule(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with what puts records into a segment, and how many the caller sees of them."""
    call.allow_only(())
    return Answer(_rule(call, find_segment(call.actor, id)))


def change_rule(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Give a segment another rule, or other segments that it leaves out."""
    call.allow_only(())
    given = fitting(call.json(), RULE_BODY)
    segment = find_segment(call.actor, id, Action.EDIT)
    values = SegmentValues(
        name=segment.name, object_name=segment.object_name, kind=segment.kind, notes=segment.notes,
        filter=given.get("filter", segment.filter) or {},
        excluded=_ids("excluded", given["excluded"]) if "excluded" in given else segment.excluded,
    )  # fmt: skip
    return Answer(_rule(call, save_segment(call.actor, segment, values)))


def list_members(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Answer with the ids of the members that the caller sees, one page after another."""
    call.allow_only(("limit", "cursor"))
    limit = call.whole_number("limit", default=100, maximum=MOST_MEMBERS)
    rows = rows_of(call.actor, find_segment(call.actor, id)).order_by("pk")
    after = parse_id(call.parameter("cursor"))
    if call.parameter("cursor") and after is None:
        raise Invalid([FieldError("cursor", "bad_cursor", _("This is no cursor of this list."))])
    found = list((rows.filter(pk__gt=after) if after else rows).values_list("pk", flat=True)[: limit + 1])
    more = len(found) > limit
    return Answer({"items": [str(pk) for pk in found[:limit]], "next": str(found[limit - 1]) if more else None})


def change_members(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 as above
    """Put records into a fixed list, and take others out."""
    call.allow_only(())
    given = fitting(call.json(), MEMBERS_BODY)
    segment = find_segment(call.actor, id, Action.EDIT)
    removed = _ids("remove", given.get("remove", []))
    added = add_to_list(call.actor, segment, _ids("add", given.get("add", [])))
    return Answer({"added": added, "removed": sum(remove_from_list(call.actor, segment, pk) for pk in removed)})


def _rule(call: Call, segment: Segment) -> dict[str, Any]:
    return {
        "object": segment.object_name, "filter": segment.filter, "excluded": [str(pk) for pk in segment.excluded],
        "members": rows_of(call.actor, segment).count(),
    }  # fmt: skip


def _ids(name: str, given: list[str]) -> list[uuid.UUID]:
    found = [(text, parse_id(text)) for text in given]
    wrong = next((text for text, pk in found if pk is None), None)
    if wrong is not None:
        raise Invalid([FieldError(name, "unknown_record", _("“%(id)s” is not known.") % {"id": wrong})])
    return [pk for _text, pk in found if pk is not None]


def _operation(name: str, summary: Any, reply: Any, schema: dict[str, Any], **details: Any) -> Operation:
    return Operation(
        id=name, summary=summary, tag=_("Segments"), replies={200: Reply(reply, schema)},
        problems=(400, 403, 404, 409, 413, 415, 422), **details,
    )  # fmt: skip


def _list_operation() -> Operation:
    parameters = (
        Parameter("limit", _("How many at most."), {"type": "integer", "minimum": 1, "maximum": MOST_MEMBERS}),
        Parameter("cursor", _("“next” of the page before."), {"type": "string", "maxLength": 36}),
    )
    return _operation(
        "list_segment_members", _("List who is in a segment"), _("Their ids."), MEMBERS, parameters=parameters
    )


def register() -> None:
    """Add the paths to the interface."""
    for route in (
        Route("GET", "/segments/{id}/rule", show_rule, lambda: _operation(
            "show_segment_rule", _("Show the rule of a segment"), _("The rule."), RULE), module=MODULE),
        Route("PATCH", "/segments/{id}/rule", change_rule, lambda: _operation(
            "change_segment_rule", _("Change the rule of a segment"), _("The rule."), RULE, body=RULE_BODY,
            description=_("“filter” is a tree as the lists' filter= takes it.")), module=MODULE),
        Route("GET", "/segments/{id}/members", list_members, _list_operation, module=MODULE),
        Route("POST", "/segments/{id}/members", change_members, lambda: _operation(
            "change_segment_members", _("Change who is in a fixed list"), _("How many came and went."), CHANGES,
            body=MEMBERS_BODY), module=MODULE),
    ):  # fmt: skip
        register_route(route)
