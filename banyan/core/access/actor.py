"""The actor: who does something, with which rights, through which door."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from banyan.core.access.rights import (
    FULL_RIGHT,
    FieldException,
    Reach,
    Right,
    Standing,
    reaches_of,
    unite,
    unite_fields,
)
from banyan.core.access.scopes import Ability, Action, FieldAccess, Scope
from banyan.core.identity.models import User
from banyan.core.identity.networks import is_within
from banyan.core.kernel.errors import ALL_WARNINGS
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
class GivenRule:
    """A sharing rule that names the actor in some way."""

    rule_id: uuid.UUID
    name: str
    object_name: str
    condition: Mapping[str, Any]
    may_edit: bool


@dataclass(frozen=True)
class Actor:
    """A person, or the system itself, acting within one organization.

    ``standings`` are the places from which the person acts; ``field_grants`` restrict fields, and
    ``field_exceptions`` say for which records not. ``grantee_ids`` are the ids under which something may
    be shared with the actor. ``valid_until`` is when a deputyship begins or ends, so that the actor has to
    be built anew. ``watched_by`` is the person who looks at the pages as this actor: nothing may be changed.
    ``pool`` is the public pool that the actor looks into, and sees nothing but (see ``access.pools``). ``networks`` are
    those from which the person may work; everywhere when empty. ``most_export_rows`` is how many rows one export of the
    person may hold as far as roles limit it; any number when zero. ``confirmed`` are the codes of warnings that the
    person has read and overrides in this request.
    """

    organization: Organization
    user: User | None
    standings: tuple[Standing, ...] = ()
    field_grants: dict[str, FieldAccess] = field(default_factory=dict)
    field_exceptions: dict[str, tuple[FieldException, ...]] = field(default_factory=dict)
    abilities: frozenset[str] = frozenset()
    grantee_ids: tuple[uuid.UUID, ...] = ()
    sharing_rules: tuple[GivenRule, ...] = ()
    valid_until: datetime | None = None
    networks: tuple[str, ...] = ()
    most_export_rows: int = 0
    confirmed: frozenset[str] = frozenset()
    channel: Channel = Channel.PAGE
    is_system: bool = False
    watched_by: User | None = None
    pool: uuid.UUID | None = None
    _rights: dict[tuple[str, str], Right] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def organization_id(self) -> uuid.UUID:
        """Return the organization's id."""
        return self.organization.pk

    @property
    def user_id(self) -> uuid.UUID | None:
        """Return the user's id; None for the system."""
        return self.user.pk if self.user else None

    @property
    def person(self) -> User | None:
        """Return who really sits there: whoever looks as the actor, or else the user; None for the system."""
        return self.watched_by or self.user

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

    def right(self, object_name: str, action: Action | str) -> Right:
        """Return how far the actor's right to do ``action`` with an object reaches."""
        if self.is_system:
            return FULL_RIGHT
        key = (object_name, str(action))
        known = self._rights.get(key)
        if known is None:
            known = self._rights[key] = unite(self.reaches(object_name, action))
        return known

    def reaches(self, object_name: str, action: Action | str) -> tuple[Reach, ...]:
        """Return every way in which the actor has a right, with the role and the standing it comes from."""
        return reaches_of(self.standings, object_name, str(action))

    def scope(self, object_name: str, action: Action | str) -> Scope:
        """Return the widest scope of a right that holds without condition."""
        return self.right(object_name, action).scope

    def may(self, object_name: str, action: Action | str) -> bool:
        """Say whether the actor may do ``action`` with at least some records of the object."""
        return bool(self.right(object_name, action))

    def has(self, ability: Ability | str) -> bool:
        """Say whether the actor has a right that belongs to no object."""
        return self.is_system or str(ability) in self.abilities

    def may_come_from(self, address: str) -> bool:
        """Say whether the person may work from a network address."""
        return not self.networks or is_within(address, self.networks)

    def through(self, channel: Channel) -> Actor:
        """Return the same actor acting through another door."""
        return replace(self, channel=channel)

    def confirming(self, codes: str) -> Actor:
        """Return the same actor, overriding warnings: their codes separated by commas, or ``true`` for all."""
        if codes.lower() in {"true", "1"}:
            return replace(self, confirmed=frozenset({ALL_WARNINGS}))
        return replace(self, confirmed=frozenset(filter(None, codes.split(","))))

    def has_confirmed(self, code: str) -> bool:
        """Say whether the person has read a warning and overrides it."""
        return code in self.confirmed or ALL_WARNINGS in self.confirmed

    def standing_as(self, *standings: Standing) -> Actor:
        """Return the same person with other rights: those of these standings."""
        levels, exceptions = unite_fields(standings)
        abilities = frozenset(ability for place in standings for role in place.roles for ability in role.abilities)
        return replace(self, standings=standings, field_grants=levels, field_exceptions=exceptions, abilities=abilities)


def system_actor(organization: Organization, *, channel: Channel = Channel.JOB) -> Actor:
    """Return the actor for work that no person asked for: it may do everything in its organization."""
    return Actor(organization=organization, user=None, channel=channel, is_system=True)
