"""What a role may do with each field, and for which records a restriction does not hold."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.rights import Grant, read_grants, write_grants
from banyan.core.access.role_editing import change_role, find_role
from banyan.core.access.scopes import FIELD_ACCESS, SCOPES, FieldAccess, Scope
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.web.condition_forms import condition_editor, condition_in_words, read_condition, sent_tree
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.settings.roles import URL, objects_of, objects_with_fields, tabs_of_role
from banyan.core.web.views.base import signed_in

FIELD_LABELS = {
    FieldAccess.EDITABLE: gettext_lazy("Editable"),
    FieldAccess.READ_ONLY: gettext_lazy("Read only"),
    FieldAccess.MASKED: gettext_lazy("Partly hidden (138****0000)"),
    FieldAccess.HIDDEN: gettext_lazy("Hidden"),
}
#: In whose records a restricted field is open all the same.
EXCEPTION_LABELS = {
    Scope.OWN: gettext_lazy("but open in own records"),
    Scope.REPORTS: gettext_lazy("but open in own & reports' records"),
    Scope.DEPARTMENT: gettext_lazy("but open in the department's records"),
    Scope.DEPARTMENT_AND_BELOW: gettext_lazy("but open in records of dept. & below"),
    Scope.TERRITORY: gettext_lazy("but open in the own territory"),
}
#: With a condition, all records that fit it may be meant.
CONDITIONAL_LABELS = {Scope.ALL: gettext_lazy("but open in all records"), **EXCEPTION_LABELS}


@signed_in("GET", "POST")
def role_fields(request: SignedInRequest, role_id: uuid.UUID, object_name: str) -> HttpResponse:
    """Show and change what a role may do with each field of one object."""
    require_page(request.actor, "roles")
    current = find_role(role_id)
    specs = objects_of(request)
    spec = _object(specs, object_name)
    url = f"{URL}/{role_id}/fields/{object_name}"
    if request.method == "POST":
        chosen = {
            f"{spec.name}.{name}": _read_field(request.POST, name, current.field_grants.get(f"{spec.name}.{name}"))
            for name in spec.all_fields
        }
        _write(request, current, {**_of_others(current, spec), **chosen})
        return saved(request, _("%(name)s is saved.") % {"name": current.name}, url)
    context = {
        "role": current,
        "tabs": tabs_of_role(current, specs, object_name),
        "objects": objects_with_fields(current, specs, object_name),
        "action_url": url,
        "levels": [{"value": level.key, "label": str(label)} for level, label in FIELD_LABELS.items()],
        "exceptions": [{"value": scope.key, "label": str(label)} for scope, label in EXCEPTION_LABELS.items()],
        "fields": [
            {
                "name": name,
                "label": str(entry.label),
                "condition_url": f"{url}/{name}",
                **field_restriction(request.actor, spec, current.field_grants.get(f"{spec.name}.{name}")),
            }
            for name, entry in spec.all_fields.items()
            if name != "version"
        ],
    }
    return settings_answer(request, "roles", "settings/role_fields.html", context)


@signed_in("GET", "POST")
def field_exception(request: SignedInRequest, role_id: uuid.UUID, object_name: str, name: str) -> HttpResponse:
    """Say on a condition for which records the restriction of a field does not hold."""
    require_page(request.actor, "roles")
    current = find_role(role_id)
    spec = _object(objects_of(request), object_name)
    entry = spec.all_fields.get(name)
    if entry is None:
        raise Missing("not_found", _("There is no such field."))
    url = f"{URL}/{role_id}/fields/{object_name}"
    problems: list[str] = []
    if request.method == "POST":
        try:
            grant = _read_exception(request, spec)
        except Invalid as invalid:
            problems = [str(error.message) for error in invalid.errors]
        else:
            written = {"level": request.POST.get("level", ""), "except": write_grants([grant])}
            _write(request, current, {**current.field_grants, f"{spec.name}.{name}": written})
            return saved(request, _("%(name)s is saved.") % {"name": current.name}, url)
    context = _form(request, current, spec, entry)
    status = 422 if problems else 200
    return settings_answer(
        request, "roles", "settings/role_field.html", {**context, "problems": problems, "url": url}, status=status
    )


def _object(specs: list[ObjectSpec], object_name: str) -> ObjectSpec:
    spec = next((entry for entry in specs if entry.name == object_name), None)
    if spec is None:
        raise Missing("not_found", _("There is no such object."))
    return spec


def _form(request: SignedInRequest, current: Role, spec: ObjectSpec, entry: Field) -> dict[str, Any]:
    written = current.field_grants.get(f"{spec.name}.{entry.name}")
    grant = _exception(written)
    was_sent = request.method == "POST"
    level = request.POST.get("level", "") if was_sent else _level(written)
    scope = request.POST.get("scope", "") if was_sent else (grant.scope.key if grant else Scope.ALL.key)
    tree = sent_tree(request.POST) if was_sent else (grant.condition if grant and grant.condition else {})
    return {
        "role": current,
        "field": str(entry.label),
        "levels": [
            {"value": known.key, "label": str(label), "is_on": known.key == level}
            for known, label in FIELD_LABELS.items()
            if known is not FieldAccess.EDITABLE
        ],
        "scopes": [
            {"value": known.key, "label": str(label), "is_on": known.key == scope}
            for known, label in CONDITIONAL_LABELS.items()
        ],
        "builder": condition_editor(_reader(request.actor), spec, tree, url=request.path, submit_label=_("Save")),
    }


def _read_exception(request: SignedInRequest, spec: ObjectSpec) -> Grant:
    tree = read_condition(_reader(request.actor), spec, request.POST)
    scope = SCOPES.get(request.POST.get("scope", ""), Scope.NONE)
    errors = []
    if FIELD_ACCESS.get(request.POST.get("level", ""), FieldAccess.EDITABLE) is FieldAccess.EDITABLE:
        errors.append(FieldError("level", "required", _("Choose how the field is restricted.")))
    if scope not in CONDITIONAL_LABELS:
        errors.append(FieldError("scope", "required", _("Choose in whose records the field is open all the same.")))
    if not tree:
        message = _("Say in which records the field is open; without a condition the list of fields is the place.")
        errors.append(FieldError("filter", "required", message))
    if errors:
        raise Invalid(errors)
    return Grant(scope, tree)


def _read_field(sent: QueryDict, name: str, current: Any) -> Any:
    """Return what the list of fields says of one; an exception on a condition has a page of its own, and stays."""
    level, scope = sent.get(f"field:{name}", ""), sent.get(f"except:{name}", "")
    kept = _exception(current)
    if kept is not None and kept.condition is not None and f"except:{name}" not in sent:
        return {"level": level, "except": write_grants([kept])}
    return {"level": level, "except": scope} if scope else level


def field_restriction(actor: Actor, spec: ObjectSpec, written: Any) -> dict[str, str]:
    """Return what pages show of a field's restriction: its level, in whose records it does not hold, and on which condition."""
    grant = _exception(written)
    condition = grant.condition if grant is not None else None
    words = ""
    if grant is not None and condition is not None:
        words = _("%(exception)s where %(condition)s") % {
            "exception": CONDITIONAL_LABELS[grant.scope],
            "condition": condition_in_words(_reader(actor), spec, condition),
        }
    return {"level": _level(written), "exception": grant.scope.key if grant else "", "words": words}


def _level(written: Any) -> str:
    level = written.get("level", "") if isinstance(written, Mapping) else written
    return str(level or FieldAccess.EDITABLE.key)


def _exception(written: Any) -> Grant | None:
    given = written.get("except") if isinstance(written, Mapping) else None
    return next(iter(read_grants(given)), None) if given else None


def _of_others(current: Role, spec: ObjectSpec) -> dict[str, Any]:
    return {path: level for path, level in current.field_grants.items() if not path.startswith(f"{spec.name}.")}


def _reader(actor: Actor) -> Actor:
    """Return the actor for conditions: they name fields, not values, so that whoever sets rights may use them all."""
    return replace(actor, is_system=True)


def _write(request: SignedInRequest, current: Role, field_grants: Mapping[str, Any]) -> None:
    change_role(
        request.actor,
        current.pk,
        name=current.name,
        grants=current.grants,
        field_grants=field_grants,
        abilities=list(current.abilities),
    )
