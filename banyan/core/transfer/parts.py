"""Fields that files may hold in several columns: addresses by city and street, people by family and given name."""

from __future__ import annotations

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.text.names import person_display
from banyan.core.objects.kinds import ADDRESS_PARTS, Address, PersonName
from banyan.core.objects.spec import Field

NAME_PARTS = ("family", "given", "middle")
#: Columns of other systems that belong into the street.
STREET_PARTS = ("street_number", "second_line")
PART_LABELS: dict[str, Any] = {
    "country": _("Country"),
    "province": _("Province"),
    "city": _("City"),
    "district": _("District"),
    "street": _("Street"),
    "postcode": _("Postcode"),
    "street_number": _("Street number"),
    "second_line": _("Address line 2"),
    "family": _("Family name"),
    "given": _("Given name"),
    "middle": _("Middle name"),
}
#: What a column without a part is, when others fill parts of the same field.
WHOLE_ADDRESS, WHOLE_NAME = "street", "whole"
_SEPARATOR = "."


def part_names(entry: Field) -> list[str]:
    """Return the names by which the columns of a field's parts are known; most fields have none."""
    parts: tuple[str, ...] = (*ADDRESS_PARTS, *STREET_PARTS) if isinstance(entry.kind, Address) else ()
    if isinstance(entry.kind, PersonName):
        parts = NAME_PARTS
    return [f"{entry.name}{_SEPARATOR}{part}" for part in parts]


def split_part(name: str) -> tuple[str, str]:
    """Return the field and the part that a column fills; the part is empty for a whole field."""
    field_name, _separator, part = name.partition(_SEPARATOR)
    return field_name, part


def part_label(entry: Field, part: str) -> Any:
    """Return the heading of a part's column, such as "Address: City"."""
    return format_lazy(_("{field}: {part}"), field=entry.label, part=PART_LABELS[part])


def with_part(entry: Field, known: Any, part: str, value: Any) -> Any:
    """Return a field's value with one more column; a whole address beside its parts is the street."""
    if not part and not isinstance(known, dict):
        return value
    whole = WHOLE_NAME if isinstance(entry.kind, PersonName) else WHOLE_ADDRESS
    parts = dict(known) if isinstance(known, dict) else {whole: known} if known else {}
    return {**parts, part or whole: value}


def from_parts(entry: Field, parts: dict[str, str], language: str) -> Any:
    """Return the value that parts make: a name in one piece, an address whose street has its number."""
    return _name_from(parts, language) if isinstance(entry.kind, PersonName) else _address_from(parts)


def _name_from(parts: dict[str, str], language: str) -> str:
    # A whole name is the truth; its parts beside it add nothing.
    given = " ".join(part for part in (parts.get("given"), parts.get("middle")) if part)
    whole = parts.get(WHOLE_NAME, "")
    return person_display(full_name=whole, family=parts.get("family", ""), given=given, locale=language)


def _address_from(parts: dict[str, str]) -> dict[str, str]:
    street, number = parts.get("street", ""), parts.get("street_number", "")
    numbered = f"{number} {street}" if street.isascii() else f"{street}{number}"
    lines = [line for line in (numbered.strip(), parts.get("second_line", "")) if line]
    kept = {part: text for part, text in parts.items() if part not in STREET_PARTS}
    return {**kept, "street": ", ".join(lines)} if lines else kept
