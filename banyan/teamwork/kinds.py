"""Field kinds of the teamwork app: a checklist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.objects.kinds import Kind, Reading, Unacceptable, register_kind
from banyan.core.objects.kinds.base import as_text
from banyan.teamwork.rules import checklist_progress

MAXIMUM_ITEMS = 100


@register_kind
@dataclass(frozen=True)
class Checklist(Kind):
    """A list of things to tick off."""

    name: ClassVar[str] = "checklist"
    label: ClassVar[Any] = gettext_lazy("Checklist")
    widget: ClassVar[str] = "lines"
    operators: ClassVar[tuple[str, ...]] = ()
    sortable: ClassVar[bool] = False
    sql_type: ClassVar[str] = "jsonb"
    json_type: ClassVar[dict[str, Any]] = {
        "type": "array",
        "maxItems": MAXIMUM_ITEMS,
        "items": {
            "type": "object",
            "properties": {"text": {"type": "string", "maxLength": 255}, "done": {"type": "boolean"}},
            "required": ["text"],
            "additionalProperties": False,
        },
    }

    def parse(self, value: Any, reading: Reading) -> list[dict[str, Any]]:
        """Return the items; a text makes one item per line, a leading ``[x]`` marks it as done."""
        if value is None:
            return []
        entries = value.splitlines() if isinstance(value, str) else value
        if not isinstance(entries, list):
            raise Unacceptable("not_list", _("This must be a list."))
        if len(entries) > MAXIMUM_ITEMS:
            raise Unacceptable(
                "too_many", _("A checklist holds at most %(maximum)d items.") % {"maximum": MAXIMUM_ITEMS}
            )
        items = []
        for entry in entries:
            item = entry if isinstance(entry, dict) else _item_of_line(entry)
            text = as_text(item.get("text"), maximum=255)
            if text:
                items.append({"text": text, "done": item.get("done") is True})
        return items

    def display(self, value: Any, reading: Reading) -> str:
        """Return how much is done, as 2/5."""
        done, total = checklist_progress(value or [])
        return f"{done}/{total}" if total else ""

    def export(self, value: Any, reading: Reading) -> str:
        """Return one line per item."""
        return "\n".join(f"{'[x] ' if item['done'] else ''}{item['text']}" for item in value or [])

    def search_text(self, value: Any) -> str:
        """Return the texts of the items."""
        return " ".join(item["text"] for item in value or [])


def _item_of_line(line: Any) -> dict[str, Any]:
    text = str(line).strip()
    done = text[:3].lower() == "[x]"
    return {"text": text[3:].strip() if done else text, "done": done}
