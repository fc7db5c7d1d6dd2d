"""Roles: what they allow with records and fields, in which networks, and how much they may take out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.rights import EVERY_OBJECT
from banyan.core.access.role_editing import change_role, delete_role
from banyan.core.access.scopes import FIELD_ACCESS, SCOPES, Ability, Action
from banyan.core.access.security import change_role_sign_in, limit_role_exports
from banyan.core.identity.models import Role
from banyan.core.kernel.document_shapes import Flag, Items, Number, Path, Problem, Property, Shape, Table, Text
from banyan.core.kernel.errors import Missing
from banyan.core.listing.portable import local_filter, portable_filter
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.objects.registry import specs_for
from banyan.core.tenancy.models import Organization

ROLES = "roles"
SIGN_IN = ("needs_second_factor", "networks")
Translate = Callable[[Organization, Any, Any], dict[str, Any]]


class _Grant(Shape):
    """A scope, a scope on a condition, or a list of these of which any is enough."""

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        for entry in value if isinstance(value, list) else [value]:
            key = entry.get("scope") if isinstance(entry, Mapping) else entry
            yield from Text(tuple(SCOPES)).problems(key, path)
            unknown = set(entry) - {"scope", "condition"} if isinstance(entry, Mapping) else set()
            for name in sorted(map(str, unknown)):
                yield Problem((*path, name), _("“%(name)s” is not known here.") % {"name": name}, "unknown")

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        return _("one of: %(choices)s; or {scope: …, condition: filter}; or a list of these") % {
            "choices": ", ".join(SCOPES)
        }


class _FieldGrant(Shape):
    """What may be done with a field, perhaps with an exception."""

    def problems(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        level = value.get("level") if isinstance(value, Mapping) else value
        yield from Text(tuple(FIELD_ACCESS)).problems(level, path)
        if isinstance(value, Mapping) and value.get("except") is not None:
            yield from _Grant().problems(value["except"], (*path, "except"))

    def describe(self) -> str:
        """Say in a few words what is written there, for the reference."""
        return _("one of: %(choices)s; or {level: …, except: scope}") % {"choices": ", ".join(FIELD_ACCESS)}


def read_roles(organization: Organization) -> list[dict[str, Any]]:
    """Return the roles in their order."""
    return [
        {
            KEY: role.key,
            "name": role.name,
            "abilities": list(role.abilities),
            "grants": _grants(organization, role.grants, portable_filter),
            "field_grants": _field_grants(organization, role.field_grants, portable_filter),
            "needs_second_factor": role.needs_second_factor,
            "networks": list(role.networks),
            "most_export_rows": role.most_export_rows,
            "position": role.position,
        }
        for role in Role.objects.order_by("position", "key")
    ]


def apply_role(actor: Actor, change: Change) -> None:
    """Create, change or delete a role by the services of its page."""
    require_ability(actor, Ability.MANAGE_PEOPLE)
    role = Role.objects.filter(key=change.key).first()
    if change.is_removal:
        if role is not None:
            delete_role(actor, role.pk)
        return
    entry = change.values()
    if role is None:
        if not change.is_new:
            raise Missing("not_found", _("There is no such role."))
        role = Role.objects.create(
            organization=actor.organization, key=change.key, name=entry["name"][:120], position=Role.objects.count()
        )
    changed = change.changed()
    if change.is_new or changed.keys() - {"most_export_rows", "position", *SIGN_IN}:
        change_role(
            actor,
            role.pk,
            name=entry["name"],
            grants=_grants(actor.organization, entry["grants"], local_filter),
            field_grants=_field_grants(actor.organization, entry["field_grants"], local_filter),
            abilities=entry["abilities"],
        )
    if any(name in changed and (not change.is_new or entry[name]) for name in SIGN_IN):
        change_role_sign_in(
            actor, role.pk, needs_second_factor=entry["needs_second_factor"], networks="\n".join(entry["networks"])
        )
    if entry["most_export_rows"] != (change.before or {}).get("most_export_rows", 0):
        limit_role_exports(actor, role.pk, entry["most_export_rows"])
    if entry["position"] is not None:
        Role.objects.filter(pk=role.pk).update(position=entry["position"])


def _grants(organization: Organization, grants: Mapping[str, Any], translate: Translate) -> dict[str, Any]:
    return {
        name: {
            str(action): _grant(organization, name, actions[str(action)], translate)
            for action in Action
            if str(action) in actions
        }
        for name, actions in _in_order(organization, grants)
    }


def _in_order(organization: Organization, grants: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the grants, that of all objects first, in the order of the product's objects."""
    places = {name: place for place, name in enumerate((EVERY_OBJECT, *specs_for(organization)))}
    return sorted(grants.items(), key=lambda pair: (places.get(pair[0], len(places)), pair[0]))


def _field_grants(organization: Organization, field_grants: Mapping[str, Any], translate: Translate) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, written in sorted(field_grants.items()):
        if isinstance(written, Mapping) and written.get("except"):
            exception = _grant(organization, path.partition(".")[0], written["except"], translate)
            found[path] = {"level": written["level"], "except": exception}
        else:
            found[path] = written["level"] if isinstance(written, Mapping) else written
    return found


def _grant(organization: Organization, object_name: str, written: Any, translate: Translate) -> Any:
    if isinstance(written, list):
        return [_grant(organization, object_name, entry, translate) for entry in written]
    spec = specs_for(organization).get(object_name)
    if not isinstance(written, Mapping) or not written.get("condition") or spec is None:
        return written
    return {**written, "condition": translate(organization, spec, written["condition"])}


def _check(actor: Actor, changes: Sequence[Change]) -> Iterator[Problem]:
    known = {EVERY_OBJECT, *specs_for(actor.organization)}
    for change in changes:
        if change.is_removal:
            continue
        for name in change.values()["grants"]:
            # What a file makes itself may come with the same file; only letters tell a slip from that.
            if name not in known and not name.isidentifier():
                message = _("There is no object “%(name)s”.") % {"name": name}
                yield Problem((change.key, "grants", name), message, "unknown_object")


ROLES_PART = ConfigurationPart(
    name=ROLES,
    label=gettext_lazy("Roles"),
    key_help=gettext_lazy("the key, such as salesperson"),
    properties={
        "name": Property(Text(longest=120), gettext_lazy("Name"), needed=True),
        "abilities": Property(
            Items(Text(tuple(ability.value for ability in Ability))), gettext_lazy("Further rights"), default=[]
        ),
        "grants": Property(
            Table(Table(_Grant(), tuple(action.value for action in Action))), gettext_lazy("Rights"),
            gettext_lazy("By object, “*” for all others, and by action."), {},
        ),
        "field_grants": Property(
            Table(_FieldGrant()), gettext_lazy("Rights to fields"), gettext_lazy("By object.field."), {}
        ),
        "needs_second_factor": Property(Flag(), gettext_lazy("Needs a second factor"), default=False),
        "networks": Property(Items(Text(longest=43)), gettext_lazy("Networks"), default=[]),
        "most_export_rows": Property(Number(least=0), gettext_lazy("Most rows of one export"), default=0),
        "position": Property(Number(least=0), gettext_lazy("Position")),
    },
    read=read_roles,
    apply=apply_role,
    after=("fields", "pick_lists", "departments", "territories", "pipelines", "stages"),
    check=_check,
    abilities=(Ability.MANAGE_PEOPLE,),
    title=lambda entry: entry["name"],
)  # fmt: skip
