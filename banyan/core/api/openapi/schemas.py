"""JSON schemas of objects and of everything that answers are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.routes import component_name, item_reference
from banyan.core.objects.kinds import Reading, Unacceptable
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec
from banyan.core.records.drafts import LONGEST_REMARK, remarks

Json = dict[str, Any]

UUID_SCHEMA: Json = {"type": "string", "format": "uuid"}
INSTANT_SCHEMA: Json = {"type": "string", "format": "date-time"}
CURSOR_SCHEMA: Json = {"type": ["string", "null"]}
#: What a schema says about values that come in; what goes out was checked then, and lists may have changed since.
_ONLY_FOR_INPUT = frozenset({"enum", "maxLength", "pattern", "minimum", "maximum"})
_FORMATS_OF_OUTPUT = frozenset({"uuid", "date", "date-time"})
_EXAMPLES: Mapping[str, Any] = {
    "uuid": "01930b5c-7d2e-7a44-9c3f-5d2b8e6a1f00",
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:30:00Z",
    "email": "lan.wang@example.com",
    "integer": 12,
    "boolean": True,
    "string": "云杉科技",
    "object": {"city": "杭州", "street": "文一西路 1 号"},
    "array": ["重点"],
}


def reference(name: str) -> Json:
    """Return the schema that points to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def object_schemas(spec: ObjectSpec) -> dict[str, Json]:
    """Return the components of one object: the record, the bodies that write it, its list and its filters."""
    name = component_name(spec.name)
    writable = {key: _input(entry) for key, entry in spec.writable_fields.items()}
    required = [key for key, entry in spec.writable_fields.items() if entry.required and entry.default is None]
    said = {name: {"type": "string", "maxLength": LONGEST_REMARK} for name in remarks.keys() if remarks[name](spec)}  # noqa: SIM118 a registry yields its entries
    body: Json = {"type": "object", "properties": {**writable, **said}, "additionalProperties": False}
    return {
        name: _record(spec),
        f"{name}Create": {**body, "required": required} if required else body,
        f"{name}Update": body,
        f"{name}Page": page_of(item_reference(spec.name), counted=True),
        f"{name}Filters": {"type": "object", "properties": _filters(spec)},
    }


def example_body(spec: ObjectSpec) -> Json:
    """Return an example of a new record: what is needed, and what most people fill in."""
    names = dict.fromkeys((*(n for n, e in spec.writable_fields.items() if e.required), *spec.quick_fields))
    # A link in an example would point to nothing, so only those that are needed are shown.
    entries = [
        entry for name in names if (entry := spec.writable_fields.get(name)) and (entry.required or not _is_link(entry))
    ]
    examples = {entry.name: _example_value(entry) for entry in entries}
    return {name: value for name, value in examples.items() if _is_acceptable(spec.writable_fields[name], value)}


def _example_value(entry: Field) -> Any:
    """Return an example for a field; a list that may grow names no values in its schema, but has some."""
    options = getattr(entry.kind, "options", ())
    if options:
        return [options[0].code] if entry.kind.many else options[0].code
    return example_of(entry.kind.schema())


def _is_acceptable(entry: Field, value: Any) -> bool:
    """Say whether the field takes a value: a schema cannot tell a phone number from other texts."""
    try:
        entry.kind.parse(value, Reading())
    except Unacceptable:
        return False
    return True


def example_of(schema: Mapping[str, Any]) -> Any:
    """Return a plausible value for a schema."""
    if schema.get("enum"):
        return schema["enum"][0]
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if types == ["string", "number"]:
        return "12800.00"
    return _EXAMPLES.get(schema.get("format", ""), _EXAMPLES[types[0]])


def page_of(items: Mapping[str, Any], *, counted: bool = False) -> Json:
    """Return the schema of a page of a list."""
    properties: Json = {
        "items": {"type": "array", "items": dict(items)},
        "next": {**CURSOR_SCHEMA, "description": _("The cursor of the next page; null on the last one.")},
    }
    if counted:
        properties["count"] = {"type": "integer", "minimum": 0, "description": _("All records, if asked for.")}
    return {"type": "object", "properties": properties, "required": ["items", "next"]}


