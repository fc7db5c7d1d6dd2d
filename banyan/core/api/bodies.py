"""Bodies that describe no record: what steps take, and what is read by the schema that the documentation shows, and refused member by member."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.api.calls import Call
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.kinds import Date, Unacceptable
from banyan.core.records.drafts import reading_for

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "array": list,
    "object": dict,
    "null": type(None),
}


def body_of(call: Call, names: Collection[str]) -> dict[str, Any]:
    """Return the body of a step such as ``POST /orders/{id}/cancel``, empty when none was sent.

    Raises ``Invalid`` for a member that is none of the names, and for parameters other than ``confirmed``.
    """
    call.allow_only(("confirmed",))
    body = call.json() if call.body else {}
    unknown = sorted(body.keys() - set(names))
    if unknown:
        message = _("There is no field “%(name)s”.") % {"name": unknown[0][:60]}
        raise Invalid([FieldError(unknown[0][:60], "unknown_field", message)])
    return body


def objects_in(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a member that is a list of objects; raise ``Invalid`` when it is anything else."""
    given = body.get(name)
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise Invalid([FieldError(name, "not_list", _("This is a list of objects."))])
    return given


def day_in(call: Call, values: Mapping[str, Any], name: str) -> date | None:
    """Return a member that is a day, or None; raise ``Invalid`` when it is no day."""
    try:
        found: date | None = Date().parse(values.get(name), reading_for(call.actor))
    except Unacceptable as problem:
        raise Invalid([FieldError(name, problem.code, problem.message)]) from None
    return found


def fitting(body: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body that fits an object's schema.

    Known of a schema are ``type``, ``enum``, ``maxLength``, ``properties``, ``required``, ``items`` and
    ``additionalProperties``. Raises ``Invalid`` with one entry for each member that does not fit, named by its path.
    """
    errors = list(_complaints(body, schema, ""))
    if errors:
        raise Invalid(errors)
    return dict(body)


def _complaints(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    kinds = schema.get("type", ())
    wanted = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    if wanted and not any(_is_of(value, kind) for kind in wanted):
        yield FieldError(path, "bad_value", _("“%(member)s” is not of the right kind.") % {"member": path})
    elif "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(str(option) for option in schema["enum"] if option is not None)
        message = _("“%(member)s” must be one of: %(options)s.") % {"member": path, "options": allowed}
        yield FieldError(path, "unknown_choice", message)
    elif isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        message = _("“%(member)s” may have at most %(most)d characters.")
        yield FieldError(path, "too_long", message % {"member": path, "most": schema["maxLength"]})
    elif isinstance(value, dict):
        yield from _complaints_of_members(value, schema, f"{path}." if path else "")
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from _complaints(item, schema["items"], f"{path}.{index}")


def _is_of(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))


def _complaints_of_members(value: dict[str, Any], schema: Mapping[str, Any], prefix: str) -> Iterator[FieldError]:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            path = f"{prefix}{name}"
            yield FieldError(path, "required", _("“%(member)s” is missing.") % {"member": path})
    for name, member in value.items():
        path = f"{prefix}{name[:60]}"
        if name in known:
            yield from _complaints(member, known[name], path)
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from _complaints(member, schema["additionalProperties"], path)
        elif schema.get("additionalProperties", not known) is False:
            yield FieldError(path, "unknown_field", _("There is no field “%(name)s”.") % {"name": path})
