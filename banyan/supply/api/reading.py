"""Reading what programs send to the supply chain: exact quantities, ids, days, and which member of the body is wrong."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.kernel.ids import parse_id

Json = dict[str, Any]
ID: Json = {"type": "string", "format": "uuid"}
QUANTITY: Json = {"type": "string", "description": "A decimal with at most three places."}
MOST = 1_000


def items_in(body: Json, name: str) -> list[Json]:
    """Return the one member of a body, a list of objects; raise ``Invalid`` for anything else."""
    unknown = sorted(body.keys() - {name})
    found = body.get(name)
    if unknown or not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        message = _("The body holds “%(name)s”, a list of objects, and nothing else.") % {"name": name}
        raise Invalid([FieldError(unknown[0] if unknown else name, "bad_body", message)])
    if len(found) > MOST:
        raise Invalid([FieldError(name, "too_many", _("At most %(most)d rows go at once.") % {"most": MOST})])
    return found


def only_known(item: Mapping[str, Any], where: str, names: tuple[str, ...]) -> None:
    """Raise ``Invalid`` where an object has a member that is none of the names."""
    unknown = sorted(item.keys() - set(names))
    if unknown:
        message = _("There is no field “%(name)s”.") % {"name": str(unknown[0])[:60]}
        raise Invalid([FieldError(f"{where}.{unknown[0]}"[:120], "unknown_field", message)])


def id_in(name: str, value: Any) -> uuid.UUID:
    """Return the id of a record; raise ``Invalid`` for anything else."""
    found = parse_id(value) if isinstance(value, str) else None
    if found is None:
        raise Invalid([FieldError(name, "bad_id", _("Give the id of a record."))])
    return found


def quantity_in(name: str, value: Any) -> Decimal:
    """Return an exact quantity; raise ``Invalid`` for anything else."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return Decimal(value)
        except InvalidOperation:
            pass
    # A number with a point has been a float on its way: only texts and whole numbers are exact.
    if isinstance(value, Decimal):
        return value
    raise Invalid(
        [FieldError(name, "bad_quantity", _("Give the quantity as a whole number or as a text, such as “1.5”."))]
    )


def day_named(name: str, value: Any) -> date | None:
    """Return a day, or None; raise ``Invalid`` for anything else."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Invalid([FieldError(name, "bad_date", _("Give a day such as 2027-03-31."))]) from None


def text_in(item: Mapping[str, Any], name: str) -> str:
    """Return a text of an object, empty where there is none."""
    value = item.get(name)
    return value.strip() if isinstance(value, str) else ""


@contextmanager
def named_by_position(names: Mapping[str, str]) -> Iterator[None]:
    """Let what is refused name the member of the body that is wrong, instead of the field of a page's form."""
    try:
        yield
    except Invalid as problem:
        errors = [
            FieldError(names.get(error.field, error.field), error.code, error.message) for error in problem.errors
        ]
        raise Invalid(errors) from None


def positions(items: Sequence[Mapping[str, Any]], where: str, prefix: str, key: str = "line") -> dict[str, str]:
    """Return how a page names the lines of a body, with their places in it; the first one counts."""
    found: dict[str, str] = {}
    for position, item in enumerate(items):
        found.setdefault(f"{prefix}{item.get(key)}", f"{where}.{position}")
    return found
