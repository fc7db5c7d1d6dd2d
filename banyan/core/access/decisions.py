"""Who sees what: the functions that pages, API, export, search and reports all use."""

from __future__ import annotations

import operator
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any, Protocol, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.conditions import compiled
from banyan.core.access.guards import require_own_eyes
from banyan.core.access.models import Share, SharedAccess
from banyan.core.access.pools import rows_of_pool
from banyan.core.access.rights import FULL_RIGHT, NO_RIGHT, Reach, Right
from banyan.core.access.scopes import Ability, Action, FieldAccess, Scope
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import NotAllowed

Row = TypeVar("Row", bound=Model)
#: What sharing may allow; everything else takes a right of one's own over the record.
SHAREABLE = {Action.VIEW: (SharedAccess.VIEW, SharedAccess.EDIT), Action.EDIT: (SharedAccess.EDIT,)}


class Guarded(Protocol):
    """What access needs to know of an object specification."""

    @property
    def name(self) -> str:
        """Return the object's name."""

    @property
    def is_setting(self) -> bool:
        """Return whether the records belong to the organization's set-up."""

    @property
    def ability(self) -> str:
        """Return the ability without which nobody has a right to the object, or an empty string."""

    @property
    def own_fields(self) -> tuple[str, ...]:
        """Return the model fields whose user makes a record somebody's own."""

    @property
    def shared_field(self) -> str:
        """Return the list of users who see a record besides, or an empty string."""

    @property
    def territory_field(self) -> str:
        """Return the path to the territory a record lies in, or an empty string."""

    @property
    def pool_field(self) -> str:
        """Return the link to the public pool that a record lies in, or an empty string."""

    @property
    def inherits_from(self) -> str:
        """Return the link through which visibility is inherited, or an empty string."""

    @property
    def parent_path(self) -> str:
        """Return the model path of that link."""

    @property
    def parent(self) -> Guarded | None:
        """Return the specification at the other end of ``inherits_from``."""


def visible(actor: Actor, spec: Guarded, action: Action | str = Action.VIEW) -> Q | None:
    """Return the condition that limits an object's rows to what the actor may see (or edit, delete ...).

    None means that there is no row at all; an empty ``Q`` that there is no limit. Otherwise it is one way,
    or several joined by OR, each of which an index serves: users are compared as a literal list, shares as
    an array that is read once. An object that inherits takes the limit of its parent, besides needing the
    right on itself; its scope is about the parents' owners.
    """
    right = right_of(actor, spec, action)
    if not right:
        return None
    if actor.pool is not None:
        return rows_of_pool(actor, spec, action)
    if spec.parent is not None and spec.inherits_from:
        return _through_parent(actor, spec, spec.parent, action)
    return Q() if right.everything else any_of(_ways(actor, spec, right, action))


def right_of(actor: Actor, spec: Guarded, action: Action | str) -> Right:
    """Return how far a right reaches; settings are seen by all and changed by those who may customise.

    An object that is kept for those with an ability is nothing to anybody else, whatever their roles say of it.
    """
    if spec.ability and not actor.has(spec.ability):
        return NO_RIGHT
    if not spec.is_setting:
        return actor.right(spec.name, action)
    return FULL_RIGHT if action == Action.VIEW or actor.has(Ability.CUSTOMISE) else NO_RIGHT


def effective_scope(actor: Actor, spec: Guarded, action: Action | str) -> Scope:
    """Return the widest scope of a right, settings considered."""
    return right_of(actor, spec, action).scope


def restrict(rows: QuerySet[Row], actor: Actor, spec: Guarded, action: Action | str = Action.VIEW) -> QuerySet[Row]:
    """Return only those rows of a queryset that the actor may see (or edit, delete ...)."""
    condition = visible(actor, spec, action)
    return rows.none() if condition is None else rows.filter(condition)


def require(actor: Actor, spec: Guarded, action: Action | str) -> None:
    """Raise ``NotAllowed`` unless the actor has the right for at least some records."""
    if action != Action.VIEW:
        require_own_eyes(actor)
    if not right_of(actor, spec, action):
        raise NotAllowed("not_allowed", _("You do not have the right to do this. An administrator can give it to you."))


def fields(actor: Actor, spec: Guarded, names: Iterable[str]) -> Mapping[str, FieldAccess]:
    """Return for each field whether the actor may see and change it in every record.

    Some fields may be open in some records all the same: see ``opened``.
    """
    if actor.is_system or not actor.field_grants:
        return dict.fromkeys(names, FieldAccess.EDITABLE)
    return {name: actor.field_grants.get(f"{spec.name}.{name}", FieldAccess.EDITABLE) for name in names}


