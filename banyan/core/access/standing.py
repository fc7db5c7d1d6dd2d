"""Reading from the tables where somebody stands: roles, posts, levels, deputyships, territories, sharing rules."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from banyan.core.access.actor import Actor, Channel, GivenRule
from banyan.core.access.models import (
    Deputyship,
    Level,
    LevelRole,
    PostHolding,
    PostRole,
    SharedAccess,
    SharingRule,
    Territory,
    TerritoryMember,
)
from banyan.core.access.rights import Grant, RoleRights, Standing, read_grants, write_grants
from banyan.core.access.scopes import Scope
from banyan.core.identity.models import Department, Role, User, UserRole
from banyan.core.identity.networks import allowed_networks
from banyan.core.kernel.clock import today

ONESELF, POST, DEPUTY = "self", "post", "deputy"

# At any distance, a circle of reporting lines included.
_REPORTS = """
    WITH RECURSIVE below (id) AS (
        SELECT user_id FROM access_reportingline WHERE organization_id = %s AND superior_id = %s
        UNION
        SELECT line.user_id FROM access_reportingline line JOIN below ON line.superior_id = below.id
         WHERE line.organization_id = %s
    )
    SELECT id FROM below
"""


def actor_for(user: User, *, channel: Channel = Channel.PAGE) -> Actor:
    """Build the actor of an active user; runs within the organization's scope."""
    day = today(user.organization.time_zone)
    places = _Places(user, day)
    standings = places.standings()
    rules, rules_end = _sharing_rules(places.grantee_ids, day)
    next_day = min([*places.turning_days, *rules_end], default=None)
    actor = Actor(
        organization=user.organization,
        user=user,
        grantee_ids=places.grantee_ids,
        sharing_rules=rules,
        networks=allowed_networks(role.networks for role in places.own_roles),
        # As with networks: of several roles that limit the widest holds, and one that does not limit widens nothing.
        most_export_rows=max((role.most_export_rows for role in places.own_roles), default=0),
        valid_until=_midnight(next_day, user.organization.time_zone) if next_day else None,
        channel=channel,
    ).standing_as(*standings)
    lent = {role.role_id for place in standings if place.kind == DEPUTY for role in place.roles}
    if not lent:
        return actor
    own = [role for place in standings if place.kind != DEPUTY for role in place.roles]
    return replace(actor, abilities=frozenset(ability for role in own for ability in role.abilities))


def rights_of_role(role: Role) -> RoleRights:
    """Return what a role allows."""
    return RoleRights(role.pk, role.name, role.grants, role.field_grants, tuple(role.abilities))


@dataclass(frozen=True)
class _Holding:
    label: str
    department_id: uuid.UUID | None
    roles: tuple[RoleRights, ...]


class _Places:
    """Where one person stands on a day; asks the tables only for what the roles' scopes need."""

    def __init__(self, user: User, day: date) -> None:
        self.user = user
        self.day = day
        self.turning_days: list[date] = []
        self._grantees: list[uuid.UUID] = [user.pk]
        self.own_roles: list[Role] = []
        self._standings = self._of(user)
        self._standings += self._for_others()

    def standings(self) -> tuple[Standing, ...]:
        """Return all places of the person."""
        return tuple(self._standings)

    @property
    def grantee_ids(self) -> tuple[uuid.UUID, ...]:
        """Return the ids under which something may be shared with the person."""
        return tuple(dict.fromkeys(self._grantees))

    def _of(self, user: User) -> list[Standing]:
        held = list(Role.objects.filter(pk__in=UserRole.objects.filter(user=user).values("role_id")))
        if user is self.user:
            self.own_roles += held
        direct = tuple(rights_of_role(role) for role in held)
        holdings = self._holdings(user)
        territories = (
            _territories(user) if _asks_for(Scope.TERRITORY, direct, *(held.roles for held in holdings)) else ()
        )
        found = [self._standing(ONESELF, user.name, user, user.department_id, direct, territories)]
        found += [
            self._standing(POST, held.label, user, held.department_id or user.department_id, held.roles, territories)
            for held in holdings
            if held.roles
        ]
        self._grantees += [role.role_id for place in found for role in place.roles]
        departments = {user.department_id, *(held.department_id for held in holdings)} - {None}
        for path in Department.objects.filter(pk__in=departments).values_list("path", flat=True) if departments else ():
            self._grantees += path
        return found

    def _holdings(self, user: User) -> list[_Holding]:
        rows = list(PostHolding.objects.filter(user=user).select_related("post__level", "department"))
        if not rows:
            return []
        posts = {row.post_id for row in rows}
        levels = {row.post.level_id: row.post.level for row in rows if row.post.level is not None}
        roles: dict[uuid.UUID, list[Role]] = {}
        for given in PostRole.objects.filter(post_id__in=posts).select_related("role"):
            roles.setdefault(given.post_id, []).append(given.role)
        for brought in LevelRole.objects.filter(level_id__in=levels).select_related("role") if levels else ():
            roles.setdefault(brought.level_id, []).append(brought.role)
        if user is self.user:
            self.own_roles += [role for brought in roles.values() for role in brought]
        self._grantees += posts
        if levels:
            highest = max(level.rank for level in levels.values())
            self._grantees += Level.objects.filter(rank__lte=highest).values_list("pk", flat=True)
        return [
            _Holding(
                row.post.name,
                row.department_id,
                tuple(
                    rights_of_role(role)
                    for key in (row.post_id, row.post.level_id)
                    for role in (roles.get(key, ()) if key else ())
                ),
            )
            for row in rows
        ]

    def _for_others(self) -> list[Standing]:
        """Return the places taken on behalf of colleagues who are away."""
        rows = Deputyship.objects.filter(deputy=self.user, ends_on__gte=self.day).select_related("user")
        found: list[Standing] = []
        own = tuple(role for place in self._standings for role in place.roles)
        for row in rows:
            self.turning_days.append(row.starts_on if row.starts_on > self.day else row.ends_on + timedelta(days=1))
            if row.starts_on > self.day:
                continue
            self._grantees.append(row.user_id)
            if row.with_rights:
                found += [replace(place, kind=DEPUTY, label=row.user.name) for place in self._of(row.user)]
            else:
                capped = tuple(_capped_to_own(role) for role in own)
                found.append(Standing(DEPUTY, row.user.name, row.user_id, capped))
        return found

    def _standing(
        self,
        kind: str,
        label: str,
        user: User,
        department_id: uuid.UUID | None,
        roles: tuple[RoleRights, ...],
        territories: Iterable[uuid.UUID],
    ) -> Standing:
        asks_department = _asks_for(Scope.DEPARTMENT, roles) or _asks_for(Scope.DEPARTMENT_AND_BELOW, roles)
        colleagues, below = _members(department_id) if asks_department and department_id else (frozenset(), frozenset())
        reports = reports_of(user) if _asks_for(Scope.REPORTS, roles) else frozenset()
        return Standing(kind, label, user.pk, roles, reports, colleagues, below, frozenset(territories))


