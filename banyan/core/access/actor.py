"""The actor: who does something, with which rights, through which door."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from banyan.core.access.scopes import FIELD_ACCESS, SCOPES, Ability, Action, FieldAccess, Scope
from banyan.core.identity.models import Department, Role, User
from banyan.core.identity.networks import allowed_networks, is_within
from banyan.core.tenancy.models import Organization


class Channel(StrEnum):
    """Through which door a change came; the change log keeps it."""

    PAGE = "page"
    API = "api"
    IMPORT = "import"
    AUTOMATION = "automation"
    JOB = "job"
    COMMAND = "command"


@dataclass(frozen=True)
class Actor:
    """A person, or the system itself, acting within one organization.

    ``grants`` maps object names to actions to the widest scope of all roles; the object name ``*``
    stands for every object that is not named. ``colleagues`` and ``colleagues_below`` hold the ids of
    the users in the own department, without and with the departments below it. ``networks`` are those
    from which the person may work; everywhere when empty.
    """

    organization: Organization
    user: User | None
    grants: dict[str, dict[str, Scope]] = field(default_factory=dict)
    field_grants: dict[str, FieldAccess] = field(default_factory=dict)
    abilities: frozenset[str] = frozenset()
    colleagues: frozenset[uuid.UUID] = frozenset()
    colleagues_below: frozenset[uuid.UUID] = frozenset()
    networks: tuple[str, ...] = ()
    channel: Channel = Channel.PAGE
    is_system: bool = False

    @property
    def organization_id(self) -> uuid.UUID:
        """Return the organization's id."""
        return self.organization.pk

    @property
    def user_id(self) -> uuid.UUID | None:
        """Return the user's id; None for the system."""
        return self.user.pk if self.user else None

    @property
    def language(self) -> str:
        """Return the language the actor reads."""
        return (self.user.language if self.user else "") or self.organization.language

    @property
    def time_zone(self) -> str:
        """Return the IANA time zone the actor lives in."""
        return (self.user.time_zone if self.user else "") or self.organization.time_zone

    @property
    def currency(self) -> str:
        """Return the currency that amounts have unless something else is said."""
        return self.organization.currency

    def scope(self, object_name: str, action: Action | str) -> Scope:
        """Return how far the actor's right to do ``action`` with an object reaches."""
        if self.is_system:
            return Scope.ALL
        granted = self.grants.get(object_name)
        if granted is None:
            granted = self.grants.get("*", {})
        return granted.get(str(action), Scope.NONE)

    def may(self, object_name: str, action: Action | str) -> bool:
        """Say whether the actor may do ``action`` with at least some records of the object."""
        return self.scope(object_name, action) is not Scope.NONE

    def has(self, ability: Ability | str) -> bool:
        """Say whether the actor has a right that belongs to no object."""
        return self.is_system or str(ability) in self.abilities

    def may_come_from(self, address: str) -> bool:
        """Say whether the person may work from a network address."""
        return not self.networks or is_within(address, self.networks)

    def through(self, channel: Channel) -> Actor:
        """Return the same actor acting through another door."""
        return replace(self, channel=channel)


def actor_for(user: User, *, channel: Channel = Channel.PAGE) -> Actor:
    """Build the actor of an active user; runs within the organization's scope.

    Department members are read only for roles whose scopes ask for them.
    """
    roles = list(Role.objects.filter(pk__in=user.roles.through.objects.filter(user=user).values("role_id")))
    grants = merge_grants([role.grants for role in roles])
    colleagues, below = _colleagues(user, grants)
    return Actor(
        organization=user.organization,
        user=user,
        grants=grants,
        field_grants=merge_field_grants([role.field_grants for role in roles]),
        abilities=frozenset(ability for role in roles for ability in role.abilities),
        colleagues=colleagues,
        colleagues_below=below,
        networks=allowed_networks(role.networks for role in roles),
        channel=channel,
    )


def system_actor(organization: Organization, *, channel: Channel = Channel.JOB) -> Actor:
    """Return the actor for work that no person asked for: it may do everything in its organization."""
    return Actor(organization=organization, user=None, channel=channel, is_system=True)


def merge_grants(role_grants: list[dict[str, dict[str, str]]]) -> dict[str, dict[str, Scope]]:
    """Unite the grants of several roles; the widest scope wins.

    A role's ``*`` covers the objects that this role does not name, so it is spread over the objects
    named by other roles before uniting.
    """
    names = {name for grants in role_grants for name in grants} | {"*"}
    merged: dict[str, dict[str, Scope]] = {name: {} for name in names}
    for grants in role_grants:
        for name in names:
            for action, scope in grants.get(name, grants.get("*", {})).items():
                merged[name][action] = max(merged[name].get(action, Scope.NONE), SCOPES.get(scope, Scope.NONE))
    return merged


def merge_field_grants(role_grants: list[dict[str, str]]) -> dict[str, FieldAccess]:
    """Unite field permissions; a field that one role does not restrict is not restricted at all."""
    merged: dict[str, FieldAccess] = {}
    if not role_grants:
        return merged
    for path in set.intersection(*(set(grants) for grants in role_grants)):
        merged[path] = max(FIELD_ACCESS.get(grants[path], FieldAccess.HIDDEN) for grants in role_grants)
    return merged


def _colleagues(user: User, grants: dict[str, dict[str, Scope]]) -> tuple[frozenset[Any], frozenset[Any]]:
    scopes = {scope for actions in grants.values() for scope in actions.values()}
    if user.department_id is None or not scopes & {Scope.DEPARTMENT, Scope.DEPARTMENT_AND_BELOW}:
        return frozenset(), frozenset()
    members = User.objects.filter(department__path__contains=[user.department_id]).values_list("pk", "department_id")
    pairs = list(members)
    return (
        frozenset(pk for pk, department_id in pairs if department_id == user.department_id),
        frozenset(pk for pk, _ in pairs),
    )


def department_path(department: Department) -> list[uuid.UUID]:
    """Return the ids from the top department down to this one."""
    above = department.parent.path if department.parent else []
    return [*above, department.pk]
