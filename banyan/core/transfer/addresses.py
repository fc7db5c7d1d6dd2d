"""Addresses in files: a column for each part, because a city in a column of its own can be filtered."""

from __future__ import annotations

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from banyan.core.objects.kinds import ADDRESS_PARTS, Address
from banyan.core.objects.spec import Field

PART_LABELS: dict[str, Any] = {
    "country": _("Country"),
    "province": _("Province"),
    "city": _("City"),
    "district": _("District"),
    "street": _("Street"),
    "postcode": _("Postcode"),
}
_SEPARATOR = "."


def part_names(entry: Field) -> list[str]:
    """Return the names by which the columns of a field's parts are known; a field that is no address has none."""
    return [f"{entry.name}{_SEPARATOR}{part}" for part in ADDRESS_PARTS] if isinstance(entry.kind, Address) else []


def split_part(name: str) -> tuple[str, str]:
    """Return the field and the part that a column fills; the part is empty for a whole field."""
    field_name, _separator, part = name.partition(_SEPARATOR)
    return field_name, part


def part_label(entry: Field, part: str) -> Any:
    """Return the heading of a part's column, such as "Address: City"."""
    return format_lazy(_("{field}: {part}"), field=entry.label, part=PART_LABELS[part])
