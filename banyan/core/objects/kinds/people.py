"""Kinds that hold several people or departments of the organization."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.expressions import Type
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.kinds.base import Kind, Reading, Unacceptable, as_text, register_kind

MAXIMUM_PEOPLE = 200


@register_kind
@dataclass(frozen=True)
class People(Kind):
    """Several people of the organization."""

    name: ClassVar[str] = "people"
    expression_type: ClassVar[Type | None] = Type.LIST
    label: ClassVar[Any] = gettext_lazy("People in the team")
    widget: ClassVar[str] = "people"
    operators: ClassVar[tuple[str, ...]] = ("contains", "in", "isnull")
    sortable: ClassVar[bool] = False
    many: ClassVar[bool] = True
    sql_type: ClassVar[str] = "uuid[]"
    json_type: ClassVar[dict[str, Any]] = {
        "type": "array",
        "maxItems": MAXIMUM_PEOPLE,
        "items": {"type": "string", "format": "uuid"},
    }

    def parse(self, value: Any, reading: Reading) -> list[uuid.UUID]:
        """Return the people's ids; names are looked up when the caller can do so."""
        if value is None:
            return []
        given = value if isinstance(value, list) else str(value).replace(";", ",").split(",")
        if len(given) > MAXIMUM_PEOPLE:
            raise Unacceptable("too_many", _("At most %(maximum)d people fit.") % {"maximum": MAXIMUM_PEOPLE})
        people: list[uuid.UUID] = []
        for entry in given:
            text = as_text(entry, maximum=200)
            if text is None:
                continue
            found = parse_id(text) or (reading.resolve("user", text) if reading.resolve else None)
            if found is None:
                raise Unacceptable("unknown_record", _("“%(value)s” was not found.") % {"value": text[:60]})
            if found not in people:
                people.append(found)
        return people

    def to_json(self, value: Any) -> list[str]:
        """Return the ids as texts."""
        return [str(person) for person in value or []]

    def from_json(self, value: Any) -> list[uuid.UUID]:
        """Return the ids."""
        return [uuid.UUID(str(person)) for person in value or []]

    def display(self, value: Any, reading: Reading) -> str:
        """Return the names, as far as the page has loaded them."""
        return ", ".join(reading.labels.get(person, "") for person in value or [])

    def search_text(self, value: Any) -> str:
        """Return nothing."""
        return ""

    def condition(self, path: str, operator: str, values: list[Any]) -> Q:
        """Return the filter: ``contains`` wants all the people, ``in`` any of them."""
        if operator == "isnull":
            return Q(**{path: []}) if values[0] else ~Q(**{path: []})
        wanted = [person for value in values for person in value]
        return Q(**{f"{path}__{'contains' if operator == 'contains' else 'overlap'}": wanted})

    def holds(self, value: Any, operator: str, values: list[Any]) -> bool:
        """Say whether people pass a filter."""
        if operator == "isnull":
            return (not value) is bool(values[0])
        wanted = {person for people in values for person in people}
        return wanted <= set(value or ()) if operator == "contains" else not wanted.isdisjoint(value or ())


@register_kind
@dataclass(frozen=True)
class Departments(People):
    """Several departments of the organization."""

    name: ClassVar[str] = "departments"
    label: ClassVar[Any] = gettext_lazy("Departments")
    widget: ClassVar[str] = "departments"
    operators: ClassVar[tuple[str, ...]] = ()
