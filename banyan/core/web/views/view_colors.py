"""The rules by which a saved view colours its rows: a condition, made with the filter editor, and a colour."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import NotAllowed
from banyan.core.listing.coloring import COLORS, ColorRule, read_rules
from banyan.core.listing.filters import tree_to_json
from banyan.core.listing.views import View, ViewValues, find_view, save_view
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import page, visit
from banyan.core.web.filtering import filter_builder, labels_for_state
from banyan.core.web.list_state import ListState, read_state
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.lists import color_choices
from banyan.core.web.views.base import object_page
from banyan.core.web.wording import describe, labels_of_filter


@object_page("GET", "POST")
def colors(request: SignedInRequest, spec: ObjectSpec, view_id: uuid.UUID) -> HttpResponse:
    """Show the rules of a view; add one for the condition of the address, or remove one."""
    view = find_view(request.actor, spec, str(view_id))
    if not view.may_change:
        raise NotAllowed("not_allowed", _("This view is shared by somebody else. Save a copy of it instead."))
    url = f"/{spec.plural}/views/{view_id}/colors"
    if request.method == "POST":
        save_view(request.actor, spec, values_of(view, _changed(request, view)), view_id=view_id)
        return visit(request, url)
    state = replace(read_state(request.actor, spec, request.GET), view=view)
    return page(request, "objects/view_colors.html", {"colors": _shown(state, view, url)})


def values_of(view: View, rules: tuple[ColorRule, ...]) -> ViewValues:
    """Return a view as it is, with other rules."""
    return ViewValues(
        name=view.name,
        filter=tree_to_json(view.filter),
        search=view.search,
        sort=view.sort,
        columns=view.columns,
        display=view.display,
        is_shared=view.is_shared,
        role_ids=view.role_ids,
        department_ids=view.department_ids,
        is_pinned=view.is_pinned,
        default_role_ids=view.default_role_ids,
        color_rules=rules,
    )


def _changed(request: SignedInRequest, view: View) -> tuple[ColorRule, ...]:
    removed = request.POST.get("remove", "")
    if removed.isdecimal():
        return tuple(rule for place, rule in enumerate(view.color_rules) if place != int(removed))
    try:
        tree = json.loads(request.POST.get("filter", ""))
    except ValueError:
        tree = None
    return (*view.color_rules, *read_rules([{"filter": tree, "color": request.POST.get("color", "")}]))


def _shown(state: ListState, view: View, url: str) -> dict[str, Any]:
    labels = labels_for_state(state)
    names = {choice["value"]: choice["label"] for choice in color_choices()}
    condition = state.filter if state.parameters.get("filter") else None
    builder = filter_builder(replace(state, filter=condition), labels)
    return {
        "name": view.name,
        "object": str(state.spec.label_plural),
        "list_url": f"/{state.spec.plural}?view={view.key}",
        "base_url": f"/{state.spec.plural}",
        "url": url,
        "rules": [
            {
                "text": describe(
                    rule.filter, state.spec, state.actor, labels_of_filter(rule.filter, state.spec, state.actor)
                ),
                "color": rule.color,
                "color_name": names[rule.color],
            }
            for rule in view.color_rules
        ],
        "builder": {**builder, "url": url, "hidden": [], "save_url": ""},
        "condition": describe(condition, state.spec, state.actor, labels) if condition is not None else "",
        "tree": json.dumps(tree_to_json(condition)) if condition is not None else "",
        "choices": [{"value": color, "label": names[color]} for color in COLORS],
    }
