"""Rights of a role that hold for some records only: an object, actions, a scope, and a condition on fields."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.access.rights import EVERY_OBJECT, Grant, read_grants, write_grants
from banyan.core.access.role_editing import change_role, find_role
from banyan.core.access.scopes import SCOPES, Action, Scope
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.condition_forms import condition_editor, condition_in_words, read_condition, sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.settings.roles import ACTION_LABELS, SCOPE_LABELS, URL, YES_OR_NO, objects_of, tabs_of_role
from banyan.core.web.views.base import signed_in

NEW = "new"


@signed_in("GET", "POST")
def conditions(request: SignedInRequest, role_id: uuid.UUID) -> HttpResponse:
    """Show the rights of a role that have conditions; take one away."""
    require_page(request.actor, "roles")
    role = find_role(role_id)
    url = f"{URL}/{role_id}/conditions"
    if request.method == "POST":
        object_name, _mark, key = request.POST.get("remove", "").partition(":")
        _write(request, role, _without(role.grants, object_name, key))
        return saved(request, _("%(name)s is saved.") % {"name": role.name}, url)
    specs = objects_of(request)
    context = {
        "role": role,
        "tabs": tabs_of_role(role, specs, "conditions"),
        "url": url,
        "rows": [row for spec in specs for row in _rows(request, role, spec)],
        "objects": [{"label": str(spec.label_plural), "url": f"{url}/{spec.name}"} for spec in specs],
    }
    return settings_answer(request, "roles", "settings/role_conditions.html", context)


@signed_in("GET", "POST")
def new_condition(request: SignedInRequest, role_id: uuid.UUID, object_name: str) -> HttpResponse:
    """Add a right that holds for the records of one object that fit a condition."""
    require_page(request.actor, "roles")
    role = find_role(role_id)
    spec = next((entry for entry in objects_of(request) if entry.name == object_name), None)
    if spec is None:
        raise Missing("not_found", _("There is no such object."))
    problems: list[str] = []
    if request.method == "POST":
        try:
            grants = _with(role, spec, _read(request, spec))
        except Invalid as invalid:
            problems = [str(error.message) for error in invalid.errors]
        else:
            _write(request, role, grants)
            message = _("%(name)s is saved.") % {"name": role.name}
            return saved(request, message, f"{URL}/{role_id}/conditions")
    return settings_answer(
        request,
        "roles",
        "settings/role_condition.html",
        _form(request, role, spec, problems),
        status=422 if problems else 200,
    )


def _form(request: SignedInRequest, role: Role, spec: ObjectSpec, problems: list[str]) -> dict[str, Any]:
    url = f"{URL}/{role.pk}/conditions"
    chosen = request.POST.getlist("actions") or [Action.VIEW.value]
    editor = condition_editor(
        request.actor, spec, sent_tree(request.POST), url=f"{url}/{spec.name}", submit_label=_("Add right"),
    )  # fmt: skip
    return {
        "role": role,
        "object": str(spec.label_plural),
        "url": url,
        "problems": problems,
        "actions_of_role": [
            {"value": action.value, "label": str(label), "is_on": action.value in chosen}
            for action, label in ACTION_LABELS.items()
            if action not in YES_OR_NO
        ],
        "scopes": [
            {"value": scope.key, "label": str(label), "is_on": scope.key == request.POST.get("scope", Scope.ALL.key)}
            for scope, label in SCOPE_LABELS.items()
            if scope is not Scope.NONE
        ],
        "builder": editor,
    }


def _read(request: SignedInRequest, spec: ObjectSpec) -> tuple[list[str], Grant]:
    tree = read_condition(request.actor, spec, request.POST)
    actions = [action for action in request.POST.getlist("actions") if action in ACTION_LABELS]
    scope = SCOPES.get(request.POST.get("scope", ""), Scope.NONE)
    errors = []
    if not actions:
        errors.append(FieldError("actions", "required", _("Choose what the right allows.")))
    if scope is Scope.NONE:
        errors.append(FieldError("scope", "required", _("Choose whose records the right covers.")))
    if not tree:
        message = _("Say which records are meant; without a condition the matrix of rights is the place.")
        errors.append(FieldError("filter", "required", message))
    if errors:
        raise Invalid(errors)
    return actions, Grant(scope, tree)


def _with(role: Role, spec: ObjectSpec, given: tuple[list[str], Grant]) -> dict[str, Any]:
    actions, grant = given
    grants = {name: dict(cells) for name, cells in role.grants.items()}
    own = grants.setdefault(spec.name, dict(grants.get(EVERY_OBJECT, {})))
    for action in actions:
        own[action] = write_grants([*read_grants(own.get(action)), grant])
    return grants


def _without(grants: Mapping[str, Any], object_name: str, key: str) -> dict[str, Any]:
    """Return grants without those of an object that have the scope and condition of a key."""
    kept = {name: dict(cells) for name, cells in grants.items()}
    for action, written in kept.get(object_name, {}).items():
        kept[object_name][action] = write_grants(grant for grant in read_grants(written) if _key(grant) != key)
    return kept


def _rows(request: SignedInRequest, role: Role, spec: ObjectSpec) -> list[dict[str, Any]]:
    """Return the conditional rights to an object, those that differ in nothing but the action as one."""
    actions: dict[str, list[str]] = {}
    grants: dict[str, Grant] = {}
    for action, written in role.grants.get(spec.name, {}).items():
        for grant in read_grants(written):
            if grant.condition is not None and action in ACTION_LABELS:
                actions.setdefault(_key(grant), []).append(str(ACTION_LABELS[Action(action)]))
                grants[_key(grant)] = grant
    return [
        {
            "object": str(spec.label_plural),
            "actions": actions[key],
            "scope": str(SCOPE_LABELS[grant.scope]),
            "condition": condition_in_words(request.actor, spec, grant.condition),
            "remove": f"{spec.name}:{key}",
        }
        for key, grant in grants.items()
    ]


def _key(grant: Grant) -> str:
    return (
        f"{grant.scope.key}|{json.dumps(grant.condition, sort_keys=True, ensure_ascii=False)}"
        if grant.condition
        else ""
    )


def _write(request: SignedInRequest, role: Role, grants: Mapping[str, Any]) -> None:
    change_role(
        request.actor,
        role.pk,
        name=role.name,
        grants=grants,
        field_grants=role.field_grants,
        abilities=list(role.abilities),
    )
