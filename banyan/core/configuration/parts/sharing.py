"""Sharing rules, and the saved views that are for others."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.guards import require_ability
from banyan.core.access.models import GranteeKind, SharedAccess, SharingRule
from banyan.core.access.scopes import Ability
from banyan.core.access.sharing import GRANTEES, Grantee, Terms, delete_rule, grantees_of, names_of, save_rule
from banyan.core.identity.models import Department, Role
from banyan.core.kernel.document_shapes import Filter, Flag, Items, Number, Properties, Property, Text
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.coloring import read_rules
from banyan.core.listing.filter_tree import conditions_of, parse_tree
from banyan.core.listing.models import Display, SavedView
from banyan.core.listing.portable import DEPARTMENT, PERSON, Names, local_filter, portable_filter, tree_paths
from banyan.core.listing.views import ViewValues, write_view
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization

GRANTEE = Properties(
    {
        "kind": Property(Text(tuple(GranteeKind.values)), gettext_lazy("Kind"), needed=True),
        "name": Property(
            Text(), gettext_lazy("Name"), gettext_lazy("The key of a role, the path of a department, an e-mail address."),
            needed=True,
        ),
    }
)  # fmt: skip


def _read_rules(organization: Organization) -> list[dict[str, Any]]:
    specs = specs_for(organization)
    return [
        {
            KEY: rule.name,
            "object": rule.object_name,
            "condition": portable_filter(organization, specs[rule.object_name], rule.condition),
            "with": _written(organization, grantees_of(rule)),
            "access": rule.access,
            "until": rule.ends_on.isoformat() if rule.ends_on else "",
            "active": rule.is_active,
        }
        for rule in SharingRule.objects.order_by("name")
        if rule.object_name in specs
    ]


def _written(organization: Organization, grantees: Sequence[Grantee]) -> list[dict[str, str]]:
    names, known = Names(organization), names_of(grantees)
    roles = dict(Role.objects.values_list("pk", "key"))
    written = []
    for grantee in grantees:
        if grantee.id not in known:
            continue
        name = known[grantee.id]
        if grantee.kind == GranteeKind.ROLE:
            name = roles[grantee.id]
        elif grantee.kind in {GranteeKind.PERSON, GranteeKind.DEPARTMENT}:
            target = PERSON if grantee.kind == GranteeKind.PERSON else DEPARTMENT
            name = names.name_of(target, str(grantee.id))
        written.append({"kind": str(grantee.kind), "name": name})
    return sorted(written, key=lambda entry: (entry["kind"], entry["name"]))


def _read_grantee(organization: Organization, entry: Mapping[str, str]) -> Grantee:
    kind, name = entry["kind"], entry["name"]
    if kind in {GranteeKind.PERSON, GranteeKind.DEPARTMENT}:
        target = PERSON if kind == GranteeKind.PERSON else DEPARTMENT
        return Grantee(kind, uuid.UUID(Names(organization).id_of(target, name)))
    column = "key" if kind == GranteeKind.ROLE else "name"
    found = GRANTEES[kind]._default_manager.filter(**{column: name}).values_list("pk", flat=True).first()  # noqa: SLF001
    if found is None:
        message = _("“%(name)s” is not known in this organization.") % {"name": name}
        raise Invalid([FieldError("with", "unknown_record", message)])
    return Grantee(kind, found)


def _apply_rule(actor: Actor, change: Change) -> None:
    row = SharingRule.objects.filter(name=change.key).first()
    if change.is_removal:
        if row is not None:
            delete_rule(actor, row.pk)
        return
    entry = change.values()
    spec = _spec(actor.organization, entry["object"])
    save_rule(
        actor,
        row,
        grantees=[_read_grantee(actor.organization, grantee) for grantee in entry["with"]],
        terms=Terms(entry["access"], _day(entry["until"])),
        name=change.key,
        object_name=spec.name,
        condition=local_filter(actor.organization, spec, entry["condition"]),
        is_active=entry["active"],
    )


def _spec(organization: Organization, name: str) -> ObjectSpec:
    spec = specs_for(organization).get(name)
    if spec is None:
        message = _("There is no object “%(name)s”.") % {"name": name}
        raise Invalid([FieldError("object", "unknown_object", message)])
    return spec


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        message = _("Write a day as 2026-12-31.")
        raise Invalid([FieldError("until", "not_a_day", message)]) from None


SHARING_RULES_PART = ConfigurationPart(
    name="sharing_rules",
    label=gettext_lazy("Sharing rules"),
    key_help=gettext_lazy("the name"),
    properties={
        "object": Property(Text(), gettext_lazy("Object"), needed=True, fixed=True),
        "condition": Property(Filter(), gettext_lazy("Condition"), default={}),
        "with": Property(Items(GRANTEE), gettext_lazy("Shared with"), needed=True),
        "access": Property(
            Text(tuple(SharedAccess.values)), gettext_lazy("What they may do"), default=SharedAccess.VIEW.value
        ),
        "until": Property(Text(longest=10), gettext_lazy("Until"), default=""),
        "active": Property(Flag(), gettext_lazy("In use"), default=True),
    },
    read=_read_rules,
    apply=_apply_rule,
    after=("roles", "posts", "levels", "departments", "territories", "pipelines", "stages"),
    abilities=(Ability.MANAGE_PEOPLE,),
)


def _read_views(organization: Organization) -> list[dict[str, Any]]:
    specs = specs_for(organization)
    places = {name: place for place, name in enumerate(specs)}
    rows = [row for row in SavedView.objects.all() if row.object_name in places and _is_for_others(row)]
    rows.sort(key=lambda row: (places[row.object_name], row.position, row.name, row.created_at))
    roles = dict(Role.objects.values_list("pk", "key"))
    departments = tree_paths(Department)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        spec = specs[row.object_name]
        if _touches_encrypted(spec, row):
            continue
        key = _free_key(found, f"{row.object_name}.{row.name}")
        found[key] = {
            KEY: key,
            "object": row.object_name,
            "name": row.name,
            "filter": portable_filter(organization, spec, row.filter),
            "search": row.search,
            "sort": list(row.sort),
            "columns": list(row.columns),
            "colors": [
                {"filter": portable_filter(organization, spec, rule["filter"]), "color": rule["color"]}
                for rule in row.color_rules
            ],
            "display": row.display,
            "everybody": row.is_shared,
            "roles": sorted(roles[pk] for pk in row.role_ids if pk in roles),
            "departments": sorted(departments[pk] for pk in row.department_ids if pk in departments),
            "first_for": sorted(roles[pk] for pk in row.default_role_ids if pk in roles),
            "tab": row.is_pinned,
            "position": row.position,
        }
    return list(found.values())


def _is_for_others(row: SavedView) -> bool:
    return row.is_shared or bool(row.role_ids) or bool(row.department_ids)


def _touches_encrypted(spec: ObjectSpec, row: SavedView) -> bool:
    """Say whether a view names values of an encrypted field, which never lie readable in a file."""
    sealed = {name for name, entry in spec.all_fields.items() if entry.is_sealed}
    trees = [row.filter, *(rule["filter"] for rule in row.color_rules)]
    named = {condition.field for tree in trees for condition in conditions_of(parse_tree(tree))}
    return bool(named & sealed) or (bool(row.search) and bool(sealed))


def _free_key(taken: Mapping[str, Any], key: str) -> str:
    number, free = 2, key
    while free in taken:
        free = f"{key} ({number})"
        number += 1
    return free


def _apply_view(actor: Actor, change: Change) -> None:
    require_ability(actor, Ability.SHARE_VIEWS)
    row = _row_of(actor.organization, change.key)
    if change.is_removal:
        if row is not None:
            row.delete()
        return
    entry = change.values()
    organization = actor.organization
    spec = _spec(organization, entry["object"])
    values = ViewValues(
        name=entry["name"],
        filter=local_filter(organization, spec, entry["filter"]),
        search=entry["search"],
        sort=tuple(entry["sort"]),
        columns=tuple(entry["columns"]),
        display=entry["display"],
        is_shared=entry["everybody"],
        role_ids=_ids(dict(Role.objects.values_list("key", "pk")), entry["roles"], "roles"),
        department_ids=_ids(
            {path: pk for pk, path in tree_paths(Department).items()}, entry["departments"], "departments"
        ),
        is_pinned=entry["tab"],
        default_role_ids=_ids(dict(Role.objects.values_list("key", "pk")), entry["first_for"], "first_for"),
        color_rules=read_rules(
            [
                {"filter": local_filter(organization, spec, rule["filter"]), "color": rule["color"]}
                for rule in entry["colors"]
            ]
        ),
    )
    if not values.is_for_others:
        message = _("Say for whom the view is: everybody, roles or departments.")
        raise Invalid([FieldError("everybody", "for_nobody", message)])
    if row is None:
        row = SavedView(organization=organization, object_name=spec.name, owner=actor.user)
    # The view is set up for others: what its author may see of the fields does not decide.
    row = write_view(system_actor(organization, channel=actor.channel), spec, row, values)
    if entry["position"] is not None:
        SavedView.objects.filter(pk=row.pk).update(position=entry["position"])


def _row_of(organization: Organization, key: str) -> SavedView | None:
    """Return the view that the file knows by a key, found in the order in which keys are given."""
    taken: dict[str, SavedView] = {}
    rows = [row for row in SavedView.objects.all() if _is_for_others(row)]
    for row in sorted(rows, key=lambda row: (row.position, row.name, row.created_at)):
        if row.object_name in specs_for(organization):
            taken[_free_key(taken, f"{row.object_name}.{row.name}")] = row
    return taken.get(key)


def _ids(known: Mapping[str, uuid.UUID], names: Sequence[str], place: str) -> tuple[uuid.UUID, ...]:
    for name in names:
        if name not in known:
            message = _("“%(name)s” is not known in this organization.") % {"name": name}
            raise Invalid([FieldError(place, "unknown_record", message)])
    return tuple(known[name] for name in names)


COLOR = Properties(
    {
        "filter": Property(Filter(), gettext_lazy("Filter"), needed=True),
        "color": Property(Text(), gettext_lazy("Colour"), needed=True),
    }
)
NAMES = Items(Text(longest=300))

VIEWS_PART = ConfigurationPart(
    name="views",
    label=gettext_lazy("Shared views"),
    help=gettext_lazy("Views that somebody keeps for themselves are no configuration."),
    key_help=gettext_lazy("object.name, such as customer.Key accounts"),
    properties={
        "object": Property(Text(), gettext_lazy("Object"), needed=True, fixed=True),
        "name": Property(Text(longest=80), gettext_lazy("Name"), needed=True, fixed=True),
        "filter": Property(Filter(), gettext_lazy("Filter"), default={}),
        "search": Property(Text(longest=200), gettext_lazy("Search"), default=""),
        "sort": Property(NAMES, pgettext_lazy("sequence", "Order"), gettext_lazy("Fields; a minus sign reverses."), []),
        "columns": Property(NAMES, gettext_lazy("Columns"), default=[]),
        "colors": Property(Items(COLOR), gettext_lazy("Colours of rows"), default=[]),
        "display": Property(Text(tuple(Display.values)), gettext_lazy("Shown as"), default=Display.TABLE.value),
        "everybody": Property(Flag(), gettext_lazy("Shared with everybody"), default=False),
        "roles": Property(NAMES, gettext_lazy("Shared with roles"), default=[]),
        "departments": Property(NAMES, gettext_lazy("Shared with departments"), default=[]),
        "first_for": Property(NAMES, gettext_lazy("Roles that see it first"), default=[]),
        "tab": Property(Flag(), gettext_lazy("Shown as a tab"), default=True),
        "position": Property(Number(least=0), gettext_lazy("Position")),
    },
    read=_read_views,
    apply=_apply_view,
    after=("roles", "departments", "territories", "fields", "pick_lists", "pipelines", "stages"),
    abilities=(Ability.SHARE_VIEWS,),
    title=lambda entry: entry["name"],
)
