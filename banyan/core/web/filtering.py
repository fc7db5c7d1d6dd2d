"""The filter editor, its chips and the tabs of views, in the shapes that the components take."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import OPERATORS, Condition, Group, Node, tree_to_json
from banyan.core.objects.kinds import USER
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.web.list_state import BOARD, CALENDAR, FORECAST, TABLE, ListState, has_forecast, pinned_views
from banyan.core.web.presenting import Presenter, options_of
from banyan.core.web.wording import PERIODS, describe, labels_of_filter, link_target, operator_label, parts_of

FILTER_ID = "list-filter"
MOST_REMEMBERED = 2_000
_remembered: dict[Any, Markup] = {}
#: Fields that say when and by whom; they come last in the list of fields.
SYSTEM = ("number", "created_at", "created_by", "updated_at", "updated_by")


def filter_builder(state: ListState, labels: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    """Return what the filter editor needs: the fields, and the filter as it is."""
    return {
        "id": FILTER_ID,
        "url": f"/{state.spec.plural}",
        "fields_json": fields_json(state.actor, state.spec),
        "value": with_labels(state.filter, state.spec, labels, state.actor) if state.filter is not None else None,
        "hidden": [
            {"name": name, "value": state.parameters[name]}
            for name in ("view", "search", "sort", "display", "group")
            if state.parameters.get(name)
        ],
        "save_url": f"/{state.spec.plural}/views",
    }


def fields_json(actor: Actor, spec: ObjectSpec, *, through_links: bool = False) -> Markup:
    """Return the fields as the JSON of the page; made once for each language, catalogue and set of rights."""
    grants = frozenset(
        (name, level) for name, level in actor.field_grants.items() if through_links or name.startswith(f"{spec.name}.")
    )
    rights = (grants, actor.is_system, through_links)
    key = (actor.organization_id, actor.organization.catalogue_version, actor.language, spec.name, rights)
    shown = tuple(specs_on(actor.organization))
    found = _remembered.get((key, shown))
    if found is None:
        if len(_remembered) > MOST_REMEMBERED:
            _remembered.clear()
        found = _remembered[key, shown] = htmlsafe_json_dumps(
            [*filter_fields(actor, spec), *(linked_fields(actor, spec) if through_links else ())]
        )
    return found


def filter_fields(actor: Actor, spec: ObjectSpec) -> list[dict[str, Any]]:
    """Return the fields that a filter may use, the object's usual ones first."""
    possible = open_fields(actor, spec)
    names = dict.fromkeys((*spec.filters, *(name for name in possible if name not in SYSTEM), *SYSTEM))
    pages = specs_on(actor.organization)
    return [
        _filter_field(possible[name], pages)
        for name in names
        if name in possible and name != "version" and possible[name].kind.operators
    ]


def linked_fields(actor: Actor, spec: ObjectSpec) -> list[dict[str, Any]]:
    """Return the fields of linked records that a condition may use, such as the industry of an order's customer."""
    pages = specs_on(actor.organization)
    found = []
    for name, entry in spec.links.items():
        linked = pages.get(getattr(entry.kind, "target", ""))
        if linked is None or name not in open_fields(actor, spec):
            continue
        found += [
            {**inner, "name": f"{name}.{inner['name']}", "label": f"{entry.label}: {inner['label']}"}
            for inner in filter_fields(actor, linked)
        ]
    return found


def _filter_field(entry: Field, pages: Mapping[str, ObjectSpec]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": entry.name,
        "label": str(entry.label),
        "kind": entry.kind.name,
        "operators": [
            {"name": name, "label": operator_label(entry, name), "arity": _arity(entry, name)}
            for name in _preferred(entry)
        ],
    }
    choices = options_of(entry)
    if choices:
        found["choices"] = [{"value": choice["value"], "label": choice["label"]} for choice in choices]
    if "within" in entry.kind.operators:
        found["periods"] = [{"value": name, "label": str(label)} for name, label in PERIODS.items()]
    target = USER if entry.kind.widget == "people" else getattr(entry.kind, "target", "")
    if target == USER:
        found["pick_url"] = "/pick/user?me=1"
    elif target in pages:
        found["pick_url"] = f"/pick/{target}"
    return found


