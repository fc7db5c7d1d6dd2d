"""Reading small bodies: members of a JSON object, each of one kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import FieldError, Invalid


def read_members(body: Mapping[str, Any], kinds: Mapping[str, type], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the members of a body by name; raise ``Invalid`` that says which one is unknown, missing or of a wrong kind."""
    errors = [
        FieldError(name[:60], "unknown_field", _("There is no field “%(name)s”.") % {"name": name[:60]})
        for name in body
        if name not in kinds
    ]
    for name, kind in kinds.items():
        if (name in body and type(body[name]) is not kind) or (name in required and name not in body):
            message = _("“%(member)s” is missing or not of the right kind.") % {"member": name}
            errors.append(FieldError(name, "bad_value", message))
    if errors:
        raise Invalid(errors)
    return {name: body[name] for name in kinds if name in body}
