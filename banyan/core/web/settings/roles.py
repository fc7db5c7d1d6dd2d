"""Roles: who may do what, with whose records, and with which fields."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.duties import holders_of_several, separate_duties
from banyan.core.access.ready_roles import add_ready_role, ready_roles
from banyan.core.access.rights import EVERY_OBJECT, Grant, Grants, read_grants, write_grants
from banyan.core.access.role_editing import (
    ADMINISTRATOR,
    change_role,
    copy_role,
    delete_role,
    find_role,
)
from banyan.core.access.scopes import Ability, Action, Scope
from banyan.core.access.security import change_role_sign_in, limit_role_exports
from banyan.core.identity.duties import are_separated
from banyan.core.identity.models import Role, UserRole
from banyan.core.identity.visitors import visitor_of
from banyan.core.kernel.errors import DomainError
from banyan.core.objects.modules import module_is_on, modules, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in

URL = "/settings/roles"
ACTION_LABELS = {
    Action.VIEW: gettext_lazy("See"),
    Action.CREATE: gettext_lazy("Create"),
    Action.EDIT: gettext_lazy("Change"),
    Action.DELETE: gettext_lazy("Delete"),
    Action.EXPORT: gettext_lazy("Export"),
    Action.IMPORT: gettext_lazy("Import"),
    Action.BULK: gettext_lazy("Change many"),
    Action.TRANSFER: gettext_lazy("Give away"),
    Action.SHARE: gettext_lazy("Share"),
}
SCOPE_LABELS = {
    Scope.NONE: gettext_lazy("None"),
    Scope.OWN: gettext_lazy("Own"),
    Scope.REPORTS: gettext_lazy("Own & reports"),
    Scope.DEPARTMENT: gettext_lazy("Department"),
    Scope.DEPARTMENT_AND_BELOW: gettext_lazy("Dept. & below"),
    Scope.TERRITORY: gettext_lazy("Territory"),
    Scope.ALL: gettext_lazy("All"),
}
#: Nothing is anybody's before it exists, so these are allowed or not.
YES_OR_NO = (Action.CREATE, Action.IMPORT)
ABILITY_LABELS = {
    Ability.MANAGE_PEOPLE: gettext_lazy("Manage people, departments and roles"),
    Ability.MANAGE_ORGANIZATION: gettext_lazy("Manage the organization, modules and backups"),
    Ability.CUSTOMISE: gettext_lazy("Change fields, lists and pipelines"),
    Ability.SHARE_VIEWS: gettext_lazy("Share saved views with colleagues"),
    Ability.RUN_JOBS: gettext_lazy("See background jobs and repeat failed ones"),
    Ability.MANAGE_SECURITY: gettext_lazy("Set the rules for signing in, encryption and exports"),
    Ability.SEE_AUDIT: gettext_lazy("Read the audit log"),
    Ability.MANAGE_PRIVACY: gettext_lazy("Answer requests about personal data"),
    Ability.KEEP_ACCOUNTS: gettext_lazy("Keep accounts: confirm receipts, issue invoices, release credit"),
}
#: Whoever has these decides whether they are separated.
SEPARATING = (Ability.MANAGE_PEOPLE, Ability.MANAGE_SECURITY, Ability.SEE_AUDIT)


class RoleNameForm(forms.Form):
    """The name of a new role."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True})
    )


@signed_in("GET")
def roles(request: SignedInRequest) -> HttpResponse:
    """List the roles with how many people have each."""
    require_page(request.actor, "roles")
    counted = UserRole.objects.filter(user__is_active=True).values_list("role_id").annotate(count=Count("pk"))
    people: Counter[Any] = Counter(dict(counted.order_by()))
    rows = [
        {"id": role.pk, "name": role.name, "people": people[role.pk], "is_administrator": role.key == ADMINISTRATOR}
        for role in Role.objects.all()
    ]
    organization = request.actor.organization
    there = set(Role.objects.values_list("key", flat=True))
    ready = [
        {"key": role.key, "name": str(role.name), "hint": str(role.hint)}
        for role in ready_roles
        if role.key not in there and module_is_on(organization, role.module)
    ]
    context = {
        "roles": rows,
        "ready": ready,
        "are_separated": are_separated(organization),
        "may_separate": all(request.actor.has(ability) for ability in SEPARATING),
        "several": [user.name for user in holders_of_several()] if are_separated(organization) else [],
    }
    context["actions"] = [{"label": _("Compare roles"), "url": f"{URL}/compare", "icon": "columns"}]
    return settings_answer(request, "roles", "settings/roles.html", context)


@signed_in("POST")
def take_ready(request: SignedInRequest, key: str) -> HttpResponse:
    """Take a ready-made role."""
    require_page(request.actor, "roles")
    made = add_ready_role(request.actor, key)
    return saved(request, _("%(name)s is created.") % {"name": made.name}, f"{URL}/{made.pk}")


