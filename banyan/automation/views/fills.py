"""The editor of field values: rows of a field, where its value comes from, and the value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from banyan.automation.setting import Setting
from banyan.automation.steps.base import place_help
from banyan.automation.values import copies, sources
from banyan.automation.views.frame import Editing, reader
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.web.forms import Form

#: Inputs that fit into a row.
WIDGETS = {
    "text", "long_text", "email", "phone", "url", "integer", "decimal", "money", "boolean", "choice", "multiple_choice", "tags",
    "link", "person", "people", "date", "datetime", "reference", "lines",
}  # fmt: skip
MOST_ROWS = 30


def rows_of(editing: Editing, target: ObjectSpec, sent: QueryDict) -> list[dict[str, Any]]:
    """Return the rows that were sent, without one that is taken away, with one that is added."""
    count = min(int(sent.get("rows") or 0) if str(sent.get("rows") or "0").isdecimal() else 0, MOST_ROWS)
    found = []
    for number in range(count):
        name, source = sent.get(f"v{number}-field", ""), sent.get(f"v{number}-source") or "value"
        entry = target.writable_fields.get(name)
        if entry is None or sent.get("remove") == str(number):
            continue
        row: dict[str, Any] = {"field": name, "source": source}
        value = _sent_value(entry, source, number, sent)
        if value is not None:
            row["value"] = value
        found.append(row)
    added = sent.get("added", "")
    if added in target.writable_fields:
        found.append(
            {"field": added, "source": _first_source(editing.setting, editing.spec, target.writable_fields[added])}
        )
    return found


def _sent_value(entry: Field, source: str, number: int, sent: QueryDict) -> Any:
    name = f"v{number}-value"
    if name not in sent and f"{name}-{source}" not in sent:
        return [] if entry.kind.many and source == "value" else None
    if source == "value" and entry.kind.many:
        return [value for value in sent.getlist(name) if value]
    return sent.get(name, "")


def _first_source(setting: Setting, spec: ObjectSpec, entry: Field) -> str:
    """Return what a field is most likely filled with."""
    if entry.kind.widget == "reference":
        return "record"
    return "days" if entry.kind.widget in {"date", "datetime"} else "value"


def rows_shown(
    editing: Editing, spec: ObjectSpec, target: ObjectSpec, rows: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the rows as the editor shows them, and the fields that can be added."""
    used = {row["field"] for row in rows}
    possible = [entry for entry in target.writable_fields.values() if entry.kind.widget in WIDGETS]
    return {
        "count": len(rows),
        "list": [
            _shown(editing, spec, target, row, number)
            for number, row in enumerate(rows)
            if row["field"] in target.all_fields
        ],
        "fields": [{"value": entry.name, "label": str(entry.label)} for entry in possible if entry.name not in used],
        "places": place_help(editing.setting, spec),
    }


def _shown(editing: Editing, spec: ObjectSpec, target: ObjectSpec, row: dict[str, Any], number: int) -> dict[str, Any]:
    entry = target.all_fields[row["field"]]
    name = row.get("source") or "value"
    possible = [source for source in sources if source.fits(editing.setting, spec, entry)]
    if entry.kind.widget == "reference":
        possible = [source for source in possible if source.name in {"record", "copy"}]
    chosen = next((source for source in possible if source.name == name), possible[0])
    return {
        "number": number,
        "field": entry.name,
        "label": str(entry.label),
        "required": entry.required,
        "source": chosen.name,
        "sources": [{"value": source.name, "label": str(source.label)} for source in possible],
        "input": _input(editing, spec, target, entry, chosen.asks, row.get("value"), f"v{number}-value"),
    }


def _input(  # noqa: PLR0913, PLR0917 what an input depends on
    editing: Editing, spec: ObjectSpec, target: ObjectSpec, entry: Field, asks: str, value: Any, name: str
) -> dict[str, Any] | None:
    common = {"name": name, "id": f"field-{name}", "label": str(entry.label)}
    if asks == "field":
        return {**common, "kind": "choice", "choices": copyable(editing.setting, spec, entry), "value": value or ""}
    if asks == "text":
        return {**common, "kind": "long_text", "value": value or "", "rows": 2}
    if asks == "number":
        return {**common, "kind": "integer", "value": value if value is not None else ""}
    if asks == "formula":
        return {**common, "kind": "text", "value": value or "", "placeholder": "amount * 0.1"}
    if asks != "input":
        return None
    if entry.kind.widget == "boolean":
        choices = [{"value": "true", "label": _("yes")}, {"value": "false", "label": _("no")}]
        return {**common, "kind": "choice", "choices": choices, "value": str(value or "").lower()}
    form = Form(reader(editing.request.actor), target, {entry.name: value})
    form.load_labels([entry.name])
    shown = {**form.input(entry), **common, "required": False, "autofocus": False, "help": "", "error": ""}
    shown.pop("create_url", None)
    shown.pop("narrowed_by", None)
    if shown["kind"] == "money":
        shown["currency_name"] = f"{name}-currency"
    return shown


def copyable(setting: Setting, spec: ObjectSpec, entry: Field) -> list[dict[str, str]]:
    """Return the fields whose values fit: of the record, then of the records that it points to."""
    found = [
        {"value": name, "label": str(field.label)}
        for name, field in spec.all_fields.items()
        if name != "version" and copies(field, entry)
    ]
    for name, link in spec.links.items():
        linked = setting.target_of(link)
        for inner, field in (linked.all_fields if linked else {}).items():
            if inner not in {"version", "created_by", "updated_by"} and copies(field, entry):
                found.append({"value": f"{name}.{inner}", "label": f"{link.label} › {field.label}"})
    return found
