"""Saved views: the object's own presets, shared views and private ones, and who may change them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Max, Q, Subquery
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.identity.models import Department, UserRole
from banyan.core.kernel.errors import FieldError, Invalid, Missing, NotAllowed
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.listing.coloring import ColorRule, read_rules, rules_to_json
from banyan.core.listing.fields import open_fields, shown_fields
from banyan.core.listing.filters import Node, join, parse_tree, to_q, tree_to_json
from banyan.core.listing.models import Display, SavedView
from banyan.core.listing.query import Columns
from banyan.core.listing.selection import ListRequest
from banyan.core.listing.sorting import order_of
from banyan.core.objects.modules import module_is_on
from banyan.core.objects.spec import ObjectSpec, ViewPreset

LONGEST_NAME = 80
LONGEST_SEARCH = 200


@dataclass(frozen=True)
class View:
    """A view as lists use it; ``key`` is the preset's name, or the id of a saved view as text."""

    key: str
    name: str
    filter: Node | None = None
    search: str = ""
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    display: str = Display.TABLE.value
    is_preset: bool = False
    is_shared: bool = False
    role_ids: tuple[uuid.UUID, ...] = ()
    department_ids: tuple[uuid.UUID, ...] = ()
    default_role_ids: tuple[uuid.UUID, ...] = ()
    color_rules: tuple[ColorRule, ...] = ()
    is_pinned: bool = True
    is_mine: bool = False
    may_change: bool = False

    @property
    def is_shared_with_others(self) -> bool:
        """Say whether anybody but its owner sees the view."""
        return self.is_shared or bool(self.role_ids) or bool(self.department_ids)


@dataclass(frozen=True)
class ViewValues:
    """What somebody wants to save as a view; ``filter`` is a filter tree in JSON."""

    name: str
    filter: Any = None
    search: str = ""
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    display: str = Display.TABLE.value
    is_shared: bool = False
    role_ids: tuple[uuid.UUID, ...] = ()
    department_ids: tuple[uuid.UUID, ...] = ()
    is_pinned: bool = True
    default_role_ids: tuple[uuid.UUID, ...] = ()
    color_rules: tuple[ColorRule, ...] = ()

    @property
    def is_for_others(self) -> bool:
        """Say whether the view is to be seen by anybody but its owner."""
        return self.is_shared or bool(self.role_ids) or bool(self.department_ids)


def list_views(actor: Actor, spec: ObjectSpec) -> list[View]:
    """Return the views of an object that the actor may use: presets first, then saved ones in their order."""
    saved = SavedView.objects.filter(_usable(actor), object_name=spec.name)
    return [*(_from_preset(preset) for preset in presets_of(actor, spec)), *(_from_row(actor, row) for row in saved)]


def presets_of(actor: Actor, spec: ObjectSpec) -> list[ViewPreset]:
    """Return the views that the object brings along, as far as their modules are on."""
    return [view for view in spec.views if not view.module or module_is_on(actor.organization, view.module)]


def find_view(actor: Actor, spec: ObjectSpec, key: str) -> View:
    """Return the view of a key; raise ``Missing`` when there is none that the actor may use."""
    preset = next((preset for preset in presets_of(actor, spec) if preset.key == key), None)
    return _from_preset(preset) if preset else _from_row(actor, _usable_row(actor, spec, key))


def default_view(actor: Actor, spec: ObjectSpec) -> View | None:
    """Return the shared view that one of the actor's roles sees first; None when no role has one."""
    if actor.user_id is None:
        return None
    roles = list(UserRole.objects.filter(user_id=actor.user_id).values_list("role_id", flat=True))
    rows = SavedView.objects.filter(_usable(actor), object_name=spec.name, default_role_ids__overlap=roles)
    row = rows.first() if roles else None
    return _from_row(actor, row) if row else None


