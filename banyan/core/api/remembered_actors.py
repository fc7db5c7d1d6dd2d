"""Actors of API tokens, remembered from call to call and proven by one query to be still right.

Building an actor reads the user, the organization, the roles and perhaps a department's people, which
costs more than many a call itself. The query compares which versions of those rows PostgreSQL has
(``xmin`` is the transaction that wrote one, ``ctid`` its place), so that a change of rights holds from
the next call on, whatever process made it.
"""

from __future__ import annotations

import copy
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from banyan.core.access.actor import Actor

MOST_REMEMBERED = 1_000

# What is checked by conditions (the account, the token's end) need not be part of the versions.
STATE = """
    SELECT token.id, token.user_id, token.expires_at, token.last_used_at,
        concat_ws(' ', person.xmin, person.ctid, organization.xmin, organization.ctid, (
            SELECT string_agg(concat_ws(':', role.id, role.xmin, role.ctid), ',' ORDER BY role.id)
            FROM identity_userrole assigned JOIN identity_role role ON role.id = assigned.role_id
            WHERE assigned.user_id = person.id
        )),
        CASE WHEN %s THEN (
            SELECT concat_ws(' ', count(*), sum(hashtextextended(member.xmin::text || member.ctid, 0)))
            FROM identity_user member JOIN identity_department department ON department.id = member.department_id
            WHERE department.path @> ARRAY[person.department_id]
        ) END
    FROM identity_apitoken token
    JOIN identity_user person ON person.id = token.user_id
    JOIN identity_account account ON account.id = person.account_id
    JOIN tenancy_organization organization ON organization.id = person.organization_id
    WHERE token.organization_id = %s AND token.secret_hash = %s AND person.is_active AND account.is_active
"""


@dataclass(frozen=True)
class TokenState:
    """A token whose user may come in, with the versions of all that the user's rights depend on."""

    token_id: uuid.UUID
    user_id: uuid.UUID
    expires_at: datetime | None
    last_used_at: datetime | None
    versions: str
    members: str | None


@dataclass(frozen=True)
class _Remembered:
    actor: Actor
    versions: str
    members: str | None

    @property
    def depends_on_members(self) -> bool:
        return bool(self.actor.colleagues or self.actor.colleagues_below)

    def is_right(self, state: TokenState) -> bool:
        return self.versions == state.versions and (not self.depends_on_members or self.members == state.members)


_actors: OrderedDict[str, _Remembered] = OrderedDict()


def token_state(organization_id: uuid.UUID, secret_hash: str) -> TokenState | None:
    """Return the state of a token within its organization's scope; None when nobody may come in with it."""
    known = _actors.get(secret_hash)
    with_members = known is None or known.depends_on_members
    with connection.cursor() as cursor:
        cursor.execute(STATE, [with_members, organization_id, secret_hash])
        row = cursor.fetchone()
    return TokenState(*row) if row else None


def actor_of_token(secret_hash: str, state: TokenState, build: Callable[[], Actor]) -> Actor:
    """Return the actor remembered for a token if it is still right, else build and remember it.

    Each call gets user and organization of its own: what a view does to them stays there.
    """
    known = _actors.get(secret_hash)
    if known is None or not known.is_right(state):
        known = _actors[secret_hash] = _Remembered(build(), state.versions, state.members)
        while len(_actors) > MOST_REMEMBERED:
            _actors.popitem(last=False)
    return _own_copy(known.actor)


def _own_copy(actor: Actor) -> Actor:
    organization, user = copy.copy(actor.organization), copy.copy(actor.user)
    if user is not None:
        user.organization = organization
    return replace(actor, organization=organization, user=user)
