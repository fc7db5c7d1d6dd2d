"""Departments, territories, levels and posts. Who works there is no configuration."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.departments import department_tree
from banyan.core.access.guards import catalogue_changed
from banyan.core.access.models import Level, Post
from banyan.core.access.posts import delete_level, delete_post, roles_brought, save_level, save_post
from banyan.core.access.scopes import Ability
from banyan.core.access.territories import territory_tree
from banyan.core.access.trees import Tree
from banyan.core.identity.models import Role
from banyan.core.kernel.document_shapes import Items, Number, Property, Text
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.listing.portable import tree_paths
from banyan.core.objects.configuration_parts import KEY, Change, ConfigurationPart
from banyan.core.tenancy.models import Organization

ROLE_KEYS = Items(Text(longest=40, may_be_empty=False))


def _reading(tree: Tree[Any]) -> Callable[[Organization], list[dict[str, Any]]]:
    def read(_organization: Organization) -> list[dict[str, Any]]:
        paths = tree_paths(tree.model)
        return [
            {KEY: paths[node.pk], "name": node.name, "parent": paths.get(node.parent_id, ""), "position": node.position}
            for node, _depth in tree.in_order()
        ]

    return read


def _applying(tree: Tree[Any]) -> Callable[[Actor, Change], None]:
    def apply(actor: Actor, change: Change) -> None:
        nodes = {path: node_id for node_id, path in tree_paths(tree.model).items()}
        if change.is_removal:
            tree.delete(actor, _found(nodes, change.key))
            return
        entry = change.values()
        if change.is_new:
            parent = _found(nodes, entry["parent"]) if entry["parent"] else None
            node_id = tree.create(actor, name=entry["name"], parent_id=parent).pk
            if tree_paths(tree.model).get(node_id) != change.key:
                message = _("The key has to be the names from the top down: “parent / name”.")
                raise Invalid([FieldError("name", "other_key", message)])
        else:
            node_id = _found(nodes, change.key)
        if entry["position"] is not None:
            tree.model.objects.filter(pk=node_id).update(position=entry["position"])
            if tree.is_list_of_values:
                catalogue_changed(actor.organization)

    return apply


def _found(nodes: Mapping[str, uuid.UUID], path: str) -> uuid.UUID:
    if path not in nodes:
        raise Missing("not_found", _("There is no “%(name)s”.") % {"name": path})
    return nodes[path]


def _parents(entry: Mapping[str, Any]) -> Sequence[str]:
    return (entry["parent"],) if entry["parent"] else ()


def _tree_part(name: str, label: Any, tree: Tree[Any]) -> ConfigurationPart:
    return ConfigurationPart(
        name=name,
        label=label,
        key_help=gettext_lazy("the names from the top down: Sales / South"),
        properties={
            "name": Property(Text(longest=120), gettext_lazy("Name"), needed=True, fixed=True),
            "parent": Property(Text(), gettext_lazy("Part of"), gettext_lazy("The key of what it stands below."), "",
                               fixed=True),
            "position": Property(Number(least=0), gettext_lazy("Position")),
        },
        read=_reading(tree),
        apply=_applying(tree),
        needs=_parents,
        abilities=(Ability.MANAGE_PEOPLE,),
    )  # fmt: skip


DEPARTMENTS_PART = _tree_part("departments", gettext_lazy("Departments"), department_tree)
TERRITORIES_PART = _tree_part("territories", gettext_lazy("Territories"), territory_tree)


def roles_by_key(keys: Sequence[str]) -> list[Role]:
    """Return roles by their keys; raise ``Invalid`` for one that is not there."""
    found = {role.key: role for role in Role.objects.filter(key__in=keys)}
    for key in keys:
        if key not in found:
            message = _("There is no role “%(name)s”.") % {"name": key}
            raise Invalid([FieldError("roles", "unknown_role", message)])
    return [found[key] for key in keys]


def _role_keys(bringer: Level | Post) -> list[str]:
    return sorted(role.key for role in roles_brought(bringer))


def _read_levels(_organization: Organization) -> list[dict[str, Any]]:
    return [{KEY: level.name, "rank": level.rank, "roles": _role_keys(level)} for level in Level.objects.all()]


def _apply_level(actor: Actor, change: Change) -> None:
    row = Level.objects.filter(name=change.key).first()
    if change.is_removal:
        if row is not None:
            delete_level(actor, row.pk)
        return
    entry = change.values()
    save_level(actor, row, name=change.key, rank=entry["rank"], roles=roles_by_key(entry["roles"]))


def _read_posts(_organization: Organization) -> list[dict[str, Any]]:
    return [
        {KEY: post.name, "level": post.level.name if post.level else "", "roles": _role_keys(post)}
        for post in Post.objects.select_related("level")
    ]


def _apply_post(actor: Actor, change: Change) -> None:
    row = Post.objects.select_related("level").filter(name=change.key).first()
    if change.is_removal:
        if row is not None:
            delete_post(actor, row.pk)
        return
    entry = change.values()
    level = Level.objects.filter(name=entry["level"]).first() if entry["level"] else None
    if entry["level"] and level is None:
        message = _("There is no level “%(name)s”.") % {"name": entry["level"]}
        raise Invalid([FieldError("level", "unknown_level", message)])
    save_post(actor, row, name=change.key, level=level, roles=roles_by_key(entry["roles"]))


LEVELS_PART = ConfigurationPart(
    name="levels",
    label=gettext_lazy("Levels"),
    key_help=gettext_lazy("the name"),
    properties={
        "rank": Property(Number(least=1, most=99), gettext_lazy("Rank"), default=1),
        "roles": Property(ROLE_KEYS, gettext_lazy("Roles"), default=[]),
    },
    read=_read_levels,
    apply=_apply_level,
    after=("roles",),
    abilities=(Ability.MANAGE_PEOPLE,),
)

POSTS_PART = ConfigurationPart(
    name="posts",
    label=pgettext_lazy("positions", "Posts"),
    key_help=gettext_lazy("the name"),
    properties={
        "level": Property(Text(longest=60), gettext_lazy("Level"), default=""),
        "roles": Property(ROLE_KEYS, gettext_lazy("Roles"), default=[]),
    },
    read=_read_posts,
    apply=_apply_post,
    after=("levels", "roles"),
    abilities=(Ability.MANAGE_PEOPLE,),
)
