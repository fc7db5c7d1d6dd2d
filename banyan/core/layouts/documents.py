"""Types and layouts as a document without ids, for the configuration file: written in a stable order, read back whole."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.layouts.content import plan_from_json
from banyan.core.layouts.models import Layout, RecordType
from banyan.core.layouts.record_types import TypeDraft, order_record_types, save_record_type, types_in_order
from banyan.core.layouts.services import create_layout, publish_layout, take_step
from banyan.core.tenancy.models import Organization


def as_document(organization: Organization) -> list[dict[str, Any]]:
    """Return every object's record types and the layouts in effect; runs within the organization's scope.

    Roles stand by their names. Drafts are nobody's configuration yet and stay out.
    """
    roles = dict(Role.objects.filter(organization_id=organization.pk).values_list("pk", "name"))
    found: dict[str, dict[str, Any]] = {}
    for row in RecordType.objects.filter(organization_id=organization.pk):
        _entry(found, row.object_name)["record_types"].append(_type_document(row, roles))
    for layout in Layout.objects.filter(organization_id=organization.pk, content__isnull=False):
        names = {
            "record_type": layout.record_type,
            "role": roles.get(layout.role_id, "") if layout.role_id else "",
            "device": layout.device,
        }
        entry = {name: value for name, value in names.items() if value}
        _entry(found, layout.object_name)["layouts"].append({**entry, **layout.content})
    for document in found.values():
        document["layouts"].sort(key=_place)
    return [{name: value for name, value in found[key].items() if value} for key in sorted(found)]


@transaction.atomic
def from_document(actor: Actor, documents: Iterable[Mapping[str, Any]]) -> None:
    """Bring about what a document says: types and layouts that it names are as it says, others stay.

    All or nothing. Raises ``Invalid`` when a role does not exist here or a layout is not whole, and what
    ``save_record_type`` raises.
    """
    roles = {role.name: role for role in Role.objects.all()}
    for document in documents:
        object_name = str(document.get("object") or "")
        for entry in document.get("record_types") or ():
            _apply_type(actor, object_name, entry, roles)
        codes = [str(entry.get("code")) for entry in document.get("record_types") or ()]
        if codes:
            rows = sorted(
                types_in_order(object_name), key=lambda row: codes.index(row.code) if row.code in codes else 99
            )
            order_record_types(actor, object_name, [row.pk for row in rows])
        for entry in document.get("layouts") or ():
            _apply_layout(actor, object_name, entry, roles)


def _place(layout: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(layout.get(name, "")) for name in ("record_type", "role", "device"))


def _entry(found: dict[str, dict[str, Any]], object_name: str) -> dict[str, Any]:
    return found.setdefault(object_name, {"object": object_name, "record_types": [], "layouts": []})


def _type_document(row: RecordType, roles: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    document = {
        "code": row.code,
        "labels": row.labels,
        "icon": row.icon,
        "color": row.color,
        "active": row.is_active,
        "roles": sorted(roles[pk] for pk in map(uuid.UUID, row.roles) if pk in roles),
        "default_for": sorted(roles[pk] for pk in map(uuid.UUID, row.default_for) if pk in roles),
        "choices": {name: row.choices[name] for name in sorted(row.choices)},
    }
    return {name: value for name, value in document.items() if value not in ("", [], {})}


def _apply_type(actor: Actor, object_name: str, entry: Mapping[str, Any], roles: Mapping[str, Role]) -> None:
    code = str(entry.get("code") or "")
    row = RecordType.objects.filter(object_name=object_name, code=code).first()
    draft = TypeDraft(
        labels=entry.get("labels") or {},
        code=code,
        icon=str(entry.get("icon") or ""),
        color=str(entry.get("color") or ""),
        is_active=bool(entry.get("active", True)),
        roles=[str(_role(roles, name).pk) for name in entry.get("roles") or ()],
        default_for=[str(_role(roles, name).pk) for name in entry.get("default_for") or ()],
        choices=entry.get("choices") or {},
    )
    save_record_type(actor, object_name, row, draft)


def _apply_layout(actor: Actor, object_name: str, entry: Mapping[str, Any], roles: Mapping[str, Role]) -> None:
    plan = plan_from_json(entry)
    record_type, device = str(entry.get("record_type") or ""), str(entry.get("device") or "")
    role = _role(roles, str(entry["role"])) if entry.get("role") else None
    row = Layout.objects.filter(
        object_name=object_name, record_type=record_type, role=role, device=device
    ).first() or create_layout(
        actor, object_name, record_type=record_type, role_id=role.pk if role else None, device=device
    )
    row = take_step(actor, row, lambda _plan: plan)
    if row.content is None or row.draft is not None:
        publish_layout(actor, row)


def _role(roles: Mapping[str, Role], name: str) -> Role:
    role = roles.get(name)
    if role is None:
        message = _("There is no role “%(name)s” here. Create it first, or change the name in the file.")
        raise Invalid([FieldError("role", "unknown_role", message % {"name": name[:60]})])
    return role
