"""Kinds that point to something: a person, another record, an address, files."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.expressions import Type
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.objects.kinds.base import Kind, Reading, Unacceptable, as_text, register_kind

USER = "user"
FILE = "file"


@register_kind
@dataclass(frozen=True)
class Link(Kind):
    """A link to a record of another object; the stored value is its id.

    ``narrowed_by`` names another link that this record and those to choose from have in common: once it is
    chosen in a form, only what belongs to it is offered, such as the contacts of the customer.
    """

    name: ClassVar[str] = "link"
    label: ClassVar[Any] = gettext_lazy("Link to a record")
    widget: ClassVar[str] = "link"
    json_type: ClassVar[dict[str, Any]] = {"type": "string", "format": "uuid"}
    sql_type: ClassVar[str] = "uuid"
    sortable: ClassVar[bool] = False
    target: str = ""
    narrowed_by: str = ""

    def parse(self, value: Any, reading: Reading) -> uuid.UUID | None:
        """Return the id; a number, name or e-mail address is looked up when the caller can do so."""
        if value is None or isinstance(value, uuid.UUID):
            return value
        if isinstance(value, dict):
            value = value.get("id")
        text = as_text(value, maximum=300)
        if text is None:
            return None
        found = parse_id(text)
        if found is None and reading.resolve is not None:
            found = reading.resolve(self.target, text)
        if found is None:
            raise Unacceptable("unknown_record", _("“%(value)s” was not found.") % {"value": text[:60]})
        return found

    def to_json(self, value: Any) -> str | None:
        """Return the id as text."""
        return None if value is None else str(value)

    def from_json(self, value: Any) -> uuid.UUID | None:
        """Return the id."""
        return parse_id(value) if value is not None else None

    def display(self, value: Any, reading: Reading) -> str:
        """Return the name of the linked record, if the page has loaded it."""
        return "" if value is None else reading.labels.get(value, "")

    def search_text(self, value: Any) -> str:
        """Return nothing: the linked record is found by its own words."""
        return ""


@register_kind
@dataclass(frozen=True)
class Person(Link):
    """A person of the organization."""

    name: ClassVar[str] = "person"
    label: ClassVar[Any] = gettext_lazy("Person in the team")
    widget: ClassVar[str] = "person"
    target: str = USER


@register_kind
@dataclass(frozen=True)
class Reference(Kind):
    """A link to a record of any object, written ``object:id``; lower apps point to upper ones by it."""

    name: ClassVar[str] = "reference"
    label: ClassVar[Any] = gettext_lazy("Link to any record")
    widget: ClassVar[str] = "reference"
    operators: ClassVar[tuple[str, ...]] = ("eq", "in", "isnull")
    sortable: ClassVar[bool] = False
    json_type: ClassVar[dict[str, Any]] = {"type": "string", "maxLength": 90, "pattern": "^[a-z_]+:[0-9a-f-]{36}$"}

    def parse(self, value: Any, reading: Reading) -> str | None:
        """Return ``object:id`` in normal form."""
        text = as_text(value, maximum=90)
        if text is None:
            return None
        name, _separator, record = text.partition(":")
        record_id = parse_id(record)
        if record_id is None or not name.isidentifier():
            raise Unacceptable("unknown_record", _("“%(value)s” was not found.") % {"value": text[:60]})
        return reference_to(name, record_id)

    def display(self, value: Any, reading: Reading) -> str:
        """Return the name of the record, if the page has loaded it."""
        pointed = split_reference(value)
        return reading.labels.get(pointed[1], "") if pointed else ""

    def search_text(self, value: Any) -> str:
        """Return nothing: the record is found by its own words."""
        return ""


def reference_to(object_name: str, record_id: uuid.UUID) -> str:
    """Return the text of a reference."""
    return f"{object_name}:{record_id}"


def split_reference(value: str | None) -> tuple[str, uuid.UUID] | None:
    """Return object and id of a reference, None when there is none."""
    name, _separator, record = (value or "").partition(":")
    record_id = parse_id(record)
    return (name, record_id) if record_id else None


@register_kind
@dataclass(frozen=True)
class File(Link):
    """A file of the organization; the stored value is its id."""

    name: ClassVar[str] = "file"
    label: ClassVar[Any] = gettext_lazy("File")
    widget: ClassVar[str] = "file"
    target: str = FILE


ADDRESS_PARTS = ("country", "province", "city", "district", "street", "postcode")


@register_kind
@dataclass(frozen=True)
class Address(Kind):
    """A postal address in parts."""

    name: ClassVar[str] = "address"
    expression_type: ClassVar[Type | None] = None
    label: ClassVar[Any] = gettext_lazy("Address")
    widget: ClassVar[str] = "address"
    operators: ClassVar[tuple[str, ...]] = ("contains", "isnull")
    sql_type: ClassVar[str] = "jsonb"
    sortable: ClassVar[bool] = False
    json_type: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {part: {"type": "string", "maxLength": 200} for part in ADDRESS_PARTS},
        "additionalProperties": False,
    }

    def parse(self, value: Any, reading: Reading) -> dict[str, str]:
        """Return the filled parts; a plain text becomes the street."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            street = as_text(value, maximum=300)
            return {"street": street} if street else {}
        unknown = set(value) - set(ADDRESS_PARTS)
        if unknown:
            raise Unacceptable(
                "unknown_part", _("An address has no part “%(part)s”.") % {"part": min(map(str, unknown))[:40]}
            )
        parts = {part: as_text(value.get(part), maximum=200) for part in ADDRESS_PARTS}
        return {part: text for part, text in parts.items() if text}

    def display(self, value: Any, reading: Reading) -> str:
        """Return one line: from large to small in Chinese, from small to large in English."""
        if not value:
            return ""
        order = ("country", "province", "city", "district", "street")
        if reading.language.startswith("zh"):
            # 直辖市 are province and city at once, and are written once.
            parts = dict.fromkeys(clean_text(value[part]) for part in order if value.get(part))
            line = "".join(parts)
            return f"{line} {value['postcode']}" if value.get("postcode") else line
        return ", ".join(value[part] for part in (*reversed(order[1:]), "postcode", "country") if value.get(part))

    def search_text(self, value: Any) -> str:
        """Return all parts as words."""
        return " ".join(str(part) for part in (value or {}).values())

    def condition(self, path: str, operator: str, values: list[Any]) -> Any:
        """Return the filter; ``contains`` looks into all parts."""
        if operator == "contains":
            return super().condition(path, "icontains", [" ".join((values[0] or {}).values())])
        return super().condition(path, operator, values)

    def holds(self, value: Any, operator: str, values: list[Any]) -> bool:
        """Say whether an address passes a filter; ``contains`` looks into all parts."""
        if operator == "contains":
            wanted = " ".join((values[0] or {}).values()).casefold()
            return wanted in json.dumps(value or {}, ensure_ascii=False).casefold()
        return super().holds(value, operator, values)

    def empty_condition(self, path: str) -> Q:
        """Return the filter for records without any part of an address."""
        return super().empty_condition(path) | Q(**{path: {}})
