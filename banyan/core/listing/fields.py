"""Which fields an actor may list by, and how their values are addressed in a query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.db.models import Expression, F, Func
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import excepted_fields
from banyan.core.access.decisions import fields as field_access
from banyan.core.access.scopes import FieldAccess
from banyan.core.database.typed_values import function_of
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.kinds import Link, Reading
from banyan.core.objects.spec import CUSTOM, Field, ObjectSpec

NAMES_SHOWN = 60


class PlainNumeric(models.DecimalField):
    """A ``numeric`` without precision, so that a cast is written as expression indexes write it."""

    def db_type(self, connection: Any) -> str:
        """Return the bare type."""
        return "numeric"


#: What a custom field's text is cast to; a kind whose type is missing here is compared as text.
_CASTS: dict[str, models.Field] = {
    "bigint": models.BigIntegerField(),
    "numeric": PlainNumeric(),
    "boolean": models.BooleanField(),
    "date": models.DateField(),
    "timestamptz": models.DateTimeField(),
    "uuid": models.UUIDField(),
}

#: Every record has an id, which no specification names; lists are filtered by it, not sorted.
ID = Field("id", Link(), gettext_lazy("Id"), read_only=True, attribute="id")


def shown_fields(actor: Actor, spec: ObjectSpec) -> dict[str, Field]:
    """Return the fields whose values, perhaps masked, the actor may see in some record at least."""
    shown = _fields_from(FieldAccess.MASKED, actor, spec)
    excepted = excepted_fields(actor, spec) - shown.keys()
    if not excepted:
        return shown
    return {name: entry for name, entry in spec.all_fields.items() if name in shown or name in excepted}


def open_fields(actor: Actor, spec: ObjectSpec) -> dict[str, Field]:
    """Return the fields that the actor sees unmasked: only by these may lists be filtered and sorted.

    A filter on a masked field would tell what the mask hides.
    """
    return _fields_from(FieldAccess.READ_ONLY, actor, spec)


def sortable_by(actor: Actor, spec: ObjectSpec, sort: Iterable[str]) -> tuple[str, ...]:
    """Return those of the keys of a sort that the actor sees unmasked: what others chose asks for no more than they see."""
    known = open_fields(actor, spec)
    return tuple(key for key in sort if key.removeprefix("-") in known)


def masked_names(actor: Actor, spec: ObjectSpec) -> set[str]:
    """Return the names of the fields whose values the actor sees masked."""
    access = field_access(actor, spec, spec.all_fields)
    return {name for name, level in access.items() if level is FieldAccess.MASKED}


def _fields_from(least: FieldAccess, actor: Actor, spec: ObjectSpec) -> dict[str, Field]:
    access = field_access(actor, spec, spec.all_fields)
    return {name: entry for name, entry in spec.all_fields.items() if access[name] >= least}


def value_expression(entry: Field) -> Expression | F:
    """Return the value of a field in a query; custom fields are typed as their kind says."""
    if entry.source != CUSTOM:
        return F(entry.attribute)
    text = KeyTextTransform(entry.name, "custom")
    cast = _CASTS.get(entry.kind.sql_type)
    if cast is None:
        return text
    if entry.indexed:
        return Func(text, function=function_of(entry.kind.sql_type), output_field=cast)
    return Cast(text, cast)


def reading_of(actor: Actor, labels: Mapping[Any, str] | None = None) -> Reading:
    """Return how the values of filters are read from, and shown to, an actor."""
    return Reading(
        language=actor.language,
        time_zone=actor.time_zone,
        currency=actor.currency,
        country=actor.organization.country,
        labels=labels or {},
    )


def unknown_field(name: str, allowed: Iterable[str], *, parameter: str = "") -> Invalid:
    """Return the error for a name that is no field, or none that the actor may use so.

    ``parameter`` is the part of the request that named it; without it the error belongs to the name.
    """
    known = sorted(allowed)
    shown = ", ".join(known[:NAMES_SHOWN]) + (" …" if len(known) > NAMES_SHOWN else "")
    message = _("There is no field “%(name)s” here. There are: %(allowed)s.")
    return Invalid([FieldError(parameter or name, "unknown_field", message % {"name": name[:60], "allowed": shown})])
