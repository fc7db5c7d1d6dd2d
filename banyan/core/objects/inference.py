"""Which kind of field a model's column is."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from banyan.core.identity.models import User
from banyan.core.objects.kinds import (
    Boolean,
    Choice,
    Date,
    DateTime,
    Email,
    Integer,
    Kind,
    Link,
    LongText,
    Number,
    Option,
    Person,
    Tags,
    Text,
    Url,
)


def _object_name(model: Any) -> str:
    return str(model.__name__).lower()


def infer_kind(column: Any) -> Kind:
    """Return the kind of a model's column; raise ``TypeError`` when the specification has to say it.

    A foreign key's target is named after its model, in lower case, as specifications are.
    """
    if isinstance(column, models.ForeignKey):
        if column.related_model is User:
            return Person()
        return Link(target=_object_name(column.related_model))
    if column.choices:
        return Choice(options=tuple(Option(str(code), label) for code, label in column.flatchoices if code != ""))
    for base, make in _KINDS:
        if isinstance(column, base):
            return make(column)
    raise TypeError(f"{column} needs its kind in the object's specification.")


_KINDS: tuple[tuple[type[Any], Any], ...] = (
    (models.EmailField, lambda column: Email()),
    (models.URLField, lambda column: Url()),
    (models.CharField, lambda column: Text(maximum=column.max_length)),
    (models.TextField, lambda column: LongText()),
    (models.BooleanField, lambda column: Boolean()),
    (models.PositiveIntegerField, lambda column: Integer(minimum=0, maximum=2**31 - 1)),
    (models.IntegerField, lambda column: Integer()),
    (models.DecimalField, lambda column: Number(digits=column.max_digits, decimals=column.decimal_places)),
    (models.DateTimeField, lambda column: DateTime()),
    (models.DateField, lambda column: Date()),
    (ArrayField, lambda column: Tags()),
)