def excepted_fields(actor: Actor, spec: Guarded) -> frozenset[str]:
    """Return the restricted fields that are open in some records."""
    if actor.is_system or not actor.field_exceptions:
        return frozenset()
    prefix = f"{spec.name}."
    return frozenset(path.removeprefix(prefix) for path in actor.field_exceptions if path.startswith(prefix))


def opened(
    actor: Actor, spec: Guarded, names: Iterable[str], record_ids: Collection[uuid.UUID]
) -> dict[str, set[uuid.UUID]]:
    """Return in which of the records restricted fields are open; one query for each kind of exception."""
    by_reaches: dict[tuple[Any, ...], list[str]] = {}
    for name in names:
        reaches = tuple(entry.reach for entry in actor.field_exceptions.get(f"{spec.name}.{name}", ()))
        if reaches:
            by_reaches.setdefault(_identity(reaches), []).append(name)
    found: dict[str, set[uuid.UUID]] = {}
    for same in by_reaches.values():
        reaches = tuple(entry.reach for entry in actor.field_exceptions[f"{spec.name}.{same[0]}"])
        ids = _covered(actor, spec, reaches, record_ids)
        found.update(dict.fromkeys(same, ids))
    return found


def record_fields(
    actor: Actor, spec: Guarded, names: Iterable[str], record_id: uuid.UUID | None
) -> Mapping[str, FieldAccess]:
    """Return whether the actor may see and change each field of one record.

    Nobody's exception can be asked of a record that does not exist yet: its fields are open then.
    """
    names = list(names)
    found = fields(actor, spec, names)
    excepted = excepted_fields(actor, spec).intersection(names)
    if not excepted:
        return found
    open_in = {} if record_id is None else opened(actor, spec, excepted, [record_id])
    free = {name for name in excepted if record_id is None or record_id in open_in.get(name, ())}
    return {name: FieldAccess.EDITABLE if name in free else level for name, level in found.items()}


def any_of(ways: Iterable[Q | None]) -> Q | None:
    """Return the condition that one of several holds; None when there is none."""
    present = [way for way in ways if way is not None]
    if any(not way for way in present):
        return Q()
    return reduce(operator.or_, present) if present else None


def owned_by(own_fields: tuple[str, ...], people: Iterable[uuid.UUID | None]) -> Q | None:
    """Return the condition that a record belongs to one of the people; None when that cannot be."""
    known = [person for person in people if person is not None]
    if not known or not own_fields:
        return None
    condition = Q()
    for name in own_fields:
        condition |= Q(**{f"{name}_id": known[0]}) if len(known) == 1 else Q(**{f"{name}_id__in": known})
    return condition


def covered_by(spec: Guarded, reach: Reach) -> Q | None:
    """Return which rows one reach covers by owner or territory, its condition aside; None for no row."""
    if reach.grant.scope is Scope.ALL:
        return Q()
    return any_of([owned_by(spec.own_fields, sorted(reach.people)), _in_territories(spec, reach.territories)])


def shared_with(actor: Actor, spec: Guarded, action: Action | str) -> Q | None:
    """Return which rows are shared with the actor one by one; None when sharing does not allow the action."""
    levels = SHAREABLE.get(Action(action), ())
    if not levels or spec.name not in actor.organization.shared_objects or not actor.grantee_ids:
        return None
    shares = Share.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today(actor.organization.time_zone)),
        organization_id=actor.organization_id,
        object_name=spec.name,
        grantee_id__in=actor.grantee_ids,
        access__in=levels,
    )
    return Q(pk__any_of=ArraySubquery(shares.order_by().values("record_id")))


def shared_by_rules(actor: Actor, spec: Guarded, action: Action | str) -> Q | None:
    """Return which rows a sharing rule gives to the actor."""
    if Action(action) not in SHAREABLE:
        return None
    rules = [rule for rule in actor.sharing_rules if rule.object_name == spec.name]
    return any_of(compiled(actor, spec, rule.condition) for rule in rules if rule.may_edit or action == Action.VIEW)


def _ways(actor: Actor, spec: Guarded, right: Right, action: Action | str) -> list[Q | None]:
    """Return the ways in which a right that does not cover everything reaches rows of an object."""
    ways = [owned_by(spec.own_fields, sorted(right.people)), _in_territories(spec, right.territories)]
    for reach in right.conditional:
        covered = covered_by(spec, reach)
        ways.append(None if covered is None else covered & compiled(actor, spec, reach.grant.condition))
    if spec.shared_field and actor.user_id is not None:
        ways.append(Q(**{f"{spec.shared_field}__contains": [actor.user_id]}))
    return [*ways, shared_with(actor, spec, action), shared_by_rules(actor, spec, action)]