@signed_in("POST")
def separate(request: SignedInRequest) -> HttpResponse:
    """Demand that nobody is two of the three administrators at once, or no longer."""
    require_page(request.actor, "roles")
    wanted = request.POST.get("separate") == "true"
    separate_duties(request.actor, separate=wanted)
    said = _("Duties are separated from now on.") if wanted else _("Duties are no longer separated.")
    return saved(request, said, URL)


@signed_in("GET", "POST")
def role(request: SignedInRequest, role_id: uuid.UUID) -> HttpResponse:
    """Show and change what a role may do with the records of each object, and its further rights."""
    require_page(request.actor, "roles")
    current = find_role(role_id)
    specs = objects_of(request)
    if request.method == "POST":
        change_role(
            request.actor,
            role_id,
            name=request.POST.get("name", ""),
            grants=read_matrix(request.POST, [EVERY_OBJECT, *(spec.name for spec in specs)], current.grants),
            field_grants=current.field_grants,
            abilities=request.POST.getlist("abilities"),
        )
        if request.POST.get("has_sign_in"):
            change_role_sign_in(
                request.actor,
                role_id,
                needs_second_factor=request.POST.get("needs_second_factor") == "1",
                networks=request.POST.get("networks", ""),
                visitor=visitor_of(request),
            )
            limit_role_exports(request.actor, role_id, _limit(request.POST.get("most_export_rows", "")))
        return saved(request, _("%(name)s is saved.") % {"name": request.POST.get("name", "")}, f"{URL}/{role_id}")
    context = {
        "role": current,
        "actions_of_objects": [str(label) for label in ACTION_LABELS.values()],
        "groups": _matrix_groups(current, specs),
        "abilities": [
            {"name": ability.value, "label": str(label), "is_on": ability.value in current.abilities}
            for ability, label in ABILITY_LABELS.items()
        ],
        "may_set_sign_in": request.actor.has(Ability.MANAGE_SECURITY),
        "tabs": tabs_of_role(current, specs, ""),
    }
    return settings_answer(request, "roles", "settings/role.html", context)


def _limit(text: str) -> int:
    """Return a limit as it was typed: zero for an empty one, a number out of bounds for what is none."""
    typed = text.strip()
    return int(typed) if typed.isdecimal() and len(typed) < 12 else -1 if typed else 0


@signed_in("GET", "POST")
def copy(request: SignedInRequest, role_id: uuid.UUID) -> HttpResponse:
    """Create a role from another one."""
    require_page(request.actor, "roles")
    original = find_role(role_id)
    form = RoleNameForm(request.POST or None, initial={"name": _("%(name)s (copy)") % {"name": original.name}})
    if request.method == "POST" and form.is_valid():
        try:
            made = copy_role(request.actor, role_id, name=form.cleaned_data["name"])
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("%(name)s is created.") % {"name": made.name}, f"{URL}/{made.pk}")
    title = _("New role like %(name)s") % {"name": original.name}
    return settings_form(request, "roles", form, title=title, submit_label=_("Create"), cancel_url=URL)


@signed_in("POST")
def remove_role(request: SignedInRequest, role_id: uuid.UUID) -> HttpResponse:
    """Delete a role that nobody has."""
    require_page(request.actor, "roles")
    delete_role(request.actor, role_id)
    return saved(request, _("The role is deleted."), URL)


def read_matrix(sent: QueryDict, names: list[str], current: Grants) -> dict[str, dict[str, Any]]:
    """Return the grants that a matrix of selects holds.

    An object all of whose cells say "as everything else" is not named; one with an own cell takes the
    others from ``*``. Objects that the page does not show keep what they have, and so do the grants on
    conditions, which have a page of their own.
    """
    read = {name: {action.value: sent.get(f"{name}:{action.value}", "") for action in Action} for name in names}
    general = {action: scope for action, scope in read[EVERY_OBJECT].items() if scope}
    grants: dict[str, dict[str, Any]] = {name: dict(actions) for name, actions in current.items() if name not in read}
    grants[EVERY_OBJECT] = general
    for name in names:
        own = {action: scope for action, scope in read[name].items() if scope}
        conditional = {action: on_condition(current.get(name, {}).get(action.value)) for action in Action}
        if name != EVERY_OBJECT and (own or any(conditional.values())):
            grants[name] = {**general, **own}
        for action, kept in conditional.items():
            if kept:
                plain = read_grants(grants[name].get(action.value))
                grants[name][action.value] = write_grants([*plain, *kept])
    return grants


def on_condition(written: Any) -> list[Grant]:
    """Return the grants of a cell that hold for some records only."""
    return [grant for grant in read_grants(written) if grant.condition is not None]


def objects_of(request: SignedInRequest) -> list[ObjectSpec]:
    """Return the objects that rights are given to."""
    return [spec for spec in specs_on(request.actor.organization).values() if not spec.is_setting]


