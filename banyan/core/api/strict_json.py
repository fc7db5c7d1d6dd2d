"""JSON as the interface takes it: one object, in UTF-8, without anything that two readers could read differently."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError

MAXIMUM_DEPTH = 32


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a request's body; an empty body is an empty object.

    Whole numbers stay exact at any length and fractions become ``Decimal``. Raises ``DomainError``
    (400) for anything else: other encodings, lone surrogates, NUL characters, names that come twice,
    nesting deeper than ``MAXIMUM_DEPTH``, or a value that is no object.
    """
    if not body.strip():
        return {}
    value = read_json(body)
    if not isinstance(value, dict):
        raise DomainError("not_object", _("The body must be a JSON object."))
    return value


def read_json(text: bytes | str) -> Any:
    """Return any JSON value, under the same rules as ``read_object``."""
    try:
        # The quick parser judges first: it knows UTF-8, surrogates, infinities and depth.
        loose = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise DomainError("bad_json", _("This is not valid JSON: %(problem)s.") % {"problem": error.msg}) from None
    if _is_deeper(loose, MAXIMUM_DEPTH):
        raise DomainError("too_deep", _("The JSON is nested deeper than %(depth)d levels.") % {"depth": MAXIMUM_DEPTH})
    if _has_nul(text):
        raise DomainError("bad_text", _("Texts may not contain the character NUL."))
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_float=Decimal)
    except ValueError as error:
        raise DomainError("bad_json", _("This is not valid JSON: %(problem)s.") % {"problem": error}) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DomainError("duplicate_name", _("The name “%(name)s” comes twice in one object.") % {"name": twice[:60]})
    return found


def _is_deeper(value: Any, limit: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    if limit == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_is_deeper(item, limit - 1) for item in inner)


def _has_nul(text: bytes | str) -> bool:
    """Say whether an escaped NUL occurs; an escaped backslash before ``u0000`` is none."""
    escaped = text if isinstance(text, str) else text.decode()
    return "\\u0000" in escaped.replace("\\\\", "")