def _in_territories(spec: Guarded, territories: Collection[uuid.UUID]) -> Q | None:
    if not spec.territory_field or not territories:
        return None
    return Q(**{f"{spec.territory_field}__in": sorted(territories)})


def _through_parent(actor: Actor, spec: Guarded, parent: Guarded, action: Action | str) -> Q | None:
    """Whoever sees the parent sees the child; a narrower scope means the children of one's own parents.

    A child without parent belongs to its owner. Conditions of the child's own grants are about the child. A child that
    is shared by itself, as with those who approve it, is seen without its parent.
    """
    right = right_of(actor, spec, action)
    limit = visible(actor, parent, Action.VIEW)
    seen = right_of(actor, parent, Action.VIEW)
    # What one sees of the parents is in the limit already; asking for it twice would cost twice.
    is_same = action == Action.VIEW and replace(right, conditional=()) == seen and bool(right.people)
    narrowed = limit if right.everything or is_same else _both(limit, _parents_ways(actor, parent, right, action))
    inherited = _below(parent, spec.parent_path, narrowed)
    ways = [inherited]
    for reach in right.conditional:
        covered = _both(limit, covered_by(parent, reach))
        below = _below(parent, spec.parent_path, covered)
        ways.append(None if below is None else below & compiled(actor, spec, reach.grant.condition))
    if inherited is not None and not inherited:
        return Q()
    own = owned_by(spec.own_fields, [actor.user_id])
    ways.append(None if own is None else own & Q(**{f"{spec.parent_path}__isnull": True}))
    ways.append(shared_with(actor, spec, action))
    return any_of(ways)


def _parents_ways(actor: Actor, parent: Guarded, right: Right, action: Action | str) -> Q | None:
    """Return which parents a child's right reaches without condition, those that are shared among them."""
    if not right.people and not right.territories:
        return None
    ways = [owned_by(parent.own_fields, sorted(right.people)), _in_territories(parent, right.territories)]
    return any_of([*ways, shared_with(actor, parent, action), shared_by_rules(actor, parent, action)])


def _both(first: Q | None, second: Q | None) -> Q | None:
    if first is None or second is None:
        return None
    return second if not first or first == second else first & second


def _below(parent: Guarded, link: str, limit: Q | None) -> Q | None:
    """Return the children of the parents that fit a limit: one way for each way in which parents are seen.

    "Of a customer that is mine or shared with me" in one subquery makes PostgreSQL guess badly how many
    customers that is; each by itself goes by an index.
    """
    if limit is None or not limit:
        return limit
    several = limit.connector == Q.OR and not limit.negated
    parts = [child if isinstance(child, Q) else Q(child) for child in limit.children] if several else [limit]
    return any_of(Q(**{f"{link}__in": parent_rows(parent, part)}) for part in parts)


def parent_rows(parent: Guarded, limit: Q) -> Any:
    """Return the ids of the parent's visible rows as a subquery.

    Only live ones: the indexes by which rows are found know no others, and what a record takes to the recycle
    bin with it comes back with it.
    """
    model: type[Model] = parent.model  # type: ignore[attr-defined]  # every specification has a model
    return model._default_manager.filter(limit, deleted_at__isnull=True).values("pk")  # noqa: SLF001 Django's own name for it


def _covered(
    actor: Actor, spec: Guarded, reaches: tuple[Reach, ...], record_ids: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Return which of the records one of the reaches covers; a child's are those of its parents."""
    owner = spec.parent if spec.parent is not None and spec.inherits_from else spec
    ways = []
    for reach in reaches:
        covered = covered_by(owner, reach)
        if owner is not spec:
            covered = _below(owner, spec.parent_path, covered)
        ways.append(None if covered is None else covered & compiled(actor, spec, reach.grant.condition))
    condition = any_of(ways)
    if condition is None:
        return set()
    model: type[Model] = spec.model  # type: ignore[attr-defined]  # every specification has a model
    rows = model._default_manager.filter(condition, pk__in=list(record_ids))  # noqa: SLF001
    return set(rows.order_by().values_list("pk", flat=True))


def _identity(reaches: tuple[Reach, ...]) -> tuple[Any, ...]:
    """Return what tells exceptions apart, without comparing all the people they name."""
    return tuple(
        (
            reach.role.role_id,
            reach.standing.kind,
            reach.standing.user_id,
            reach.grant.scope,
            repr(reach.grant.condition),
        )
        for reach in reaches
    )
