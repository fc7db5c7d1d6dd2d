"""Types and layouts in the configuration file: by names and codes, so that they mean the same elsewhere.

Drafts are nobody's configuration yet and stay out.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.identity.models import Role
from banyan.core.kernel.document_shapes import Filter, Flag, Items, Number, Properties, Property, Table, Text, Words
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.layouts.content import BLOCK_KINDS, PLACES, Plan, Tree, plan_from_json, plan_to_json
from banyan.core.layouts.models import Layout, RecordType
from banyan.core.layouts.record_types import TypeDraft, delete_record_type, order_record_types, save_record_type
from banyan.core.layouts.services import create_layout, publish_layout, remove_layout, take_step
from banyan.core.listing.portable import local_filter, portable_filter
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.pick_lists import COLORS
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.objects.translated import Translated
from banyan.core.tenancy.models import Organization

RECORD_TYPES, LAYOUTS = "record_types", "layouts"
#: Stands in the key of a layout for all types, all roles or all devices.
ANY = "any"


def read_types(organization: Organization) -> list[dict[str, Any]]:
    """Return the record types of all objects, in their order."""
    roles = _role_keys()
    return [
        {
            KEY: f"{row.object_name}.{row.code}",
            "label": row.labels,
            "icon": row.icon,
            "color": row.color,
            "active": row.is_active,
            "position": row.position,
            "roles": [roles[role] for role in row.roles if role in roles],
            "default_for": [roles[role] for role in row.default_for if role in roles],
            "choices": {name: row.choices[name] for name in sorted(row.choices)},
        }
        for row in RecordType.objects.all()
        if row.object_name in specs_for(organization)
    ]


def apply_type(actor: Actor, change: Change) -> None:
    """Create, change or delete a record type."""
    object_name, _dot, code = change.key.partition(".")
    row = RecordType.objects.filter(object_name=object_name, code=code).first()
    if change.is_removal:
        if row is not None:
            delete_record_type(actor, object_name, row.pk)
        return
    entry = change.values()
    draft = TypeDraft(
        labels=entry["label"],
        code=code,
        icon=entry["icon"],
        color=entry["color"],
        is_active=entry["active"],
        roles=[_role_id(key) for key in entry["roles"]],
        default_for=[_role_id(key) for key in entry["default_for"]],
        choices=entry["choices"],
    )
    row = save_record_type(actor, object_name, row, draft)
    wanted = entry["position"]
    if wanted is not None and wanted != row.position:
        others = list(RecordType.objects.filter(object_name=object_name).values_list("pk", flat=True))
        others.remove(row.pk)
        order_record_types(actor, object_name, [*others[:wanted], row.pk, *others[wanted:]])


def read_layouts(organization: Organization) -> list[dict[str, Any]]:
    """Return the layouts that are in effect."""
    specs, roles = specs_for(organization), _role_keys()
    found = []
    for row in Layout.objects.filter(content__isnull=False):
        spec = specs.get(row.object_name)
        if spec is None:
            continue
        role = roles.get(str(row.role_id)) if row.role_id else ANY
        plan = _with_trees(plan_from_json(row.content), partial(portable_filter, organization, spec))
        key = "/".join((row.object_name, row.record_type or ANY, role or ANY, row.device or ANY))
        found.append({KEY: key, **plan_to_json(plan)})
    return sorted(found, key=lambda entry: str(entry[KEY]))


def apply_layout(actor: Actor, change: Change) -> None:
    """Put a layout into effect as the file has it, or do without it."""
    object_name, record_type, role_key, device = _read_key(change.key)
    role_id = uuid.UUID(_role_id(role_key)) if role_key else None
    rows = Layout.objects.filter(object_name=object_name, record_type=record_type, device=device)
    row = rows.filter(role_id=role_id).first() if role_id else rows.filter(role__isnull=True).first()
    if change.is_removal:
        if row is not None:
            remove_layout(actor, row)
        return
    spec = _spec(actor.organization, object_name)
    plan = _with_trees(plan_from_json(change.values()), partial(local_filter, actor.organization, spec))
    if row is None:
        row = create_layout(actor, object_name, record_type=record_type, role_id=role_id, device=device)
    publish_layout(actor, take_step(actor, row, lambda _plan: plan))


def _with_trees(plan: Plan, change: Callable[[Tree], Tree]) -> Plan:
    """Return a layout with its conditions read or written another way."""

    def changed(tree: Tree) -> Tree:
        return change(tree) if tree else tree

    return replace(
        plan,
        tabs=tuple(
            replace(
                tab,
                parts=tuple(
                    replace(
                        part,
                        show=changed(part.show),
                        places=tuple(
                            replace(place, show=changed(place.show), require=changed(place.require))
                            for place in part.places
                        ),
                    )
                    for part in tab.parts
                ),
            )
            for tab in plan.tabs
        ),
    )


def _read_key(key: str) -> tuple[str, str, str, str]:
    parts = key.split("/")
    if len(parts) != 4:
        message = _("The key of a layout is “object/type/role/device”, such as customer/any/any/phone.")
        raise Invalid([FieldError("key", "bad_key", message)])
    object_name, *rest = parts
    record_type, role, device = ("" if part == ANY else part for part in rest)
    return object_name, record_type, role, device


def _spec(organization: Organization, name: str) -> ObjectSpec:
    spec = specs_for(organization).get(name)
    if spec is None:
        message = _("There is no object “%(name)s”.") % {"name": name}
        raise Invalid([FieldError("key", "unknown_object", message)])
    return spec


def _role_keys() -> dict[str, str]:
    return {str(pk): key for pk, key in Role.objects.values_list("pk", "key")}


def _role_id(key: str) -> str:
    found = Role.objects.filter(key=key).values_list("pk", flat=True).first()
    if found is None:
        message = _("There is no role “%(name)s” here. Create it first, or change the name in the file.")
        raise Invalid([FieldError("roles", "unknown_role", message % {"name": key[:60]})])
    return str(found)


def _words(label: Mapping[str, str]) -> str:
    return str(Translated(label, ""))


TYPES_PART = ConfigurationPart(
    name=RECORD_TYPES,
    label=gettext_lazy("Record types"),
    key_help=gettext_lazy("object.code, such as customer.key_account"),
    properties={
        "label": Property(Words(), gettext_lazy("Label"), needed=True),
        "icon": Property(Text(longest=40), gettext_lazy("Icon"), default=""),
        "color": Property(Text(("", *COLORS)), gettext_lazy("Colour"), default=""),
        "active": Property(Flag(), gettext_lazy("In use"), default=True),
        "position": Property(Number(least=0), gettext_lazy("Position")),
        "roles": Property(
            Items(Text()), gettext_lazy("Roles"), gettext_lazy("Keys of the roles that may use it; none for all."), []
        ),
        "default_for": Property(Items(Text()), gettext_lazy("First choice of"), gettext_lazy("Keys of roles."), []),
        "choices": Property(
            Table(Items(Text())),
            gettext_lazy("Values offered"),
            gettext_lazy("By field; fields that are not named offer all their values."),
            {},
        ),
    },
    read=read_types,
    apply=apply_type,
    after=("fields", "pick_lists", "roles"),
    help=gettext_lazy("A type that records have cannot be removed; put it out of use."),
    title=lambda entry: _words(entry["label"]),
)

_SHOW = Property(Filter(), gettext_lazy("Shows when"), default={})
_PLACE = Properties(
    {
        "name": Property(Text(may_be_empty=False), gettext_lazy("Field"), needed=True),
        "wide": Property(Flag(), gettext_lazy("Over the whole width"), default=False),
        "required": Property(Flag(), gettext_lazy("Must be filled in"), default=False),
        "read_only": Property(Flag(), gettext_lazy("Only shown here"), default=False),
        "show": _SHOW,
        "require": Property(Filter(), gettext_lazy("Needed when"), default={}),
    }
)
_SECTION = Properties(
    {
        "key": Property(Text(may_be_empty=False), gettext_lazy("Key"), needed=True),
        "labels": Property(Words(), gettext_lazy("Heading"), default={}),
        "columns": Property(Number(1, 2), gettext_lazy("Number of columns"), default=2),
        "folded": Property(Flag(), gettext_lazy("Folded at first"), default=False),
        "show": _SHOW,
        "fields": Property(Items(_PLACE, key="name"), gettext_lazy("Fields"), default=[]),
    }
)
_TAB = Properties(
    {
        "key": Property(Text(may_be_empty=False), gettext_lazy("Key"), needed=True),
        "labels": Property(Words(), gettext_lazy("Heading"), default={}),
        "sections": Property(Items(_SECTION, key="key"), gettext_lazy("Sections"), default=[]),
    }
)
_BLOCK = Properties(
    {
        "kind": Property(Text(BLOCK_KINDS), gettext_lazy("Kind of block"), needed=True),
        "place": Property(Text(PLACES), gettext_lazy("Place on the page"), default=PLACES[0]),
        "name": Property(Text(), gettext_lazy("Panel"), default=""),
        "object": Property(Text(), gettext_lazy("Object"), default=""),
        "link": Property(Text(), gettext_lazy("Link"), default=""),
        "columns": Property(Items(Text()), gettext_lazy("Fields"), default=[]),
        "measure": Property(Text(), gettext_lazy("Measure"), default="count"),
        "by": Property(Text(), gettext_lazy("Divided by"), default=""),
    }
)

LAYOUTS_PART = ConfigurationPart(
    name=LAYOUTS,
    label=gettext_lazy("Layouts"),
    key_help=gettext_lazy("object/type/role/device, such as customer/any/any/phone"),
    properties={
        "tabs": Property(Items(_TAB, key="key"), gettext_lazy("Tabs"), default=[]),
        "blocks": Property(Items(_BLOCK), gettext_lazy("Beside the fields"), default=[]),
        "left_out": Property(Items(Text()), gettext_lazy("Unused fields"), default=[]),
        "hidden": Property(Items(Text()), gettext_lazy("Hidden blocks"), default=[]),
        "columns": Property(Items(Text()), gettext_lazy("Columns of lists"), default=[]),
    },
    read=read_layouts,
    apply=apply_layout,
    after=("fields", "roles", RECORD_TYPES, "pipelines", "stages"),
    help=gettext_lazy("Only what is in effect; drafts stay out."),
)
