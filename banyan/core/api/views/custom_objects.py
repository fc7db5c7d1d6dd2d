"""Objects of one's own by the interface: what there are, made and changed by whoever may customise."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.api.answers import Answer
from banyan.core.api.bodies import fitting
from banyan.core.api.calls import Call
from banyan.core.api.routes import NO_BODY, Operation, Reply, Route
from banyan.core.objects.custom_objects import (
    ObjectDraft,
    change_custom_object,
    create_custom_object,
    delete_custom_object,
    find_custom_object,
)
from banyan.core.objects.custom_specs import MODULE
from banyan.core.objects.models import CustomObject

Json = dict[str, Any]
TEXT: Json = {"type": "string", "maxLength": 80}
TEXTS: Json = {"type": "object", "properties": {"zh": TEXT, "en": TEXT}, "additionalProperties": False}
NAMES: Json = {"type": "array", "items": {"type": "string", "maxLength": 60}}
NAME: Json = {"type": "string", "maxLength": 60}
SHAPE: Json = {
    "type": "object",
    "properties": {
        "columns": NAMES, "board_field": NAME, "board_total": NAME, "board_card": NAMES, "calendar_start": NAME,
        "calendar_end": NAME,
    },
    "additionalProperties": False,
}  # fmt: skip
CHANGEABLE: Json = {
    "labels": TEXTS, "labels_plural": TEXTS, "title_labels": TEXTS, "descriptions": TEXTS,
    "icon": {"type": "string", "maxLength": 40}, "number_pattern": {"type": "string", "maxLength": 40},
    "main_labels": TEXTS, "main_required": {"type": "boolean"}, "follows_main": {"type": "boolean"},
    "in_menu": {"type": "boolean"},
}  # fmt: skip
STAYING: Json = {"name": {"type": "string", "maxLength": 40}, "plural": NAME, "main_object": NAME}
SHOWN: Json = {
    "id": {"type": "string", "format": "uuid"}, **STAYING, **CHANGEABLE, "main_name": NAME, "shape": SHAPE,
    "is_active": {"type": "boolean"},
}  # fmt: skip
NEW: Json = {
    "type": "object",
    "properties": {**STAYING, **CHANGEABLE},
    "required": ["labels"],
    "additionalProperties": False,
}
CHANGED: Json = {
    "type": "object",
    "properties": {**CHANGEABLE, "shape": SHAPE, "is_active": {"type": "boolean"}},
    "additionalProperties": False,
}
ITEM: Json = {"type": "object", "properties": SHOWN, "required": list(SHOWN)}


def list_objects(call: Call) -> Answer:
    """Answer with the organization's own objects."""
    call.allow_only(())
    require_ability(call.actor, Ability.CUSTOMISE)
    return Answer({"items": [_shown(row) for row in CustomObject.objects.all()]})


def create_object(call: Call) -> Answer:
    """Make an object."""
    call.allow_only(())
    row = create_custom_object(call.actor, ObjectDraft(**fitting(call.json(), NEW)))
    return Answer(_shown(row), status=201)


def show_object(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with one object."""
    call.allow_only(())
    require_ability(call.actor, Ability.CUSTOMISE)
    return Answer(_shown(find_custom_object(id)))


def change_object(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Change an object."""
    call.allow_only(())
    return Answer(_shown(change_custom_object(call.actor, id, **fitting(call.json(), CHANGED))))


def delete_object(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Delete an object that has no records."""
    call.allow_only(())
    delete_custom_object(call.actor, id)
    return Answer(status=204)


def _shown(row: CustomObject) -> Json:
    return {name: str(row.pk) if name == "id" else getattr(row, name) for name in SHOWN}


def _operation(name: str, summary: Any, status: int, reply: Any, schema: Json | None, **details: Any) -> Operation:
    return Operation(
        id=name, summary=summary, tag=_("Own objects"), replies={status: Reply(reply, schema)},
        problems=(400, 403, 404, 409, 413, 415, 422), **details,
    )  # fmt: skip


def _list_operation() -> Operation:
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": ITEM}}, "required": ["items"]}
    return _operation("list_custom_objects", _("List your own objects"), 200, _("The objects."), schema)


def _create_operation() -> Operation:
    return _operation("create_custom_object", _("Make an object"), 201, _("The object."), ITEM, body=NEW)


def _show_operation() -> Operation:
    return _operation("show_custom_object", _("Show one of your objects"), 200, _("The object."), ITEM)


def _change_operation() -> Operation:
    return _operation("change_custom_object", _("Change an object"), 200, _("The object."), ITEM, body=CHANGED)


def _delete_operation() -> Operation:
    return _operation("delete_custom_object", _("Delete an object"), 204, _("It is deleted."), None)


ROUTES = (
    Route("GET", "/custom-objects", list_objects, _list_operation, module=MODULE),
    Route("POST", "/custom-objects", create_object, _create_operation, module=MODULE),
    Route("GET", "/custom-objects/{id}", show_object, _show_operation, module=MODULE),
    Route("PATCH", "/custom-objects/{id}", change_object, _change_operation, module=MODULE),
    Route("DELETE", "/custom-objects/{id}", delete_object, _delete_operation, module=MODULE, consumes=NO_BODY),
)