def nullable(schema: Mapping[str, Any]) -> Json:
    """Return a schema that takes null besides."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    found: Json = {**schema, "type": [*types, "null"]}
    if "enum" in schema:
        found["enum"] = [*schema["enum"], None]
    return found


def _record(spec: ObjectSpec) -> Json:
    properties: Json = {"id": {**UUID_SCHEMA, "readOnly": True}}
    for name, entry in spec.all_fields.items():
        properties[name] = _output(entry)
    description = str(spec.description or spec.label)
    return {"type": "object", "title": str(spec.label), "description": description, "properties": properties,
            "required": ["id"]}  # fmt: skip


def _described(entry: Field, schema: Json) -> Json:
    schema["title"] = str(entry.label)
    if str(entry.help):
        schema["description"] = str(entry.help)
    if entry.source == CUSTOM:
        schema["x-custom"] = True
    return schema


def _input(entry: Field) -> Json:
    schema = entry.kind.schema()
    return _described(entry, schema if entry.required else nullable(schema))


def _output(entry: Field) -> Json:
    schema = {name: value for name, value in nullable(entry.kind.schema()).items() if name not in _ONLY_FOR_INPUT}
    if schema.get("format") not in _FORMATS_OF_OUTPUT:
        schema.pop("format", None)
    if _is_link(entry):
        schema = {"anyOf": [schema, reference("Named")]}
    if entry.read_only:
        schema["readOnly"] = True
    return _described(entry, schema)


def _is_link(entry: Field) -> bool:
    return bool(getattr(entry.kind, "target", ""))


def _filters(spec: ObjectSpec) -> Json:
    """Return the family of filter parameters; values of ``in`` and ``between`` are separated by commas."""
    found: Json = {}
    for name, entry in spec.all_fields.items():
        for operator in entry.kind.operators:
            key = name if operator == "eq" else f"{name}__{operator}"
            found[key] = {"type": "boolean"} if operator == "isnull" else {"type": "string"}
    return found


def common_schemas() -> dict[str, Json]:
    """Return the components that belong to no object."""
    field_error: Json = {
        "type": "object",
        "properties": {
            "field": {"type": "string", "description": _("The field's name; empty for the whole record.")},
            "code": {"type": "string", "description": _("Stable, for programs.")},
            "message": {"type": "string", "description": _("For people, in their language.")},
        },
        "required": ["field", "code", "message"],
    }
    problem: Json = {
        "type": "object",
        "description": _("A problem document (RFC 9457)."),
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string"},
            "request_id": {"type": "string"},
            "errors": {"type": "array", "items": reference("FieldError")},
        },
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "example": {
            "type": "/docs/errors#invalid", "title": _("Not acceptable"), "status": 422, "code": "invalid",
            "detail": "", "request_id": _EXAMPLES["uuid"], "errors": [],
        },
    }  # fmt: skip
    named: Json = {
        "type": "object",
        "properties": {"id": UUID_SCHEMA, "name": {"type": "string"}},
        "required": ["id", "name"],
    }
    return {"FieldError": field_error, "Problem": problem, "Named": named, **_work_schemas(), **_people_schemas()}


def _work_schemas() -> dict[str, Json]:
    """Return the components of history, bulk work, undo and search."""
    count: Json = {"type": "integer", "minimum": 0}
    ids: Json = {"type": "array", "items": UUID_SCHEMA}
    rejected: Json = {
        "type": "object",
        "properties": {
            "index": count, "id": UUID_SCHEMA, "errors": {"type": "array", "items": reference("FieldError")},
        },
        "required": ["errors"],
    }  # fmt: skip
    bulk: Json = {
        "batch": {**nullable(UUID_SCHEMA), "description": _("What undoes this work; null when nothing was written.")},
        "created": ids, "updated": count, "unchanged": count, "deleted": count,
        "rejected": {"type": "array", "items": rejected},
    }  # fmt: skip
    change: Json = {
        "id": UUID_SCHEMA, "batch": UUID_SCHEMA, "action": {"type": "string"}, "at": INSTANT_SCHEMA,
        "actor": {"anyOf": [reference("Named"), {"type": "null"}]}, "channel": {"type": "string"},
        "values": {"type": "object", "additionalProperties": {"type": "object", "properties": {"old": {}, "new": {}}}},
    }  # fmt: skip
    hit: Json = {
        "object": {"type": "string"}, "id": UUID_SCHEMA, "number": {"type": "string"}, "title": {"type": "string"},
        "subtitle": {"type": "string"}, "score": {"type": "number"}, "is_guess": {"type": "boolean"},
    }  # fmt: skip
    undone: Json = {"batch": UUID_SCHEMA, "undone": count, "conflicts": ids}
    merged: Json = {"batch": UUID_SCHEMA, "kept": {"type": "object"}, "dropped": ids}
    task: Json = {
        "id": UUID_SCHEMA, "object": {"type": "string"}, "batch": nullable(UUID_SCHEMA), "action": {"type": "string"},
        "status": {"type": "string"}, "problem": {"type": "string"},
        **dict.fromkeys(
            ("total", "position", "updated", "unchanged", "deleted", "rejected", "undone", "conflicts"), count
        ),
        "problems": {"type": "array", "items": {"type": "object"}},
    }  # fmt: skip
    members = {"BulkResult": bulk, "BulkTask": task, "Change": change, "Hit": hit, "Undone": undone, "Merged": merged}
    return {name: _closed(properties) for name, properties in members.items()}


def _people_schemas() -> dict[str, Json]:
    text: Json = {"type": "string"}
    department: Json = {"anyOf": [reference("Named"), {"type": "null"}]}
    user: Json = {
        "id": UUID_SCHEMA, "name": text, "email": text, "title": text, "department": department,
        "is_active": {"type": "boolean"},
    }  # fmt: skip
    me: Json = {
        "id": UUID_SCHEMA, "name": text, "email": text, "department": nullable(UUID_SCHEMA), "language": text,
        "time_zone": text, "roles": {"type": "array", "items": {"type": "object"}},
        "abilities": {"type": "array", "items": text}, "rights": {"type": "object"}, "organization": {"type": "object"},
    }  # fmt: skip
    return {"User": _closed(user), "Me": _closed(me)}


def _closed(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}