def tabs_of_role(current: Role, specs: list[ObjectSpec], chosen: str) -> list[dict[str, Any]]:
    """Return the parts of a role's pages."""
    base = f"{URL}/{current.pk}"
    with_fields = [spec for spec in specs if spec.has_page]
    shown = chosen in {spec.name for spec in with_fields}
    return [
        {"label": _("Rights"), "url": base, "active": not chosen},
        {
            "label": _("On conditions"),
            "url": f"{base}/conditions",
            "active": chosen == "conditions",
            "count": _conditional(current) or None,
        },
        {
            "label": _("Fields"),
            "url": f"{base}/fields/{chosen if shown else with_fields[0].name}",
            "active": shown,
            "count": len(current.field_grants) or None,
        },
    ]


def objects_with_fields(current: Role, specs: list[ObjectSpec], chosen: str) -> list[dict[str, Any]]:
    """Return the objects whose fields a role may be kept from, each with how many of them are restricted."""
    restricted = Counter(path.partition(".")[0] for path in current.field_grants)
    return [
        {
            "label": str(spec.label_plural),
            "url": f"{URL}/{current.pk}/fields/{spec.name}",
            "active": spec.name == chosen,
            "count": restricted[spec.name],
        }
        for spec in specs
        if spec.has_page
    ]


def _conditional(current: Role) -> int:
    """Return how many different rights hold on a condition."""
    cells = ((name, grant) for name, actions in current.grants.items() for grant in _conditions(actions))
    return len({(name, grant.scope, repr(grant.condition)) for name, grant in cells})


def _conditions(actions: Mapping[str, Any]) -> list[Grant]:
    return [grant for written in actions.values() for grant in on_condition(written)]


def _matrix_groups(current: Role, specs: list[ObjectSpec]) -> list[dict[str, Any]]:
    """Return the lines of the matrix by the sections of the menu; the first one stands alone, above all."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for spec in specs:
        module = modules.get(spec.module)
        label = str(module.section or module.label) if module else _("More objects")
        sections.setdefault(label, []).append(_matrix_row(current, spec.name, str(spec.label_plural)))
    return [
        {"label": "", "rows": [_matrix_row(current, EVERY_OBJECT, _("Everything else"))]},
        *(
            {"label": label, "rows": rows, "differs": sum(row["differs"] for row in rows)}
            for label, rows in sections.items()
        ),
    ]


def _matrix_row(current: Role, name: str, label: str) -> dict[str, Any]:
    """Return one line of the matrix: a select for each action, with what it says now."""
    own = current.grants.get(name)
    general = current.grants.get(EVERY_OBJECT, {})
    cells = []
    for action in Action:
        general_scope = _scope(general, action)
        inherited = _yes_or_no(general_scope) if action in YES_OR_NO else SCOPE_LABELS[general_scope]
        scopes = (Scope.NONE, Scope.ALL) if action in YES_OR_NO else tuple(Scope)
        held = _scope(own, action) if own is not None else None
        choices = [
            {"value": scope.key, "label": _yes_or_no(scope) if action in YES_OR_NO else str(SCOPE_LABELS[scope])}
            for scope in (*scopes, *([held] if held is not None and held not in scopes else []))
        ]
        if name != EVERY_OBJECT:
            choices.insert(0, {"value": "", "label": _("(%(scope)s)") % {"scope": inherited}})
        value = held.key if held is not None else (Scope.NONE.key if name == EVERY_OBJECT else "")
        cells.append(
            {"name": f"{name}:{action.value}", "label": str(ACTION_LABELS[action]), "value": value, "choices": choices}
        )
    differs = name == EVERY_OBJECT or own is not None
    return {
        "name": name,
        "label": label,
        "cells": cells,
        "differs": differs,
        "summary": _summary(own, general, differs),
    }


def _summary(own: Mapping[str, Any] | None, general: Mapping[str, Any], differs: bool) -> str:  # noqa: FBT001 one flag
    """Return what a folded line of the matrix says: how far the most common rights reach."""
    if not differs:
        return _("as everything else")
    told = (Action.VIEW, Action.EDIT, Action.DELETE)
    grants = general if own is None else own
    named = [{"label": ACTION_LABELS[action], "scope": SCOPE_LABELS[_scope(grants, action)]} for action in told]
    return " · ".join(_("%(label)s: %(scope)s") % parts for parts in named)


def _scope(grants: Mapping[str, Any], action: Action) -> Scope:
    """Return the widest scope that a cell gives without condition."""
    plain = [grant.scope for grant in read_grants(grants.get(action.value)) if grant.condition is None]
    return max(plain, default=Scope.NONE)


def _yes_or_no(scope: Scope) -> str:
    return _("Yes") if scope is not Scope.NONE else _("No")