def request_of(actor: Actor, spec: ObjectSpec, view: View, *, filter: Node | None = None) -> ListRequest:  # noqa: A002
    """Return the list that a view asks for; ``filter`` narrows it further.

    Columns and order are left out where the actor may not see the field or it no longer exists. A
    filter by such a field is kept, and listing refuses it: showing more than the view says would be
    worse than an error.
    """
    shown, readable = shown_fields(actor, spec), open_fields(actor, spec)
    return ListRequest(
        filter=join(view.filter, filter),
        search=view.search,
        sort=tuple(name for name in view.sort if name.removeprefix("-") in readable),
        columns=tuple(name for name in view.columns if name in shown),
    )


def open_views(actor: Actor, spec: ObjectSpec, views: Sequence[View]) -> list[View]:
    """Return the views that lead the actor somewhere: not those of others that filter by a field hidden from them."""
    if len(open_fields(actor, spec)) == len(spec.all_fields):
        return list(views)
    return [view for view in views if view.is_mine or _can_be_filtered(actor, spec, view)]


def _can_be_filtered(actor: Actor, spec: ObjectSpec, view: View) -> bool:
    try:
        to_q(view.filter, spec, actor)
    except Invalid:
        return False
    return True


@transaction.atomic
def save_view(actor: Actor, spec: ObjectSpec, values: ViewValues, *, view_id: uuid.UUID | None = None) -> SavedView:
    """Save a new view, or change the one of ``view_id``, and return it.

    Raises ``Invalid`` with what is wrong (also a second view of the same name), ``Missing`` when the
    actor may not use that view, ``NotAllowed`` when sharing, or changing what is shared, without the
    right to.
    """
    row = SavedView(organization_id=actor.organization_id, object_name=spec.name, owner=actor.user)
    if view_id is not None:
        row = _changeable_row(actor, spec, str(view_id))
    if values.is_for_others or values.default_role_ids:
        _require_sharing(actor)
    return write_view(actor, spec, row, values)


def write_view(actor: Actor, spec: ObjectSpec, row: SavedView, values: ViewValues) -> SavedView:
    """Give a saved view, which may be new, these values; whoever calls it has asked whether the actor may.

    Raises ``Invalid`` with what is wrong, also a second view of the same name and owner.
    """
    name = _checked(actor, spec, values)
    if SavedView.objects.filter(object_name=spec.name, owner=row.owner, name=name).exclude(pk=row.pk).exists():
        raise Invalid([FieldError("name", "not_unique", _("You already have a view of this name."))])
    row.name = name
    row.filter = tree_to_json(parse_tree(values.filter))
    row.search = clean_text(values.search)
    row.sort, row.columns = list(values.sort), list(values.columns)
    row.display = values.display
    row.is_shared, row.is_pinned = values.is_shared, values.is_pinned
    row.role_ids, row.department_ids = list(values.role_ids), list(values.department_ids)
    row.default_role_ids = list(values.default_role_ids) if values.is_for_others else []
    row.color_rules = rules_to_json(values.color_rules)
    if row._state.adding:  # noqa: SLF001 Django's own name for it
        last = SavedView.objects.filter(object_name=spec.name).aggregate(last=Max("position"))["last"]
        row.position = 0 if last is None else last + 1
    row.save()
    return row


def delete_view(actor: Actor, spec: ObjectSpec, view_id: uuid.UUID) -> None:
    """Delete a saved view; raise ``Missing`` or ``NotAllowed`` as ``save_view`` does."""
    _changeable_row(actor, spec, str(view_id)).delete()


@transaction.atomic
def order_views(actor: Actor, spec: ObjectSpec, view_ids: Sequence[uuid.UUID]) -> None:
    """Put the actor's views in the given order; shared views of others stay where they are."""
    rows = {row.pk: row for row in SavedView.objects.filter(_usable(actor), object_name=spec.name)}
    changed = []
    for position, view_id in enumerate(view_ids):
        row = rows.get(view_id)
        if row is not None and _may_change(actor, row):
            row.position = position
            changed.append(row)
    SavedView.objects.bulk_update(changed, ["position"])


