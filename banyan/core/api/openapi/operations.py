"""What the documentation says of the interface's own paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.calls import CONFIRMED
from banyan.core.api.openapi.schemas import UUID_SCHEMA, example_body, page_of, reference
from banyan.core.api.parameters import DEFAULT_HITS, DEFAULT_LIMIT, MAXIMUM_HITS, MAXIMUM_LIMIT
from banyan.core.api.routes import Operation, Parameter, Reply, component_name, item_reference
from banyan.core.api.views import history
from banyan.core.api.views.bulk import MOST_ROWS
from banyan.core.objects.spec import ObjectSpec

IF_MATCH = "If-Match"
ETAG = "ETag"


def list_operation(spec: ObjectSpec) -> Operation:
    """Describe the list of an object."""
    links = ", ".join(spec.links)
    parameters = (
        Parameter("search", _("Words to find, also by pinyin, initials and parts of numbers."), {"type": "string"}),
        Parameter("sort", _("Fields to sort by, separated by commas; a minus sign reverses."), {"type": "string"}),
        _fields_parameter(),
        Parameter("expand", _("Links to show with a name: %(links)s.") % {"links": links}, {"type": "string"}),
        _limit_parameter(DEFAULT_LIMIT, MAXIMUM_LIMIT),
        _cursor_parameter(),
        Parameter("count", _("Whether to count all records; exact."), {"type": "boolean"}),
        Parameter(
            "filter", _("A tree of conditions as JSON, of “all”, “any” and single comparisons."), {"type": "string"}
        ),
        Parameter("filters", _filters_help(), reference(f"{component_name(spec.name)}Filters"), exploded=True),
    )
    page = reference(f"{component_name(spec.name)}Page")
    return Operation(
        id=f"list_{_key(spec)}",
        summary=_("List %(objects)s") % {"objects": spec.label_plural},
        tag=spec.label_plural,
        parameters=parameters,
        replies={200: Reply(_("A page of records."), page)},
        problems=(400,),
    )


def create_operation(spec: ObjectSpec) -> Operation:
    """Describe how a record is created."""
    headers = {"Location": _("The address of the new record."), ETAG: _("Its version.")}
    return Operation(
        id=f"create_{_key(spec)}",
        summary=_("Create a record: %(object)s") % {"object": spec.label},
        tag=spec.label_plural,
        parameters=(_key_parameter(), _confirmed_parameter()),
        body={**reference(f"{component_name(spec.name)}Create"), "example": example_body(spec)},
        replies={201: Reply(_("The new record."), item_reference(spec.name), headers)},
        problems=(400, 409, 413, 415, 422),
    )


def show_operation(spec: ObjectSpec) -> Operation:
    """Describe how one record is read."""
    none_match = Parameter("If-None-Match", _("A version that you have already."), {"type": "string"}, place="header")
    expand = Parameter("expand", _("Links to show with a name: %(links)s.") % {"links": ", ".join(spec.links)},
                       {"type": "string"})  # fmt: skip
    return Operation(
        id=f"show_{_key(spec)}",
        summary=_("Show a record: %(object)s") % {"object": spec.label},
        tag=spec.label_plural,
        parameters=(_fields_parameter(), expand, none_match),
        replies={
            200: Reply(_("The record."), item_reference(spec.name), {ETAG: _("Its version.")}),
            304: Reply(_("You have this version already.")),
        },
        problems=(400,),
    )


def change_operation(spec: ObjectSpec) -> Operation:
    """Describe how a record is changed."""
    return Operation(
        id=f"change_{_key(spec)}",
        summary=_("Change a record: %(object)s") % {"object": spec.label},
        tag=spec.label_plural,
        parameters=(_match_parameter(), _confirmed_parameter()),
        body=reference(f"{component_name(spec.name)}Update"),
        replies={200: Reply(_("The changed record."), item_reference(spec.name), {ETAG: _("Its version.")})},
        problems=(400, 409, 412, 413, 415, 422),
    )


def delete_operation(spec: ObjectSpec) -> Operation:
    """Describe how a record is deleted."""
    return Operation(
        id=f"delete_{_key(spec)}",
        summary=_("Put a record into the recycle bin: %(object)s") % {"object": spec.label},
        tag=spec.label_plural,
        parameters=(_match_parameter(),),
        replies={204: Reply(_("It lies in the recycle bin, for 90 days."))},
        problems=(400, 409, 412, 422),
    )


def restore_operation(spec: ObjectSpec) -> Operation:
    """Describe how a record comes back from the recycle bin."""
    return Operation(
        id=f"restore_{_key(spec)}",
        summary=_("Bring a record back from the recycle bin: %(object)s") % {"object": spec.label},
        tag=spec.label_plural,
        parameters=(_key_parameter(),),
        replies={200: Reply(_("The restored record."), item_reference(spec.name))},
        problems=(400, 409, 422),
    )


def history_operation(spec: ObjectSpec) -> Operation:
    """Describe the changes of a record."""
    return Operation(
        id=f"history_{_key(spec)}",
        summary=_("Show what happened to a record: %(object)s") % {"object": spec.label},
        tag=spec.label_plural,
        parameters=(_limit_parameter(history.DEFAULT_LIMIT, history.MAXIMUM_LIMIT), _cursor_parameter()),
        replies={200: Reply(_("The changes, newest first."), page_of(reference("Change")))},
        problems=(400,),
    )


def bulk_operation(spec: ObjectSpec) -> Operation:
    """Describe work with many records at once."""
    name = component_name(spec.name)
    rows: dict[str, Any] = {"type": "array", "maxItems": MOST_ROWS}
    changed = {"allOf": [{"type": "object", "properties": {"id": UUID_SCHEMA}, "required": ["id"]}]}
    tasks: list[dict[str, Any]] = [
        {"create": {**rows, "items": reference(f"{name}Create")}},
        {"update": {**rows, "items": {**changed, "description": _("The id, and the fields to change.")}}},
        {"delete": {**rows, "items": UUID_SCHEMA}},
        {"match": reference_to_tree(), "set": reference(f"{name}Update")},
        {"match": reference_to_tree(), "delete": {"type": "boolean", "const": True}},
    ]
    body = {"oneOf": [_bulk_task(task) for task in tasks], "example": {"create": [example_body(spec)]}}
    return Operation(
        id=f"bulk_{_key(spec)}",
        summary=_("Create, change or delete many at once: %(objects)s") % {"objects": spec.label_plural},
        tag=spec.label_plural,
        description=_(
            "Changing or deleting what fits a filter goes on in the background above %(maximum)s records, or when "
            "the client prefers it; ask for its progress at the address in Location."
        )
        % {"maximum": f"{MOST_ROWS:,}"},
        parameters=(_key_parameter(), _prefer_parameter(), _confirmed_parameter()),
        body=body,
        replies={
            200: Reply(_("What was done, and what is wrong with which row."), reference("BulkResult")),
            202: _accepted_reply(),
        },
        problems=(400, 409, 412, 413, 415, 422),
    )


def show_task_operation() -> Operation:
    """Describe how the progress of bulk work is asked for."""
    return Operation(
        id="show_bulk_task",
        summary=_("Show work on many records"),
        tag=_("Background work"),
        replies={200: Reply(_("How far it is, and what it did."), reference("BulkTask"))},
    )


def stop_task_operation() -> Operation:
    """Describe how bulk work is stopped."""
    return Operation(
        id="stop_bulk_task",
        summary=_("Stop work on many records"),
        tag=_("Background work"),
        replies={200: Reply(_("How far it is, and what it did."), reference("BulkTask"))},
    )


def _accepted_reply() -> Reply:
    headers = {"Location": _("Where its progress is.")}
    return Reply(_("The work goes on in the background."), reference("BulkTask"), headers)


def _prefer_parameter() -> Parameter:
    description = _("“respond-async” lets work on what fits a filter go on in the background.")
    return Parameter("Prefer", description, {"type": "string", "enum": ["respond-async"]}, place="header")


def merge_operation(spec: ObjectSpec) -> Operation:
    """Describe how records are merged."""
    body = {
        "type": "object",
        "properties": {
            "keep": UUID_SCHEMA,
            "drop": {"type": "array", "items": UUID_SCHEMA, "minItems": 1, "maxItems": 20},
            "choices": {"type": "object", "additionalProperties": UUID_SCHEMA},
        },
        "required": ["keep", "drop"],
        "additionalProperties": False,
    }
    return Operation(
        id=f"merge_{_key(spec)}",
        summary=_("Merge records into one: %(objects)s") % {"objects": spec.label_plural},
        tag=spec.label_plural,
        parameters=(_key_parameter(),),
        body=body,
        replies={200: Reply(_("The record that is left, and what undoes the merge."), reference("Merged"))},
        problems=(400, 409, 413, 415, 422),
    )


def reference_to_tree() -> Mapping[str, Any]:
    """Return the schema of a filter tree; its exact form is in the guide."""
    return {"type": "object", "example": {"field": "owner", "op": "eq", "value": "me"}}


def search_operation() -> Operation:
    """Describe the search over all objects."""
    return Operation(
        id="search",
        summary=_("Search all objects"),
        tag=_("Search"),
        parameters=(
            Parameter("q", _("Words to find, also by pinyin, initials and parts of numbers."), {"type": "string"}),
            Parameter("objects", _("Objects to search, by the names in their paths."), {"type": "string"}),
            _limit_parameter(DEFAULT_HITS, MAXIMUM_HITS),
        ),
        replies={200: Reply(_("What fits best, first."), _listed(reference("Hit")))},
        problems=(400,),
    )


def undo_operation() -> Operation:
    """Describe how work is taken back."""
    return Operation(
        id="undo",
        summary=_("Take back a piece of work"),
        tag=_("History"),
        parameters=(_key_parameter(),),
        replies={
            200: Reply(_("What went back; records changed since are left alone."), reference("Undone")),
            202: _accepted_reply(),
        },
        problems=(400, 409, 422),
    )


def me_operation() -> Operation:
    """Describe the answer to who is calling."""
    reply = Reply(_("You, your organization and your rights."), reference("Me"))
    return Operation(id="me", summary=_("Show who is calling"), tag=_("People"), replies={200: reply}, problems=(400,))


def users_operation() -> Operation:
    """Describe the list of people."""
    return Operation(
        id="list_users",
        summary=_("List people"),
        tag=_("People"),
        parameters=(
            Parameter("search", _("Part of a name or an e-mail address."), {"type": "string"}),
            Parameter("email", _("An e-mail address."), {"type": "string"}),
            Parameter("department", _("The id of a department."), UUID_SCHEMA),
            Parameter("is_active", _("Whether they still work here."), {"type": "boolean"}),
            _limit_parameter(DEFAULT_LIMIT, MAXIMUM_LIMIT),
            _cursor_parameter(),
        ),
        replies={200: Reply(_("A page of people, by name."), page_of(reference("User")))},
        problems=(400,),
    )


def user_operation() -> Operation:
    """Describe how one person is read."""
    reply = Reply(_("The person."), reference("User"))
    return Operation(id="show_user", summary=_("Show a person"), tag=_("People"), replies={200: reply}, problems=(400,))


def document_operation() -> Operation:
    """Describe this very document."""
    reply = Reply(_("An OpenAPI 3.1 document with your own fields in it."), {"type": "object"})
    return Operation(
        id="openapi", summary=_("Show this document"), tag=_("Description"), replies={200: reply, 304: Reply("")},
        problems=(400,),
    )  # fmt: skip


def _key(spec: ObjectSpec) -> str:
    return spec.plural.replace("-", "_")


def _bulk_task(members: Mapping[str, Any]) -> dict[str, Any]:
    properties = {**members, "all_or_nothing": {"type": "boolean", "default": False}}
    return {"type": "object", "properties": properties, "required": list(members), "additionalProperties": False}


def _listed(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"items": {"type": "array", "items": dict(items)}}, "required": ["items"]}


def _filters_help() -> str:
    return _(
        "Conditions on fields, all of which must hold: status=active, amount__gte=1000, level__in=A,B, "
        "created_at__within=this_month, name__contains=云杉."
    )


def _fields_parameter() -> Parameter:
    return Parameter("fields", _("Fields to show, separated by commas; all without it."), {"type": "string"})


def _limit_parameter(default: int, maximum: int) -> Parameter:
    schema = {"type": "integer", "minimum": 1, "maximum": maximum, "default": default}
    return Parameter("limit", _("How many to show at most."), schema)


def _cursor_parameter() -> Parameter:
    return Parameter("cursor", _("Where to go on: “next” of the page before."), {"type": "string"})


def _key_parameter() -> Parameter:
    schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
    text = _("A text of your choice; the same request sent again with it is done once.")
    return Parameter("Idempotency-Key", text, schema, place="header")


def _confirmed_parameter() -> Parameter:
    text = _("Warnings to override: their codes separated by commas, or “true” for all of them.")
    return Parameter(CONFIRMED, text, {"type": "string"})


def _match_parameter() -> Parameter:
    text = _("The version you have seen, as in ETag; a newer one answers 412.")
    return Parameter(IF_MATCH, text, {"type": "string"}, place="header")
