"""What a program may change in a record now, field by field, and why not."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.decisions import record_fields, restrict
from banyan.core.access.scopes import Action
from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import Operation, Reply, Route
from banyan.core.listing.fields import shown_fields
from banyan.core.listing.query import fetch_row
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.locks import closed_values, locked_fields

Json = dict[str, Any]


def show_locks(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with the actions open in a record and with each field that is seen: whether it can be changed, or why not."""
    call.allow_only(())
    row = fetch_row(call.actor, spec, id)
    rows = spec.model._default_manager.filter(pk=id)  # noqa: SLF001 Django's own name for it
    may = {action: restrict(rows, call.actor, spec, action).exists() for action in (Action.EDIT, Action.DELETE)}
    access = record_fields(call.actor, spec, spec.all_fields, id)
    locks = locked_fields(call.actor, spec, row, access)
    seen = shown_fields(call.actor, spec)
    fields = {name: _field(spec, name, locks, may_edit=may[Action.EDIT]) for name in spec.all_fields if name in seen}
    closed = {name: values for name, values in closed_values(call.actor, spec, row).items() if name in seen}
    return Answer({"edit": may[Action.EDIT], "delete": may[Action.DELETE], "fields": fields, "values": closed})


def _field(spec: ObjectSpec, name: str, locks: Any, *, may_edit: bool) -> Json:
    lock = locks.get(name)
    return {
        "editable": may_edit and lock is None and name in spec.writable_fields,
        "code": lock.code if lock else None,
        "reason": lock.message if lock else None,
    }


def locks_operation(spec: ObjectSpec) -> Operation:
    """Describe what one may do with a record."""
    text: Json = {"type": ["string", "null"]}
    yes: Json = {"type": "boolean"}
    one: Json = {
        "type": "object",
        "properties": {"editable": yes, "code": text, "reason": text},
        "required": ["editable", "code", "reason"],
    }
    schema: Json = {
        "type": "object",
        "properties": {
            "edit": yes, "delete": yes, "fields": {"type": "object", "additionalProperties": one},
            "values": {
                "type": "object",
                "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
        "required": ["edit", "delete", "fields", "values"],
    }  # fmt: skip
    return Operation(
        id=f"locks_{spec.plural.replace('-', '_')}",
        summary=_("Show what you may change in a record: %(object)s") % {"object": spec.label},
        description=_(
            "Each field that you see: whether you can change it now, or the reason why not, such as an approval "
            "that is under way. A change is refused for the same reasons. `values` are those of choices that the record "
            "cannot get now, such as a state to which no way leads."
        ),
        tag=spec.label_plural,
        replies={200: Reply(_("What may be changed."), schema)},
        problems=(400,),
    )


ROUTES = (Route("GET", "/{plural}/{id}/locks", show_locks, locks_operation),)
