"""Saved views of lists by the interface: those that somebody may use, saved, changed and deleted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.api.answers import Answer
from banyan.core.api.bodies import fitting
from banyan.core.api.calls import Call
from banyan.core.api.routes import NO_BODY, Operation, Parameter, Reply, Route
from banyan.core.identity.models import Department, Role
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.coloring import COLORS, read_rules, rules_to_json
from banyan.core.listing.filters import tree_to_json
from banyan.core.listing.models import Display, SavedView
from banyan.core.listing.views import View, ViewValues, delete_view, find_view, list_views, save_view
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec

Json = dict[str, Any]
FLAG: Json = {"type": "boolean"}
NAMES: Json = {"type": "array", "items": {"type": "string", "maxLength": 70}, "maxItems": 100}
IDS: Json = {"type": "array", "items": {"type": "string", "format": "uuid", "maxLength": 36}, "maxItems": 100}
TREE: Json = {"type": "object"}
COLOR: Json = {
    "type": "object", "properties": {"filter": TREE, "color": {"type": "string", "enum": list(COLORS)}},
    "required": ["filter", "color"], "additionalProperties": False,
}  # fmt: skip
CHANGEABLE: Json = {
    "name": {"type": "string", "maxLength": 80}, "filter": TREE, "search": {"type": "string", "maxLength": 200},
    "sort": NAMES, "columns": NAMES, "display": {"type": "string", "enum": list(Display.values)},
    "shared": FLAG, "roles": IDS, "departments": IDS, "first_for": IDS, "pinned": FLAG,
    "colors": {"type": "array", "items": COLOR, "maxItems": 10},
}  # fmt: skip
OBJECT: Json = {"type": "string", "maxLength": 60}
NEW: Json = {
    "type": "object", "properties": {"object": OBJECT, **CHANGEABLE}, "required": ["object", "name"],
    "additionalProperties": False,
}  # fmt: skip
CHANGED: Json = {"type": "object", "properties": CHANGEABLE, "additionalProperties": False}
SHOWN: Json = {
    "id": {"type": ["string", "null"], "format": "uuid"}, "key": {"type": "string"}, "object": OBJECT, **CHANGEABLE,
    "mine": FLAG, "may_change": FLAG,
}  # fmt: skip
ITEM: Json = {"type": "object", "properties": SHOWN, "required": list(SHOWN)}
#: How the services call what the interface calls shorter.
_VALUES = {
    "shared": "is_shared", "pinned": "is_pinned", "roles": "role_ids", "departments": "department_ids",
    "first_for": "default_role_ids", "colors": "color_rules",
}  # fmt: skip
_IDS: Mapping[str, Any] = {"roles": Role, "departments": Department, "first_for": Role}


def list_saved_views(call: Call) -> Answer:
    """Answer with the views of an object that the actor may use, those of the product first."""
    call.allow_only(("object",))
    spec = _spec(call, call.parameter("object"))
    return Answer({"items": [_shown(spec, view) for view in list_views(call.actor, spec)]})


def create_saved_view(call: Call) -> Answer:
    """Save a view."""
    call.allow_only(())
    given = fitting(call.json(), NEW)
    spec = _spec(call, given.pop("object"))
    row = save_view(call.actor, spec, ViewValues(**_values(given)))
    return Answer(_shown(spec, find_view(call.actor, spec, str(row.pk))), status=201)


def show_saved_view(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with one view."""
    call.allow_only(())
    spec = _spec_of(call, id)
    return Answer(_shown(spec, find_view(call.actor, spec, str(id))))


