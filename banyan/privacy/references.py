"""What other apps say about personal data: who is a person, and what must be kept of one, why and until when."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Model, QuerySet

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry
from banyan.core.objects.spec import ObjectSpec

MODULE = "privacy"


@dataclass(frozen=True)
class PersonKind:
    """An object whose records are people, all of them or those that fit ``condition`` (a field and its value).

    ``blocked_field`` names the field by which somebody must not be contacted at all; ``consents`` the field of
    a consent, and of a request, that points to such a record.
    """

    object_name: str
    consents: str
    condition: dict[str, Any] = field(default_factory=dict)
    blocked_field: str = ""


@dataclass(frozen=True)
class Kept:
    """Records that must stay as they are although a person is erased, by one reason, until a day.

    ``fields`` are those of the person's own record without which they would mean nothing, such as the buyer's
    name on an order.
    """

    object_name: str
    ids: frozenset[uuid.UUID]
    reason: str
    law: str
    until: date
    fields: frozenset[str] = frozenset()


#: What must be kept of a person, given the object's name and the ids of the person's records.
Keeper = Callable[[Actor, str, Collection[uuid.UUID]], Sequence[Kept]]


@dataclass(frozen=True)
class Trace:
    """What people outside leave beside records, such as a comment at a link, whatever name they gave there.

    ``rows`` returns the rows that belong to records, given by object, ids that must be kept left out. In them ``names``
    become the pseudonym, and ``emptied`` columns get what stands there.
    """

    model: type[Model]
    rows: Callable[[Mapping[str, Collection[uuid.UUID]]], QuerySet[Any]]
    names: tuple[str, ...] = ()
    emptied: Mapping[str, Any] = field(default_factory=dict)


traces: Registry[Trace] = Registry("traces of people outside")
person_kinds: Registry[PersonKind] = Registry("kinds of persons")
keepers: Registry[Keeper] = Registry("what must be kept of persons")


def names_of_persons(spec: ObjectSpec, record: Any) -> Iterator[str]:
    """Yield the field by which a record names a person, where the record is one."""
    kind = person_kinds.get(spec.name)
    if kind is not None and all(getattr(record, name, None) == value for name, value in kind.condition.items()):
        yield spec.title
