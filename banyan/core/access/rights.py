"""Rights as roles write them, and what several roles, posts and deputyships make of them together.

Pure functions: no database. The grammar of a role's grants: objects (or ``*`` for those not named) to
actions to a scope, or to a scope on a condition ``{"scope": "all", "condition": {filter}}``, or to a list
of these of which any is enough.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from banyan.core.access.scopes import FIELD_ACCESS, SCOPES, FieldAccess, Scope

EVERY_OBJECT = "*"
Grants = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Grant:
    """One way in which a role gives a right: a scope, perhaps only for records that fit a condition."""

    scope: Scope
    condition: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RoleRights:
    """What a role allows."""

    role_id: uuid.UUID
    name: str
    grants: Grants
    field_grants: Mapping[str, Any] = field(default_factory=dict)
    abilities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """One of the places from which somebody acts: as themselves, in a post, or for a colleague who is away.

    ``user_id`` is whose own records are meant, ``reports`` who reports to them, ``colleagues`` and
    ``colleagues_below`` the people of the department without and with those below it, ``territories``
    the territories with all below them.
    """

    kind: str
    label: str
    user_id: uuid.UUID
    roles: tuple[RoleRights, ...] = ()
    reports: frozenset[uuid.UUID] = frozenset()
    colleagues: frozenset[uuid.UUID] = frozenset()
    colleagues_below: frozenset[uuid.UUID] = frozenset()
    territories: frozenset[uuid.UUID] = frozenset()

    def people(self, scope: Scope) -> frozenset[uuid.UUID]:
        """Return the people whose records a scope short of ``ALL`` covers."""
        more: dict[Scope, frozenset[uuid.UUID]] = {
            Scope.REPORTS: self.reports,
            Scope.DEPARTMENT: self.colleagues,
            Scope.DEPARTMENT_AND_BELOW: self.colleagues_below,
        }
        return more.get(scope, frozenset()) | {self.user_id}


@dataclass(frozen=True)
class Reach:
    """One way in which somebody has a right, and where it comes from."""

    grant: Grant
    standing: Standing
    role: RoleRights

    @property
    def people(self) -> frozenset[uuid.UUID]:
        """Return the people whose records it covers."""
        return self.standing.people(self.grant.scope)

    @property
    def territories(self) -> frozenset[uuid.UUID]:
        """Return the territories whose records it covers."""
        return self.standing.territories if self.grant.scope is Scope.TERRITORY else frozenset()


@dataclass(frozen=True)
class Right:
    """How far somebody's right to do something with an object reaches, all ways taken together.

    ``conditional`` are the ways that hold for some records only and add something to the others.
    """

    everything: bool = False
    people: frozenset[uuid.UUID] = frozenset()
    territories: frozenset[uuid.UUID] = frozenset()
    conditional: tuple[Reach, ...] = ()
    scope: Scope = Scope.NONE

    def __bool__(self) -> bool:
        return self.scope is not Scope.NONE


NO_RIGHT = Right()
FULL_RIGHT = Right(everything=True, scope=Scope.ALL)


@dataclass(frozen=True)
class FieldException:
    """Records for which a restricted field is open after all: those a reach covers."""

    reach: Reach


def read_grants(written: Any) -> tuple[Grant, ...]:
    """Return the grants of one cell of a role's matrix; what makes no sense grants nothing."""
    entries = written if isinstance(written, list) else [written]
    found = []
    for entry in entries:
        key = entry.get("scope", "") if isinstance(entry, Mapping) else entry
        condition = entry.get("condition") if isinstance(entry, Mapping) else None
        scope = SCOPES.get(key, Scope.NONE) if isinstance(key, str) else Scope.NONE
        if scope is not Scope.NONE:
            found.append(Grant(scope, condition or None))
    return tuple(found)


def write_grants(grants: Iterable[Grant]) -> Any:
    """Write grants as a role keeps them: the shortest form that ``read_grants`` reads back."""
    entries: list[Any] = [
        {"scope": grant.scope.key, "condition": dict(grant.condition)} if grant.condition else grant.scope.key
        for grant in grants
        if grant.scope is not Scope.NONE
    ]
    return entries[0] if len(entries) == 1 else entries


def grants_of(role: RoleRights, object_name: str, action: str) -> tuple[Grant, ...]:
    """Return how a role gives a right to an object; ``*`` covers the objects that it does not name."""
    actions = role.grants.get(object_name)
    if actions is None:
        actions = role.grants.get(EVERY_OBJECT, {})
    return read_grants(actions.get(action)) if action in actions else ()


def reaches_of(standings: Iterable[Standing], object_name: str, action: str) -> tuple[Reach, ...]:
    """Return every way in which somebody has a right."""
    return tuple(
        Reach(grant, standing, role)
        for standing in standings
        for role in standing.roles
        for grant in grants_of(role, object_name, action)
    )


def unite(reaches: Iterable[Reach]) -> Right:
    """Return what several ways give together.

    ``scope`` is the widest that holds without condition; with conditional ones alone it counts as own.
    """
    plain = [reach for reach in reaches if reach.grant.condition is None]
    conditional = tuple(reach for reach in reaches if reach.grant.condition is not None)
    widest = max((reach.grant.scope for reach in plain), default=Scope.OWN if conditional else Scope.NONE)
    if widest is Scope.ALL:
        return FULL_RIGHT
    return Right(
        people=frozenset().union(*(reach.people for reach in plain)),
        territories=frozenset().union(*(reach.territories for reach in plain)),
        conditional=conditional,
        scope=widest,
    )


def unite_fields(standings: Iterable[Standing]) -> tuple[dict[str, FieldAccess], dict[str, tuple[FieldException, ...]]]:
    """Unite the field permissions of all roles: what holds for every record, and where more is open.

    A field is restricted when every role that shows the object restricts it. The least restricting
    role decides; its exceptions, and those of the other roles, open the field for the records they cover.
    """
    pairs = [(standing, role) for standing in standings for role in standing.roles]
    paths = {path for _standing, role in pairs for path in role.field_grants}
    levels: dict[str, FieldAccess] = {}
    exceptions: dict[str, tuple[FieldException, ...]] = {}
    for path in sorted(paths):
        object_name = path.partition(".")[0]
        showing = [(standing, role) for standing, role in pairs if grants_of(role, object_name, "view")]
        if not showing or any(path not in role.field_grants for _standing, role in showing):
            continue
        levels[path] = max(_level(role.field_grants[path]) for _standing, role in showing)
        found = [
            FieldException(Reach(grant, standing, role))
            for standing, role in showing
            if (grant := _exception(role.field_grants[path])) is not None
        ]
        if found:
            exceptions[path] = tuple(found)
    return levels, exceptions


def _level(written: Any) -> FieldAccess:
    key = written.get("level", "") if isinstance(written, Mapping) else written
    return FIELD_ACCESS.get(key, FieldAccess.HIDDEN) if isinstance(key, str) else FieldAccess.HIDDEN


def _exception(written: Any) -> Grant | None:
    """Return for which records a restriction does not hold: ``{"level", "except": {"scope", "condition"}}``."""
    given = written.get("except") if isinstance(written, Mapping) else None
    return next(iter(read_grants(given)), None) if given else None