def change_saved_view(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Change what was sent of a view."""
    call.allow_only(())
    given = fitting(call.json(), CHANGED)
    spec = _spec_of(call, id)
    known = find_view(call.actor, spec, str(id))
    values = ViewValues(
        name=known.name, filter=_tree(known), search=known.search, sort=known.sort, columns=known.columns,
        display=known.display, is_shared=known.is_shared, role_ids=known.role_ids,
        department_ids=known.department_ids, is_pinned=known.is_pinned, default_role_ids=known.default_role_ids,
        color_rules=known.color_rules,
    )  # fmt: skip
    save_view(call.actor, spec, replace(values, **_values(given)), view_id=id)
    return Answer(_shown(spec, find_view(call.actor, spec, str(id))))


def delete_saved_view(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Delete a view."""
    call.allow_only(())
    delete_view(call.actor, _spec_of(call, id), id)
    return Answer(status=204)


def _spec(call: Call, plural: str) -> ObjectSpec:
    spec = next((spec for spec in specs_on(call.actor.organization).values() if spec.plural == plural), None)
    if spec is None:
        message = _("There is no object “%(name)s”.") % {"name": plural[:60]}
        raise Invalid([FieldError("object", "unknown_object", message)])
    require(call.actor, spec, Action.VIEW)
    return spec


def _spec_of(call: Call, view_id: uuid.UUID) -> ObjectSpec:
    name = SavedView.objects.filter(pk=view_id).values_list("object_name", flat=True).first()
    spec = specs_on(call.actor.organization).get(name or "")
    if spec is None:
        raise Missing("not_found", _("This view does not exist, or it is somebody else's."))
    require(call.actor, spec, Action.VIEW)
    return spec


def _values(given: Mapping[str, Any]) -> Json:
    """Return what was sent as the services take it; raise ``Invalid`` for what is not there."""
    found: Json = {}
    for name, value in given.items():
        key = _VALUES.get(name, name)
        if name in _IDS:
            found[key] = _known(name, value)
        elif name == "colors":
            found[key] = read_rules(value)
        else:
            found[key] = tuple(value) if isinstance(value, list) else value
    return found


def _known(name: str, given: Iterable[str]) -> tuple[uuid.UUID, ...]:
    ids = [parse_id(text) for text in given]
    known = set(_IDS[name].objects.filter(pk__in=[pk for pk in ids if pk]).values_list("pk", flat=True))
    unknown = next((text for text, pk in zip(given, ids, strict=True) if pk not in known), None)
    if unknown is not None:
        raise Invalid([FieldError(name, "unknown_record", _("“%(id)s” is not known.") % {"id": unknown})])
    return tuple(pk for pk in ids if pk is not None)


def _tree(view: View) -> Json:
    return dict(tree_to_json(view.filter)) if view.filter is not None else {}


def _shown(spec: ObjectSpec, view: View) -> Json:
    return {
        "id": None if view.is_preset else view.key, "key": view.key, "object": spec.plural, "name": view.name,
        "filter": _tree(view), "search": view.search, "sort": list(view.sort), "columns": list(view.columns),
        "display": view.display, "shared": view.is_shared, "roles": [str(pk) for pk in view.role_ids],
        "departments": [str(pk) for pk in view.department_ids], "first_for": [str(pk) for pk in view.default_role_ids],
        "pinned": view.is_pinned, "colors": rules_to_json(view.color_rules), "mine": view.is_mine,
        "may_change": view.may_change,
    }  # fmt: skip


def _operation(name: str, summary: Any, status: int, reply: Any, schema: Json | None, **details: Any) -> Operation:
    return Operation(
        id=name, summary=summary, tag=_("Saved views"), replies={status: Reply(reply, schema)},
        problems=(400, 403, 404, 409, 413, 415, 422), **details,
    )  # fmt: skip


def _list_operation() -> Operation:
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": ITEM}}, "required": ["items"]}
    parameter = Parameter("object", _("The object, such as customers."), {"type": "string", "maxLength": 60})
    return _operation(
        "list_saved_views", _("List the views of an object"), 200, _("The views."), schema, parameters=(parameter,)
    )


def _create_operation() -> Operation:
    text = _("Sharing with others needs the right to share views; “filter” is a tree as the lists' filter= takes it.")
    return _operation("create_saved_view", _("Save a view"), 201, _("The view."), ITEM, body=NEW, description=text)


def _show_operation() -> Operation:
    return _operation("show_saved_view", _("Show a saved view"), 200, _("The view."), ITEM)


def _change_operation() -> Operation:
    return _operation("change_saved_view", _("Change a saved view"), 200, _("The view."), ITEM, body=CHANGED)


def _delete_operation() -> Operation:
    return _operation("delete_saved_view", _("Delete a saved view"), 204, _("It is deleted."), None)


ROUTES = (
    Route("GET", "/views", list_saved_views, _list_operation),
    Route("POST", "/views", create_saved_view, _create_operation),
    Route("GET", "/views/{id}", show_saved_view, _show_operation),
    Route("PATCH", "/views/{id}", change_saved_view, _change_operation),
    Route("DELETE", "/views/{id}", delete_saved_view, _delete_operation, consumes=NO_BODY),
)
