"""Who sees what: the two functions that pages, API, export, search and reports all use."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.pools import rows_of_pool
from banyan.core.access.scopes import Ability, Action, FieldAccess, Scope
from banyan.core.kernel.errors import NotAllowed

Row = TypeVar("Row", bound=Model)


class Guarded(Protocol):
    """What access needs to know of an object specification."""

    @property
    def name(self) -> str:
        """Return the object's name."""

    @property
    def is_setting(self) -> bool:
        """Return whether the records belong to the organization's set-up."""

    @property
    def own_fields(self) -> tuple[str, ...]:
        """Return the model fields whose user makes a record somebody's own."""

    @property
    def shared_field(self) -> str:
        """Return the list of users who see a record besides, or an empty string."""

    @property
    def pool_field(self) -> str:
        """Return the link to the public pool that a record lies in, or an empty string."""

    @property
    def inherits_from(self) -> str:
        """Return the link through which visibility is inherited, or an empty string."""

    @property
    def parent(self) -> Guarded | None:
        """Return the specification at the other end of ``inherits_from``."""


def visible(actor: Actor, spec: Guarded, action: Action | str = Action.VIEW) -> Q | None:
    """Return the condition that limits an object's rows to what the actor may see (or edit, delete ...).

    None means that there is no row at all; an empty ``Q`` that there is no limit. Users are compared
    as a literal list, so that the index on the owner serves. An object that inherits takes the limit
    of its parent, besides needing the right on itself; its scope is about the parents' owners.
    """
    scope = effective_scope(actor, spec, action)
    if scope is Scope.NONE:
        return None
    if actor.pool is not None:
        return rows_of_pool(actor, spec, action)
    if spec.parent is not None and spec.inherits_from:
        return _through_parent(actor, spec, spec.parent, scope)
    if scope is Scope.ALL:
        return Q()
    owned = _owned_by(spec.own_fields, members(actor, scope))
    if owned is None or not spec.shared_field or actor.user_id is None:
        return owned
    return owned | Q(**{f"{spec.shared_field}__contains": [actor.user_id]})


def members(actor: Actor, scope: Scope) -> set[uuid.UUID | None]:
    """Return the users whose records a scope short of ``ALL`` covers."""
    if scope is Scope.DEPARTMENT:
        return {*actor.colleagues, actor.user_id}
    if scope is Scope.DEPARTMENT_AND_BELOW:
        return {*actor.colleagues_below, actor.user_id}
    return {actor.user_id}


def effective_scope(actor: Actor, spec: Guarded, action: Action | str) -> Scope:
    """Return how far a right reaches; settings are seen by all and changed by those who may customise."""
    if not spec.is_setting:
        return actor.scope(spec.name, action)
    allowed = action == Action.VIEW or actor.has(Ability.CUSTOMISE)
    return Scope.ALL if allowed else Scope.NONE


def restrict(rows: QuerySet[Row], actor: Actor, spec: Guarded, action: Action | str = Action.VIEW) -> QuerySet[Row]:
    """Return only those rows of a queryset that the actor may see (or edit, delete ...)."""
    condition = visible(actor, spec, action)
    return rows.none() if condition is None else rows.filter(condition)


def require(actor: Actor, spec: Guarded, action: Action | str) -> None:
    """Raise ``NotAllowed`` unless the actor has the right for at least some records."""
    if effective_scope(actor, spec, action) is Scope.NONE:
        raise NotAllowed("not_allowed", _("You do not have the right to do this. An administrator can give it to you."))


def fields(actor: Actor, spec: Guarded, names: Iterable[str]) -> Mapping[str, FieldAccess]:
    """Return for each field whether the actor may see and change it."""
    if actor.is_system or not actor.field_grants:
        return dict.fromkeys(names, FieldAccess.EDITABLE)
    return {name: actor.field_grants.get(f"{spec.name}.{name}", FieldAccess.EDITABLE) for name in names}


def _owned_by(own_fields: tuple[str, ...], users: Iterable[uuid.UUID | None]) -> Q | None:
    members = [user for user in users if user is not None]
    if not members or not own_fields:
        return None
    condition = Q()
    for name in own_fields:
        condition |= Q(**{f"{name}_id": members[0]}) if len(members) == 1 else Q(**{f"{name}_id__in": members})
    return condition


def _through_parent(actor: Actor, spec: Guarded, parent: Guarded, scope: Scope) -> Q | None:
    """Whoever sees the parent sees the child; a narrower scope means the children of one's own parents.

    A child without parent belongs to its owner.
    """
    own = _owned_by(spec.own_fields, {actor.user_id})
    limit = visible(actor, parent, Action.VIEW)
    if limit is not None and scope is not Scope.ALL:
        narrower = _owned_by(parent.own_fields, members(actor, scope))
        limit = None if narrower is None else limit & narrower
    if limit is not None and not limit:
        return Q()
    orphans = None if own is None else own & Q(**{f"{spec.inherits_from}__isnull": True})
    if limit is None:
        return orphans
    inherited = Q(**{f"{spec.inherits_from}__in": parent_rows(parent, limit)})
    return inherited if orphans is None else inherited | orphans


def parent_rows(parent: Guarded, limit: Q) -> Any:
    """Return the ids of the parent's visible rows as a subquery."""
    model: type[Model] = parent.model  # type: ignore[attr-defined]  # every specification has a model
    return model._default_manager.filter(limit).values("pk")  # noqa: SLF001 Django's own name for it