def _capped_to_own(role: RoleRights) -> RoleRights:
    """Return a role that reaches no further than own records: what a deputy without the colleague's roles may do."""
    grants = {
        name: {
            action: write_grants(Grant(min(grant.scope, Scope.OWN), grant.condition) for grant in read_grants(written))
            for action, written in actions.items()
        }
        for name, actions in role.grants.items()
    }
    return replace(role, grants=grants, abilities=())


def _asks_for(scope: Scope, *groups: Sequence[RoleRights]) -> bool:
    """Say whether a role has a right or an exception for fields that needs to know about a scope."""
    return any(
        grant.scope is scope for roles in groups for role in roles for written in _cells(role) for grant in written
    )


def _cells(role: RoleRights) -> Iterable[tuple[Grant, ...]]:
    for actions in role.grants.values():
        for written in actions.values():
            yield read_grants(written)
    for written in role.field_grants.values():
        if isinstance(written, dict):
            yield read_grants(written.get("except", ""))


def _members(department_id: uuid.UUID) -> tuple[frozenset[uuid.UUID], frozenset[uuid.UUID]]:
    """Return the people of a department without and with those of the departments below it, second posts included."""
    within = Q(department__path__contains=[department_id])
    pairs = [
        *User.objects.filter(within).values_list("pk", "department_id"),
        *PostHolding.objects.filter(within).values_list("user_id", "department_id"),
    ]
    return frozenset(pk for pk, own in pairs if own == department_id), frozenset(pk for pk, _own in pairs)


def reports_of(user: User) -> frozenset[uuid.UUID]:
    """Return the people who report to a person, at any distance."""
    with connection.cursor() as cursor:
        cursor.execute(_REPORTS, [user.organization_id, user.pk, user.organization_id])
        return frozenset(row[0] for row in cursor.fetchall())


def _territories(user: User) -> frozenset[uuid.UUID]:
    """Return the territories of a person with all below them."""
    own = list(TerritoryMember.objects.filter(user=user).values_list("territory_id", flat=True))
    return frozenset(Territory.objects.filter(path__overlap=own).values_list("pk", flat=True)) if own else frozenset()


def _sharing_rules(grantee_ids: Sequence[uuid.UUID], day: date) -> tuple[tuple[GivenRule, ...], list[date]]:
    """Return the rules that name the person, and the days after which some of them end."""
    known = {str(pk) for pk in grantee_ids}
    running = SharingRule.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), is_active=True)
    given = [rule for rule in running if any(entry.get("id") in known for entry in rule.grantees)]
    rules = tuple(
        GivenRule(rule.pk, rule.name, rule.object_name, rule.condition, rule.access == SharedAccess.EDIT)
        for rule in given
    )
    return rules, [rule.ends_on + timedelta(days=1) for rule in given if rule.ends_on]


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone))
