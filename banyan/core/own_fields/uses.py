"""Where fields are used in what the core keeps: saved views, sharing rules, and conditions of roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.models import SharingRule
from banyan.core.identity.models import Role
from banyan.core.listing.models import SavedView
from banyan.core.objects.field_uses import FieldUse, Wanted, tree_uses
from banyan.core.objects.spec import ObjectSpec


def uses_in_views(specs: Mapping[str, ObjectSpec], wanted: Wanted) -> Iterator[FieldUse]:
    """Yield the saved views that filter, sort, colour or show by a field; each goes on without it."""
    for view in SavedView.objects.filter(object_name=wanted.object_name):
        trees = [view.filter, *(rule.get("filter") for rule in view.color_rules)]
        names = {name.removeprefix("-") for name in (*view.sort, *view.columns)} if wanted.code is None else set()
        if wanted.name in names or any(tree_uses(tree, wanted) for tree in trees):
            spec = specs.get(view.object_name)
            yield FieldUse(
                _("the saved view “%(name)s”") % {"name": view.name},
                f"/{spec.plural}?view={view.pk}" if spec is not None else "",
                breaks=False,
            )


def uses_in_sharing(specs: Mapping[str, ObjectSpec], wanted: Wanted) -> Iterator[FieldUse]:
    """Yield the sharing rules whose condition asks for a field: without it they would share nothing."""
    for rule in SharingRule.objects.filter(object_name=wanted.object_name):
        if tree_uses(rule.condition, wanted):
            yield FieldUse(_("the sharing rule “%(name)s”") % {"name": rule.name}, f"/settings/sharing/{rule.pk}")


def uses_in_roles(specs: Mapping[str, ObjectSpec], wanted: Wanted) -> Iterator[FieldUse]:
    """Yield the roles that restrict a field, or give rights on a condition that asks for it."""
    for role in Role.objects.all():
        url = f"/settings/roles/{role.pk}"
        if any(tree_uses(tree, wanted) for tree in _conditions(role.grants.get(wanted.object_name, {}))):
            yield FieldUse(_("a condition of the role “%(name)s”") % {"name": role.name}, url)
        elif wanted.code is None and wanted.name in (role.field_grants.get(wanted.object_name) or {}):
            yield FieldUse(_("the rights of the role “%(name)s”") % {"name": role.name}, url, breaks=False)


def _conditions(given: Any) -> Iterator[Any]:
    if isinstance(given, Mapping):
        if "condition" in given:
            yield given["condition"]
        for part in given.values():
            yield from _conditions(part)
    elif isinstance(given, list):
        for part in given:
            yield from _conditions(part)
