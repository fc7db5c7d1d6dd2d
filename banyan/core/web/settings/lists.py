"""Pick lists: order, labels, colours, values hidden and added."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from banyan.core.objects.kinds import Option
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.pick_lists import COLORS, editable_lists, find_list, set_options, stored
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in

URL = "/settings/lists"
EMPTY_LINES = 3


@signed_in("GET")
def lists(request: SignedInRequest) -> HttpResponse:
    """List the pick lists that the organization may shape."""
    require_page(request.actor, "lists")
    rows: dict[str, dict[str, Any]] = {}
    for entry in editable_lists(request.actor.organization):
        if not module_is_on(request.actor.organization, entry.spec.module):
            continue
        row = rows.setdefault(
            entry.name,
            {
                "url": f"{URL}/{entry.name}",
                "label": str(entry.field.label),
                "objects": [],
                "values": [str(option.label) for option in entry.options if option.active][:8],
            },
        )
        row["objects"].append(str(entry.spec.label))
    shown = [{**row, "object": " / ".join(row["objects"])} for row in rows.values()]
    return settings_answer(request, "lists", "settings/lists.html", {"lists": shown})


@signed_in("GET", "POST")
def pick_list(request: SignedInRequest, name: str) -> HttpResponse:
    """Show and change the values of a list."""
    require_page(request.actor, "lists")
    current = find_list(request.actor.organization, name)
    if request.method == "POST":
        options = {option.code: option for option in current.options}
        set_options(request.actor, name, read_rows(request.POST, options))
        return saved(request, _("The list is saved."), f"{URL}/{name}")
    context = {
        "list_label": f"{current.spec.label} · {current.field.label}",
        "list_name": name,
        "options": [_described(option) for option in current.options],
        "new_lines": range(EMPTY_LINES),
        "colors": color_choices(),
    }
    return settings_answer(request, "lists", "settings/pick_list.html", context)


def read_rows(sent: QueryDict, present: dict[str, Option]) -> list[dict[str, Any]]:
    """Return the values that the page sent, in its order.

    A label that nobody touched stays as it is stored, so that the product's own remain translated.
    """
    active = set(sent.getlist("active"))
    rows = []
    lines = zip(sent.getlist("code"), sent.getlist("label"), sent.getlist("color"), strict=False)
    for code, label, color in lines:
        option = present.get(code)
        is_untouched = option is not None and str(option.label) == label.strip()
        own = stored(option)["label"] if option is not None and is_untouched else label.strip()
        if option is not None or own:
            is_active = option is None or code in active
            rows.append({"code": code if option else "", "label": own, "color": color, "active": is_active})
    return rows


def color_choices() -> list[dict[str, str]]:
    """Return the colours of choices with their names."""
    names = {
        "grey": _("Grey"), "green": _("Green"), "blue": _("Blue"), "cyan": _("Cyan"), "teal": _("Teal"),
        "lime": _("Lime"), "yellow": _("Yellow"), "orange": _("Orange"), "red": _("Red"), "pink": _("Pink"),
        "purple": _("Purple"),
    }  # fmt: skip
    return [{"value": "", "label": "–"}, *({"value": color, "label": names[color]} for color in COLORS)]


def _described(option: Option) -> dict[str, Any]:
    return {"code": option.code, "label": str(option.label), "color": option.color, "active": option.active}
