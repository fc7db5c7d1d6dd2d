"""Further ways to reach somebody: several phones and e-mail addresses, each with what it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.expressions import Type
from banyan.core.kernel.text.email import is_email, normalize_email
from banyan.core.kernel.text.phone import format_phone, normalize_phone
from banyan.core.objects.kinds.base import Kind, Reading, Unacceptable, as_text, register_kind

MOST_POINTS = 30
EMAIL, PHONE, OTHER = "email", "phone", "other"
_FLAGS = {
    "opt_out": re.compile(r"[（(]\s*(?:do not contact|no calls|opt out|勿扰|不联系|拒收)\s*[)）]", re.IGNORECASE),
    "invalid": re.compile(r"[（(]\s*(?:invalid|wrong|无效|空号|停机)\s*[)）]", re.IGNORECASE),
}
_LABEL = re.compile(r"^\s*([^\d@:：+]{1,30})[:：]\s*(.+)$")


@register_kind
@dataclass(frozen=True)
class ContactPoints(Kind):
    """A list of phones, e-mail addresses and others: ``{type, label, value, opt_out, invalid}``.

    People write one a line: "office: 021 5888 6666", "private: a@b.example (do not contact)".
    """

    name: ClassVar[str] = "contact_points"
    expression_type: ClassVar[Type | None] = None
    label: ClassVar[Any] = gettext_lazy("Phones and e-mail addresses")
    widget: ClassVar[str] = "lines"
    operators: ClassVar[tuple[str, ...]] = ("isnull",)
    sortable: ClassVar[bool] = False
    sql_type: ClassVar[str] = "jsonb"
    json_type: ClassVar[dict[str, Any]] = {
        "type": "array",
        "maxItems": MOST_POINTS,
        "items": {
            "type": "object",
            "properties": {
                "type": {"type": "string", "enum": [PHONE, EMAIL, OTHER]},
                "label": {"type": "string", "maxLength": 30},
                "value": {"type": "string", "maxLength": 254},
                "opt_out": {"type": "boolean"},
                "invalid": {"type": "boolean"},
            },
            "required": ["value"],
            "additionalProperties": False,
        },
    }

    def parse(self, value: Any, reading: Reading) -> list[dict[str, Any]]:
        """Return the points in normal form, each value once; lines of text are read as people write them."""
        if value is None:
            return []
        entries = value.splitlines() if isinstance(value, str) else value
        if not isinstance(entries, list):
            raise Unacceptable("not_list", _("This must be a list."))
        points: dict[str, dict[str, Any]] = {}
        for entry in entries:
            point = _point(entry if isinstance(entry, dict) else _read_line(str(entry)), reading)
            if point is not None:
                points.setdefault(point["value"], point)
        if len(points) > MOST_POINTS:
            raise Unacceptable("too_many", _("At most %(maximum)d entries fit.") % {"maximum": MOST_POINTS})
        return list(points.values())

    def display(self, value: Any, reading: Reading) -> str:
        """Return the points in one line."""
        return "; ".join(_line(point, reading) for point in value or [])

    def export(self, value: Any, reading: Reading) -> str:
        """Return one line per point, as ``parse`` reads them."""
        return "\n".join(_line(point, reading, machine=True) for point in value or [])

    def search_text(self, value: Any) -> str:
        """Return the numbers and addresses."""
        return " ".join(point["value"] for point in value or [])

    def empty_condition(self, path: str) -> Q:
        """Return the filter for no points at all."""
        return Q(**{path: []})


def _point(given: dict[str, Any], reading: Reading) -> dict[str, Any] | None:
    text = as_text(given.get("value"), maximum=254)
    if text is None:
        return None
    kind, value = OTHER, text
    if "@" in text and is_email(normalize_email(text)):
        kind, value = EMAIL, normalize_email(text)
    elif number := normalize_phone(text, reading.country):
        kind, value = PHONE, number
    point = {"type": kind, "label": as_text(given.get("label"), maximum=30) or "", "value": value}
    return {**point, "opt_out": given.get("opt_out") is True, "invalid": given.get("invalid") is True}


def _read_line(line: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for flag, pattern in _FLAGS.items():
        line, count = pattern.subn("", line)
        found[flag] = count > 0
    labelled = _LABEL.match(line)
    label, value = labelled.groups() if labelled else ("", line)
    return {**found, "label": label, "value": value}


def _line(point: dict[str, Any], reading: Reading, *, machine: bool = False) -> str:
    is_phone = point.get("type") == PHONE and not machine
    value = format_phone(point["value"], reading.language) if is_phone else point["value"]
    marks = [
        f" ({_('do not contact')})" if point.get("opt_out") else "",
        f" ({_('invalid')})" if point.get("invalid") else "",
    ]
    return f"{point['label']}: {value}{''.join(marks)}" if point.get("label") else f"{value}{''.join(marks)}"
