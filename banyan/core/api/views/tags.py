"""Tags in use, and one put in the place of others in all records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Parameter, Reply, Route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.records.tags import find_tag_field, replace_tags, tag_fields, tags_in_use

Json = dict[str, Any]
TEXT: Json = {"type": "string", "maxLength": 60}
MEMBERS = ("object", "field", "tags", "by")


def list_tags(call: Call) -> Answer:
    """Answer with the tags in use, of one object or of all."""
    call.allow_only(("object",))
    require_ability(call.actor, Ability.CUSTOMISE)
    wanted = call.spec(call.parameter("object")).name if call.parameter("object") else ""
    items = [
        {"object": field.spec.plural, "field": field.entry.name, "tag": use.tag, "count": use.count}
        for field in tag_fields(call.actor)
        if not wanted or field.spec.name == wanted
        for use in tags_in_use(call.actor, field)
    ]
    return Answer({"items": items})


def change_tags(call: Call) -> Answer:
    """Put one tag in the place of others, or with ``by`` null take them out, in all records of an object."""
    call.allow_only(())
    body = call.json()
    errors = [
        FieldError(name[:60], "unknown_field", _("There is no field “%(name)s”.") % {"name": name[:60]})
        for name in body
        if name not in MEMBERS
    ]
    plural, name, tags = body.get("object"), body.get("field", "tags"), body.get("tags")
    for member, is_right in (
        ("object", isinstance(plural, str)),
        ("field", isinstance(name, str)),
        ("tags", isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)),
        ("by", "by" in body and isinstance(body["by"], str | None)),
    ):
        if not is_right:
            message = _("“%(member)s” is missing or not of the right kind.") % {"member": member}
            errors.append(FieldError(member, "bad_value", message))
    if errors:
        raise Invalid(errors)
    field = find_tag_field(call.actor, call.spec(str(plural)).name, str(name))
    result = replace_tags(call.actor, field, tags or [], by=body["by"])
    return Answer({"batch": result.batch_id, "changed": result.changed})


def list_operation() -> Operation:
    """Describe the list of tags."""
    item: Mapping[str, Any] = {
        "type": "object",
        "properties": {"object": TEXT, "field": TEXT, "tag": TEXT, "count": {"type": "integer"}},
        "required": ["object", "field", "tag", "count"],
    }
    answer = {"type": "object", "properties": {"items": {"type": "array", "items": item}}, "required": ["items"]}
    return Operation(
        id="list_tags",
        summary=_("List the tags in use"),
        tag=_("Tags"),
        parameters=(Parameter("object", _("Only the tags of this object, such as customers."), {"type": "string"}),),
        replies={200: Reply(_("The tags, the most frequent of each object first."), answer)},
        problems=(400, 403, 404),
    )


def change_operation() -> Operation:
    """Describe how tags are renamed, merged and removed."""
    body: Json = {
        "type": "object",
        "properties": {
            "object": {"type": "string"},
            "field": {"type": "string", "default": "tags"},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "by": {"type": ["string", "null"], "maxLength": 60},
        },
        "required": ["object", "tags", "by"],
        "additionalProperties": False,
    }
    answer = {
        "type": "object",
        "properties": {"batch": {"type": "string", "format": "uuid"}, "changed": {"type": "integer"}},
        "required": ["batch", "changed"],
    }
    return Operation(
        id="replace_tags",
        summary=_("Rename, merge or remove tags"),
        description=_(
            "Every record of the organization that has one of the tags changes; POST /undo/{batch} takes it back."
        ),
        tag=_("Tags"),
        body=body,
        replies={200: Reply(_("The batch, and how many records changed."), answer)},
        problems=(400, 403, 404, 409, 413, 415, 422),
    )


ROUTES = (
    Route("GET", "/tags", list_tags, list_operation),
    Route("POST", "/tags/replace", change_tags, change_operation),
)