def _usable(actor: Actor) -> Q:
    """Return the condition that a view is the actor's own, or shared with everybody, their role or their department."""
    if actor.user_id is None:
        return Q(is_shared=True)
    roles = UserRole.objects.filter(user_id=actor.user_id).order_by().values("role_id")
    shared = Q(is_shared=True) | Q(owner_id=actor.user_id) | Q(role_ids__overlap=ArraySubquery(roles))
    department = actor.user.department_id if actor.user else None
    if department is None:
        return shared
    path = Department.objects.filter(pk=department).order_by().values("path")
    return shared | Q(department_ids__overlap=Subquery(path))


def _usable_row(actor: Actor, spec: ObjectSpec, key: str) -> SavedView:
    view_id = parse_id(key)
    row = SavedView.objects.filter(_usable(actor), object_name=spec.name, pk=view_id).first() if view_id else None
    if row is None:
        raise Missing("not_found", _("This view does not exist, or it is somebody else's."))
    return row


def _changeable_row(actor: Actor, spec: ObjectSpec, key: str) -> SavedView:
    row = _usable_row(actor, spec, key)
    if not _may_change(actor, row):
        raise NotAllowed("not_allowed", _("This view is shared by somebody else. Save a copy of it instead."))
    return row


def _may_change(actor: Actor, row: SavedView) -> bool:
    """Say whether somebody may change a view: their own, and shared ones with the right to share."""
    is_shared = row.is_shared or bool(row.role_ids) or bool(row.department_ids)
    return row.owner_id == actor.user_id or (is_shared and actor.has(Ability.SHARE_VIEWS))


def _require_sharing(actor: Actor) -> None:
    if not actor.has(Ability.SHARE_VIEWS):
        raise NotAllowed("not_allowed", _("You may save views for yourself, but not share them."))


def _checked(actor: Actor, spec: ObjectSpec, values: ViewValues) -> str:
    """Return the cleaned name; raise ``Invalid`` with everything that is wrong."""
    errors: list[FieldError] = []
    name = clean_text(values.name)
    if not name or len(name) > LONGEST_NAME:
        message = _("Give the view a name of at most %(maximum)d characters.") % {"maximum": LONGEST_NAME}
        errors.append(FieldError("name", "bad_name", message))
    if values.display not in Display.values:
        errors.append(FieldError("display", "unknown_display", _("A view is a table, a board or a calendar.")))
    if len(values.search) > LONGEST_SEARCH:
        message = _("At most %(maximum)d characters can be searched for.") % {"maximum": LONGEST_SEARCH}
        errors.append(FieldError("search", "too_long", message))
    checks: tuple[Callable[[], Any], ...] = (
        lambda: to_q(parse_tree(values.filter), spec, actor),
        lambda: order_of(actor, spec, values.sort),
        lambda: Columns(actor, spec, values.columns),
        *(partial(to_q, rule.filter, spec, actor) for rule in values.color_rules),
    )
    for check in checks:
        try:
            check()
        except Invalid as invalid:
            errors += invalid.errors
    if errors:
        raise Invalid(errors)
    return name


def _from_preset(preset: ViewPreset) -> View:
    return View(
        key=preset.key,
        name=str(preset.label),
        filter=join(parse_tree(preset.filter)),
        sort=tuple(name for name in preset.sort.split(",") if name),
        columns=preset.columns,
        display=preset.display,
        is_preset=True,
        is_shared=True,
    )


def _from_row(actor: Actor, row: SavedView) -> View:
    return View(
        key=str(row.pk),
        name=row.name,
        filter=join(parse_tree(row.filter)),
        search=row.search,
        sort=tuple(row.sort),
        columns=tuple(row.columns),
        display=row.display,
        is_shared=row.is_shared,
        role_ids=tuple(row.role_ids),
        department_ids=tuple(row.department_ids),
        default_role_ids=tuple(row.default_role_ids),
        color_rules=read_rules(row.color_rules),
        is_pinned=row.is_pinned,
        is_mine=row.owner_id == actor.user_id,
        may_change=_may_change(actor, row),
    )
