"""Fields of one's own by the interface: what there are, added, changed, removed and brought back."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.api.answers import Answer
from banyan.core.api.bodies import fitting
from banyan.core.api.calls import Call
from banyan.core.api.routes import NO_BODY, Operation, Parameter, Reply, Route
from banyan.core.kernel.errors import Missing
from banyan.core.objects.customising import FieldDraft, change_custom_field, create_custom_field, find_custom_field
from banyan.core.objects.models import Computed, CustomField
from banyan.core.objects.registry import specs_for
from banyan.core.objects.removing import remove_custom_field, restore_custom_field
from banyan.core.own_fields.converting import change_kind
from banyan.core.own_fields.jobs import start_erasing

Json = dict[str, Any]
TEXT: Json = {"type": "string", "maxLength": 120}
TEXTS: Json = {"type": "object", "properties": {"zh": TEXT, "en": TEXT}, "additionalProperties": False}
NAME: Json = {"type": "string", "maxLength": 60}
FLAG: Json = {"type": "boolean"}
OPEN: Json = {"type": "object"}
COMPUTED: Json = {"type": "string", "enum": ["", *Computed.values]}
STAYING: Json = {"object": {"type": "string", "maxLength": 40}, "name": NAME, "computed": COMPUTED}
CHANGEABLE: Json = {
    "labels": TEXTS, "help_texts": TEXTS, "kind": {"type": "string", "maxLength": 40}, "required": FLAG,
    "unique": FLAG, "settings": OPEN, "definition": OPEN, "default": OPEN,
}  # fmt: skip
OPTIONS: Json = {"type": "array", "items": {"type": "string", "maxLength": 100}, "maxItems": 500}
SHOWN: Json = {
    "id": {"type": "string", "format": "uuid"}, **STAYING, **CHANGEABLE, "indexed": FLAG, "active": FLAG, "removed": FLAG,
}  # fmt: skip
NEW: Json = {
    "type": "object",
    "properties": {**STAYING, **CHANGEABLE, "options": OPTIONS, "sensitive": FLAG},
    "required": ["object", "labels"],
    "additionalProperties": False,
}
CHANGED: Json = {
    "type": "object",
    "properties": {**CHANGEABLE, "indexed": FLAG, "active": FLAG},
    "additionalProperties": False,
}
ITEM: Json = {"type": "object", "properties": SHOWN, "required": list(SHOWN)}
_COLUMNS = {
    "object": "object_name", "unique": "is_unique", "indexed": "is_indexed", "active": "is_active",
}  # fmt: skip


def list_fields(call: Call) -> Answer:
    """Answer with the organization's own fields, of one object with ``object=``."""
    call.allow_only(("object",))
    require_ability(call.actor, Ability.CUSTOMISE)
    wanted = call.parameters.get("object", [""])[0]
    if wanted and wanted not in specs_for(call.actor.organization):
        raise Missing("not_found", _("There is no such object."))
    rows = CustomField.objects.filter(object_name=wanted) if wanted else CustomField.objects.all()
    return Answer({"items": [_shown(row) for row in rows]})


def create_field(call: Call) -> Answer:
    """Add a field."""
    call.allow_only(())
    given = fitting(call.json(), NEW)
    object_name = given.pop("object")
    row = create_custom_field(call.actor, object_name, FieldDraft(**{"kind": "", **given}))
    return Answer(_shown(row), status=201)


def show_field(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with one field."""
    call.allow_only(())
    require_ability(call.actor, Ability.CUSTOMISE)
    return Answer(_shown(find_custom_field(id)))


def change_field(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Change a field; another kind converts its values, many of them in the background."""
    call.allow_only(())
    given = fitting(call.json(), CHANGED)
    row = find_custom_field(id)
    if not row.computed and given.get("kind", row.kind) != row.kind:
        change_kind(call.actor, id, given.pop("kind"))
    changes = {_COLUMNS.get(name, name): value for name, value in given.items()}
    return Answer(_shown(change_custom_field(call.actor, id, **changes)))


def remove_field(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Remove a field; its values are kept for a while."""
    call.allow_only(())
    remove_custom_field(call.actor, id)
    return Answer(status=204)


def restore_field(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Bring a removed field back."""
    call.allow_only(())
    return Answer(_shown(restore_custom_field(call.actor, id)))


def erase_field(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Erase a removed field with all its values, in the background."""
    call.allow_only(())
    start_erasing(call.actor, id)
    return Answer(status=202)


def _shown(row: CustomField) -> Json:
    derived = {"id": str(row.pk), "removed": row.removed_at is not None}
    return {name: derived[name] if name in derived else getattr(row, _COLUMNS.get(name, name)) for name in SHOWN}


def _operation(name: str, summary: Any, status: int, reply: Any, schema: Json | None, **details: Any) -> Operation:
    return Operation(
        id=name, summary=summary, tag=_("Own fields"), replies={status: Reply(reply, schema)},
        problems=(400, 403, 404, 409, 413, 415, 422), **details,
    )  # fmt: skip


def _list_operation() -> Operation:
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": ITEM}}, "required": ["items"]}
    parameter = Parameter("object", _("Only those of this object."), {"type": "string", "maxLength": 40})
    return _operation(
        "list_custom_fields", _("List your own fields"), 200, _("The fields."), schema, parameters=(parameter,)
    )


def _create_operation() -> Operation:
    return _operation("create_custom_field", _("Add a field"), 201, _("The field."), ITEM, body=NEW)


def _show_operation() -> Operation:
    return _operation("show_custom_field", _("Show one of your fields"), 200, _("The field."), ITEM)


def _change_operation() -> Operation:
    return _operation("change_custom_field", _("Change a field"), 200, _("The field."), ITEM, body=CHANGED)


def _remove_operation() -> Operation:
    return _operation("remove_custom_field", _("Remove a field"), 204, _("It is removed."), None)


def _restore_operation() -> Operation:
    return _operation("restore_custom_field", _("Bring a field back"), 200, _("The field."), ITEM)


def _erase_operation() -> Operation:
    summary = _("Erase a removed field with all its values")
    return _operation("erase_custom_field", summary, 202, _("It is being erased."), None)


ROUTES = (
    Route("GET", "/custom-fields", list_fields, _list_operation),
    Route("POST", "/custom-fields", create_field, _create_operation),
    Route("GET", "/custom-fields/{id}", show_field, _show_operation),
    Route("PATCH", "/custom-fields/{id}", change_field, _change_operation),
    Route("DELETE", "/custom-fields/{id}", remove_field, _remove_operation, consumes=NO_BODY),
    Route("POST", "/custom-fields/{id}/restore", restore_field, _restore_operation, consumes=NO_BODY),
    Route("POST", "/custom-fields/{id}/erase", erase_field, _erase_operation, consumes=NO_BODY),
)