def _preferred(entry: Field) -> list[str]:
    """Return the comparisons of a field, the one that people want most often first."""
    order = {
        "date": ["within", "lte", "gte"],
        "datetime": ["within", "lte", "gte"],
        "money": ["gte", "lte"],
        "integer": ["gte", "lte"],
        "decimal": ["gte", "lte"],
        "choice": ["in", "eq"],
        "text": ["contains"],
        "person": ["eq", "in"],
    }.get(entry.kind.widget, [])
    possible = entry.kind.operators
    return [*(name for name in order if name in possible), *(name for name in possible if name not in order)]


def _arity(entry: Field, operator: str) -> int:
    """Return how many values a comparison takes in the editor; a text contains one text."""
    if operator == "contains" and not entry.kind.many:
        return 1
    return OPERATORS[operator].arity if operator in OPERATORS else 1


def with_labels(node: Node, spec: ObjectSpec, labels: Mapping[uuid.UUID, str], actor: Actor) -> dict[str, Any]:
    """Return a filter as JSON in which records and people carry their names, so that the editor can show them."""
    if isinstance(node, Group):
        return {node.mode: [with_labels(part, spec, labels, actor) for part in node.parts]}
    tree = tree_to_json(node)
    tree.setdefault("op", "eq")
    if link_target(spec, node, actor):
        tree["value"] = [{"value": str(value), "label": _label(value, labels)} for value in node.values]
    return tree


def _label(value: Any, labels: Mapping[uuid.UUID, str]) -> str:
    if value == "me":
        return _("me")
    found = parse_id(value)
    return labels.get(found, str(value)) if found else str(value)


def chips_of(state: ListState, labels: Mapping[uuid.UUID, str]) -> list[dict[str, str]]:
    """Return what the list is limited to, one chip for each part that can be taken away."""
    parts = list(parts_of(state.filter))
    chips = [
        {
            "label": describe(part, state.spec, state.actor, labels),
            "remove_url": state.url_with_filter(_joined([other for other in parts if other is not part])),
        }
        for part in parts
    ]
    if state.search:
        chips.append({"label": _("Search: %(text)s") % {"text": state.search}, "remove_url": state.url(search=None)})
    return chips


def _joined(parts: list[Node]) -> Node | None:
    if len(parts) == 1 and isinstance(parts[0], Condition):
        return parts[0]
    return Group(parts=tuple(parts)) if parts else None


def tabs_of(state: ListState) -> list[dict[str, Any]]:
    """Return the views as tabs, "all" first."""
    base = f"/{state.spec.plural}"
    display = f"&display={state.parameters['display']}" if state.parameters.get("display") else ""
    all_url = f"{base}?view=all{display}" if state.has_default or display else base
    tabs: list[dict[str, Any]] = [{"label": _("All"), "url": all_url, "active": state.view is None}]
    pinned = pinned_views(state.actor, state.spec)
    for view in state.views:
        is_active = state.view is not None and view.key == state.view.key
        if not view.is_pinned and not is_active and view.key not in pinned:
            continue
        tabs.append(
            {
                "label": view.name,
                "url": f"{base}?view={view.key}{display if view.is_preset else ''}",
                "active": is_active,
                "shared": view.is_shared_with_others and not view.is_preset,
                "pin_url": f"{base}/views/{view.key}/pin",
                "pinned": view.key in pinned,
                "edit_url": f"{base}/views/{view.key}" if view.may_change else "",
            }
        )
    return tabs


def column_choices(state: ListState) -> list[dict[str, Any]]:
    """Return the fields that may be columns: the shown ones first, in their order."""
    presenter = Presenter(state.actor, state.spec)
    fields = state.spec.all_fields
    names = [*state.columns, *(name for name in fields if name not in state.columns and name != "version")]
    return [
        {"name": name, "label": str(fields[name].label), "shown": name in state.columns}
        for name in names
        if presenter.visible([name])
    ]


def displays_of(state: ListState) -> list[dict[str, Any]]:
    """Return the forms in which the list can be shown; none when there is only the table."""
    spec = state.spec
    found = [(TABLE, _("Table"), "table")]
    if spec.board:
        found.append((BOARD, _("Board"), "layout-kanban"))
    if spec.calendar:
        found.append((CALENDAR, _("Calendar"), "calendar"))
    if has_forecast(state.actor, spec):
        found.append((FORECAST, pgettext("display of a list", "By month"), "chart-bar"))
    if len(found) == 1:
        return []
    return [
        {"label": label, "icon": icon, "url": state.url(display=name), "active": state.display == name}
        for name, label, icon in found
    ]


def labels_for_state(state: ListState) -> dict[uuid.UUID, str]:
    """Return the names that the list's filter mentions."""
    return labels_of_filter(state.filter, state.spec, state.actor)
