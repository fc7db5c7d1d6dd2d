"""Saving lists as views, changing and deleting them, and choosing columns."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import Department, Role, User
from banyan.core.kernel.errors import Invalid
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import tree_to_json
from banyan.core.listing.views import View, ViewValues, delete_view, find_view, save_view
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro, markup, page, part, refused, visit, wants_dialog
from banyan.core.web.list_state import PINNED_VIEWS, ListState, pinned_views, read_state
from banyan.core.web.menu import leave_message
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.selections import state_behind, state_of_query
from banyan.core.web.tables import table_of
from banyan.core.web.views.base import object_page

MOST_PINNED = 20


@object_page("GET")
def new_view(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Ask for the name under which the list is to be saved."""
    state = read_state(request.actor, spec, request.GET)
    return _dialog(request, spec, ViewForm(f"/{spec.plural}/views", state.query()))


@object_page("POST")
def create_view(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Save the list as a view: from the dialog, or from the filter editor with the filter that stands there."""
    if "query" in request.POST:
        state = state_of_query(request, spec, request.POST["query"])
        name = request.POST.get("name", "")
    else:
        state = state_behind(request, spec)
        name = request.POST.get("view_name", "")
    tree = _tree_of(request, state)
    try:
        row = save_view(request.actor, spec, _values(request, state, name=name, tree=tree))
    except Invalid as error:
        if "query" not in request.POST:
            raise
        asked = ViewForm(f"/{spec.plural}/views", request.POST["query"], name, _audience(request))
        return _dialog(request, spec, asked, error=error)
    leave_message(request, _("The view “%(name)s” was saved.") % {"name": row.name})
    return visit(request, f"/{spec.plural}?view={row.pk}")


@object_page("GET", "POST")
def change_view(request: SignedInRequest, spec: ObjectSpec, view_id: uuid.UUID) -> HttpResponse:
    """Rename or share a view, or let it show what the list shows now."""
    view = find_view(request.actor, spec, str(view_id))
    query = state_behind(request, spec).query() if request.method == "GET" else request.POST.get("query", "")
    asked = ViewForm(f"/{spec.plural}/views/{view_id}", query, view.name, Audience.of(view), is_new=False)
    if request.method == "GET":
        return _dialog(request, spec, asked)
    if request.POST.get("as_shown"):
        state = state_of_query(request, spec, query)
        values = _values(request, state, name=request.POST.get("name", ""), tree=_tree_of(request, state))
        values = replace(values, color_rules=view.color_rules)
    else:
        values = ViewValues(
            name=request.POST.get("name", ""),
            filter=tree_to_json(view.filter),
            search=view.search,
            sort=view.sort,
            columns=view.columns,
            display=view.display,
            color_rules=view.color_rules,
            **_audience(request).values(),
        )
    try:
        save_view(request.actor, spec, values, view_id=view_id)
    except Invalid as error:
        return _dialog(request, spec, replace(asked, name=values.name), error=error)
    return visit(request, f"/{spec.plural}?view={view_id}")


@object_page("POST")
def remove_view(request: SignedInRequest, spec: ObjectSpec, view_id: uuid.UUID) -> HttpResponse:
    """Delete a saved view."""
    delete_view(request.actor, spec, view_id)
    leave_message(request, _("The view was deleted."))
    return visit(request, f"/{spec.plural}")


@object_page("POST")
def pin_view(request: SignedInRequest, spec: ObjectSpec, key: str) -> HttpResponse:
    """Put a view in front of the person's tabs, or back into its place."""
    view, user = find_view(request.actor, spec, key), request.actor.user
    if user is not None:
        pinned = pinned_views(request.actor, spec)
        chosen = [entry for entry in pinned if entry != view.key] if view.key in pinned else [*pinned, view.key]
        kept = {**user.preferences.get(PINNED_VIEWS, {}), spec.name: chosen[-MOST_PINNED:]}
        user.preferences = {**user.preferences, PINNED_VIEWS: kept}
        User.objects.filter(pk=user.pk).update(preferences=user.preferences)
    return visit(request, f"/{spec.plural}?view={view.key}")


@object_page("POST")
def columns(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Remember which columns the person wants in this list, and answer with the table that has them."""
    state = state_behind(request, spec)
    names = [name for name in request.POST.getlist("columns") if name in spec.all_fields]
    user = request.actor.user
    if user is not None and names:
        chosen = {**user.preferences.get("columns", {}), state.columns_key: names}
        user.preferences = {**user.preferences, "columns": chosen}
        User.objects.filter(pk=user.pk).update(preferences=user.preferences)
    table = table_of(state_of_query(request, spec, state.query()))
    shown = macro("components/table.html", "table", table)
    return markup(Markup('<div hx-swap-oob="innerHTML:#list-body">{}</div>').format(shown))


def _tree_of(request: SignedInRequest, state: ListState) -> dict[str, Any]:
    """Return the filter to save: the one in the editor if it was sent, else the list's."""
    text = request.POST.get("filter", "")
    if text and "query" not in request.POST:
        return state_of_filter(text)
    return tree_to_json(state.filter)


def state_of_filter(text: str) -> dict[str, Any]:
    """Return the filter tree that the editor sent; an unreadable one counts as none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _values(request: SignedInRequest, state: ListState, *, name: str, tree: dict[str, Any]) -> ViewValues:
    return ViewValues(
        name=name,
        filter=tree,
        search=state.search,
        sort=state.sort,
        columns=state.columns,
        display=state.display,
        **_audience(request).values(),
    )


@dataclass(frozen=True)
class Audience:
    """Who sees a view, for whom it opens first, and whether it is a tab."""

    is_shared: bool = False
    role_ids: tuple[uuid.UUID, ...] = ()
    department_ids: tuple[uuid.UUID, ...] = ()
    default_role_ids: tuple[uuid.UUID, ...] = ()
    is_pinned: bool = True

    @classmethod
    def of(cls, view: View) -> Audience:
        """Return the audience of a view."""
        return cls(view.is_shared, view.role_ids, view.department_ids, view.default_role_ids, view.is_pinned)

    def values(self) -> dict[str, Any]:
        """Return the audience as a view is saved with it."""
        return dict(self.__dict__)

    def fields(self) -> list[dict[str, Any]]:
        """Return the inputs for people who may share views."""
        roles = [{"value": str(role.pk), "label": role.name} for role in Role.objects.order_by("name")]
        departments = [{"value": str(entry.pk), "label": entry.name} for entry in Department.objects.order_by("name")]
        several = (
            ("role_ids", _("Shared with roles"), roles, self.role_ids),
            ("department_ids", _("Shared with departments and those below"), departments, self.department_ids),
            ("default_role_ids", _("Opens first for these roles, if they see it"), roles, self.default_role_ids),
        )
        return [
            {"name": "is_shared", "kind": "boolean", "label": _("Shared with everybody"), "value": self.is_shared},
            *(
                {
                    "name": name,
                    "kind": "multiple_choice",
                    "label": label,
                    "choices": choices,
                    "value": [str(value) for value in chosen],
                    "wide": True,
                }
                for name, label, choices, chosen in several
                if choices
            ),
        ]


def _audience(request: SignedInRequest) -> Audience:
    """Return the audience that the dialog sent; the filter editor asks for none."""
    sent = request.POST
    asked_for_tab = "asks_for_tab" in sent

    def ids(name: str) -> tuple[uuid.UUID, ...]:
        return tuple(found for text in sent.getlist(name) if (found := parse_id(text)))

    return Audience(
        sent.get("is_shared") == "true",
        ids("role_ids"),
        ids("department_ids"),
        ids("default_role_ids"),
        sent.get("is_pinned") == "true" if asked_for_tab else True,
    )


@dataclass(frozen=True)
class ViewForm:
    """What the dialog of a view shows: where it is sent, for which list, with which name."""

    action: str
    query: str
    name: str = ""
    audience: Audience = field(default_factory=Audience)
    is_new: bool = True

    def fields(self, actor: Actor, problem: str) -> list[dict[str, Any]]:
        """Return the inputs; only people with the right are asked whether to share."""
        name = {"name": "name", "kind": "text", "label": _("Name of the view"), "value": self.name, "error": problem}
        shown: list[dict[str, Any]] = [{**name, "required": True, "max_length": 80, "autofocus": True, "wide": True}]
        if actor.has(Ability.SHARE_VIEWS):
            shown += self.audience.fields()
        if not self.is_new:
            tab = {
                "name": "is_pinned",
                "kind": "boolean",
                "label": _("Shown as a tab"),
                "value": self.audience.is_pinned,
            }
            shown.append(tab)
            label = _("Save filter, order and columns as shown now")
            shown.append({"name": "as_shown", "kind": "boolean", "label": label})
        return shown


def _dialog(
    request: SignedInRequest, spec: ObjectSpec, asked: ViewForm, *, error: Invalid | None = None
) -> HttpResponse:
    messages = {entry.field: str(entry.message) for entry in error.errors} if error else {}
    problem = messages.pop("name", "")
    form = {
        "title": _("Save as a new view") if asked.is_new else _("Change this view"),
        "action": asked.action,
        "hidden": [
            {"name": "query", "value": asked.query},
            *([] if asked.is_new else [{"name": "asks_for_tab", "value": "1"}]),
        ],
        "sections": [{"title": "", "fields": asked.fields(request.actor, problem)}],
        "errors": [{"field": "", "label": "", "message": message} for message in messages.values()],
        "colors_url": "" if asked.is_new else f"{asked.action}/colors",
        "delete_url": "" if asked.is_new else f"{asked.action}/delete",
        "cancel_url": f"/{spec.plural}",
    }
    status = 422 if error else 200
    if wants_dialog(request):
        answer = part(request, "objects/view_dialog.html", {"form": form}, status=status)
    else:
        answer = page(request, "layout/form.html", {"form": form}, status=status)
    return refused(answer) if error else answer
