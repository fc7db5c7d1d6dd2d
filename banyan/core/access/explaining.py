"""Why somebody can, or cannot, see or change a record or a field: the ways of ``decisions``, tried one by one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Model, Q

from banyan.core.access.actor import Actor
from banyan.core.access.conditions import compiled
from banyan.core.access.decisions import (
    SHAREABLE,
    Guarded,
    covered_by,
    fields,
    opened,
    right_of,
    visible,
)
from banyan.core.access.models import Share
from banyan.core.access.rights import Reach, grants_of
from banyan.core.access.scopes import Action, FieldAccess
from banyan.core.kernel.clock import today


class Ground(StrEnum):
    """What a reason is about."""

    SYSTEM = "system"
    SETTING = "setting"
    ROLE = "role"
    SHARED = "shared"
    RULE = "rule"
    NAMED = "named"
    PARENT = "parent"
    OWN_CHILD = "own_child"
    NO_ROLE = "no_role"
    DELETED = "deleted"


@dataclass(frozen=True)
class Reason:
    """One way in which access was sought: whether it ``helps`` here, and what it is about.

    ``reach`` is the role's grant with the standing it comes from, ``share`` the share, ``name`` the rule's or
    parent object's name, ``below`` the reasons about the parent record.
    """

    ground: Ground
    helps: bool
    reach: Reach | None = None
    share: Share | None = None
    name: str = ""
    below: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class FieldReason:
    """What somebody may do with a field of the record, and which roles say so; none when no role restricts it."""

    name: str
    access: FieldAccess
    restricted_by: tuple[tuple[str, FieldAccess], ...] = ()
    opened_by: tuple[Reach, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """The answer: whether it is allowed, with every way that was tried, those that help first."""

    allowed: bool
    reasons: tuple[Reason, ...]
    fields: tuple[FieldReason, ...] = field(default=())


def explain(actor: Actor, spec: Guarded, record_id: uuid.UUID, action: Action | str = Action.VIEW) -> Explanation:
    """Explain whether a person may do something with a record.

    The answer is that of ``visible`` itself; the reasons are tried one by one beside it, and a test compares both.
    """
    if not _fits(spec, record_id, Q()):
        return Explanation(allowed=False, reasons=(Reason(Ground.DELETED, helps=False),))
    condition = visible(actor, spec, action)
    allowed = condition is not None and _fits(spec, record_id, condition)
    reasons = tuple(sorted(_reasons(actor, spec, record_id, action), key=lambda reason: not reason.helps))
    names = spec.all_fields if allowed else ()  # type: ignore[attr-defined]  # every specification has fields
    return Explanation(allowed, reasons, tuple(explain_field(actor, spec, record_id, name) for name in names))


def explain_field(actor: Actor, spec: Guarded, record_id: uuid.UUID, name: str) -> FieldReason:
    """Explain what a person may do with a field of a record that they see."""
    level = fields(actor, spec, [name])[name]
    if level is FieldAccess.EDITABLE:
        return FieldReason(name, level)
    path = f"{spec.name}.{name}"
    restricting = tuple(
        (role.name, level)
        for place in actor.standings
        for role in place.roles
        if path in role.field_grants and grants_of(role, spec.name, Action.VIEW)
    )
    exceptions = actor.field_exceptions.get(path, ())
    is_open = bool(exceptions) and record_id in opened(actor, spec, [name], [record_id]).get(name, set())
    if is_open:
        return FieldReason(name, FieldAccess.EDITABLE, restricting, tuple(entry.reach for entry in exceptions))
    return FieldReason(name, level, restricting)


def _reasons(actor: Actor, spec: Guarded, record_id: uuid.UUID, action: Action | str) -> list[Reason]:
    if actor.is_system:
        return [Reason(Ground.SYSTEM, helps=True)]
    if spec.ability and not actor.has(spec.ability):
        return [Reason(Ground.NO_ROLE, helps=False)]
    if spec.is_setting:
        return [Reason(Ground.SETTING, helps=bool(right_of(actor, spec, action)))]
    reaches = actor.reaches(spec.name, action)
    if not reaches:
        return [Reason(Ground.NO_ROLE, helps=False)]
    if spec.parent is not None and spec.inherits_from:
        return _through_parent(actor, spec, spec.parent, record_id, action, reaches)
    found = [_by_role(actor, spec, record_id, reach) for reach in reaches]
    return [*found, *_besides(actor, spec, record_id, action)]


def _by_role(actor: Actor, spec: Guarded, record_id: uuid.UUID, reach: Reach) -> Reason:
    covered = covered_by(spec, reach)
    limit = None if covered is None else covered & compiled(actor, spec, reach.grant.condition)
    return Reason(Ground.ROLE, helps=limit is not None and _fits(spec, record_id, limit), reach=reach)


def _besides(actor: Actor, spec: Guarded, record_id: uuid.UUID, action: Action | str) -> list[Reason]:
    """Return the reasons that are no matter of roles: being named, shares, sharing rules."""
    found = []
    if spec.shared_field and actor.user_id is not None:
        named = Q(**{f"{spec.shared_field}__contains": [actor.user_id]})
        if _fits(spec, record_id, named):
            found.append(Reason(Ground.NAMED, helps=True))
    if Action(action) in SHAREABLE:
        found += [_by_share(actor, share, action) for share in _shares(actor, spec, record_id)]
    for rule in actor.sharing_rules:
        fits = rule.object_name == spec.name and _fits(spec, record_id, compiled(actor, spec, rule.condition))
        if fits:
            allows = Action(action) in SHAREABLE and (rule.may_edit or action == Action.VIEW)
            found.append(Reason(Ground.RULE, helps=allows, name=rule.name))
    return found


def _shares(actor: Actor, spec: Guarded, record_id: uuid.UUID) -> list[Share]:
    given = Share.objects.filter(object_name=spec.name, record_id=record_id, grantee_id__in=actor.grantee_ids)
    return list(given.select_related("shared_by"))


def _by_share(actor: Actor, share: Share, action: Action | str) -> Reason:
    allows = share.access in SHAREABLE.get(Action(action), ())
    runs = share.ends_on is None or share.ends_on >= today(actor.organization.time_zone)
    return Reason(Ground.SHARED, helps=allows and runs, share=share)


def _through_parent(
    actor: Actor,
    spec: Guarded,
    parent: Guarded,
    record_id: uuid.UUID,
    action: Action | str,
    reaches: tuple[Reach, ...],
) -> list[Reason]:
    model: Any = spec.model  # type: ignore[attr-defined]  # every specification has a model
    parent_id = model._default_manager.filter(pk=record_id).values_list(spec.parent_path, flat=True).first()  # noqa: SLF001
    shared = [_by_share(actor, share, action) for share in _shares(actor, spec, record_id) if action in SHAREABLE]
    if parent_id is None:
        is_own = any(_fits(spec, record_id, Q(**{f"{name}_id": actor.user_id})) for name in spec.own_fields)
        return [Reason(Ground.OWN_CHILD, helps=is_own), *shared]
    below = explain(actor, parent, parent_id)
    found = []
    for reach in reaches:
        covered = covered_by(parent, reach)
        fits = covered is not None and _fits(parent, parent_id, covered)
        fits = fits and _fits(spec, record_id, compiled(actor, spec, reach.grant.condition))
        found.append(Reason(Ground.ROLE, helps=fits and below.allowed, reach=reach))
    found += [reason for reason in _besides(actor, parent, parent_id, action) if reason.ground is not Ground.NAMED]
    return [Reason(Ground.PARENT, helps=below.allowed, name=parent.name, below=below.reasons), *found, *shared]


def _fits(spec: Guarded, record_id: uuid.UUID, condition: Q) -> bool:
    model: type[Model] = spec.model  # type: ignore[attr-defined]  # every specification has a model
    return model._default_manager.filter(condition, pk=record_id, deleted_at__isnull=True).exists()  # noqa: SLF001
