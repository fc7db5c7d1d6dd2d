"""The OpenAPI document arranged for readers: families of paths, with what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

Json = Mapping[str, Any]
METHODS = ("get", "post", "patch", "put", "delete")
SUCCESS = "2"


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter, or a field of a body or an answer."""

    name: str
    kind: str
    description: str
    required: bool = False
    read_only: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Value, ...]
    body: tuple[Value, ...]
    example: str
    replies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """The operations below one first word of the path; ``fields`` are those of its records."""

    key: str
    title: str
    operations: tuple[Operation, ...]
    fields: tuple[Value, ...]


def families(document: Json) -> dict[str, str]:
    """Return the titles of all families by their first word of the path, in the document's order."""
    found: dict[str, str] = {}
    for path, item in document["paths"].items():
        tags = [item[method]["tags"][0] for method in METHODS if method in item]
        found.setdefault(_first_word(path), tags[0])
    return found


def family(document: Json, key: str) -> Family | None:
    """Return one family with everything a caller needs to know, or None when there is none of that name."""
    operations = tuple(_operations(document, key))
    if not operations:
        return None
    return Family(key, families(document)[key], operations, _record_fields(document, key))


def _operations(document: Json, key: str) -> Iterator[Operation]:
    base = document["servers"][0]["url"]
    for path, item in document["paths"].items():
        if _first_word(path) != key:
            continue
        for method in METHODS:
            if method in item:
                yield _operation(document, f"{base}{path}", method, item)


def _operation(document: Json, path: str, method: str, item: Json) -> Operation:
    described = item[method]
    content: Json = next(iter(described.get("requestBody", {}).get("content", {}).values()), {})
    return Operation(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        summary=described["summary"],
        description=described.get("description", ""),
        parameters=tuple(_parameter(each) for each in [*item.get("parameters", []), *described["parameters"]]),
        body=_values(_resolved(document, content.get("schema", {}))),
        example=orjson.dumps(content["example"], option=orjson.OPT_INDENT_2).decode() if "example" in content else "",
        replies=tuple(
            (status, reply["description"])
            for status, reply in described["responses"].items()
            if status.startswith(SUCCESS)
        ),
    )


def _record_fields(document: Json, key: str) -> tuple[Value, ...]:
    shown = document["paths"].get(f"/{key}/{{id}}", {}).get("get", {})
    reply = shown.get("responses", {}).get("200", {})
    content: Json = next(iter(reply.get("content", {}).values()), {})
    return _values(_resolved(document, content.get("schema", {})))


def _parameter(described: Json) -> Value:
    return Value(
        name=described["name"],
        kind=kind_of(described["schema"]),
        description=described.get("description", ""),
        required=described.get("required", False),
        place=described["in"],
    )


def _values(schema: Json) -> tuple[Value, ...]:
    required = schema.get("required", ())
    return tuple(
        Value(
            name=name,
            kind=kind_of(described),
            description=described.get("description") or described.get("title", ""),
            required=name in required,
            read_only=described.get("readOnly", False),
        )
        for name, described in schema.get("properties", {}).items()
    )


def kind_of(schema: Json) -> str:
    """Return in a few words which values a schema takes."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for combination in ("anyOf", "oneOf", "allOf"):
        if combination in schema:
            return " | ".join(dict.fromkeys(kind_of(part) for part in schema[combination]))
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value is not None)
    if schema.get("type") == "array":
        return f"[{kind_of(schema.get('items', {}))}]"
    kinds = schema.get("type", "any")
    names = kinds if isinstance(kinds, list) else [kinds]
    return " | ".join(schema.get("format", name) if name == "string" else name for name in names if name != "null")


def _resolved(document: Json, schema: Json) -> Json:
    if "$ref" not in schema:
        return schema
    found: Json = document["components"]["schemas"][str(schema["$ref"]).rpartition("/")[2]]
    return found


def _first_word(path: str) -> str:
    return path.strip("/").partition("/")[0]
