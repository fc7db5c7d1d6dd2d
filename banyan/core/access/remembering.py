"""Actors remembered from request to request and proven by one query to be still right.

Building an actor reads the user, the organization, the roles and perhaps a department's people, which
costs more than many a request itself. The query compares which versions of those rows PostgreSQL has
(``xmin`` is the transaction that wrote one, ``ctid`` its place), so that a change of rights holds from
the next request on, whatever process made it.
"""

from __future__ import annotations

import copy
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import connection

from banyan.core.access.actor import Actor

MOST_REMEMBERED = 1_000

#: The versions of all that a user's rights depend on, as two columns of a query that names the user ``person`` and the
#: organization ``organization``. Its parameter says whether the department's people matter, which is the dearer half.
VERSIONS = """
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
"""
# What is checked by conditions (the person's and the account's activity) need not be part of the versions.
_OF_ACCOUNT = f"""SELECT person.id, {VERSIONS}
    FROM identity_user person
    JOIN identity_account account ON account.id = person.account_id
    JOIN tenancy_organization organization ON organization.id = person.organization_id
    WHERE person.organization_id = %s AND person.account_id = %s AND person.is_active AND account.is_active
"""  # noqa: S608 no part of it comes from outside


@dataclass(frozen=True)
class Versions:
    """Which versions of the rows that make an actor the database has; ``members`` only where they were asked for."""

    rights: str
    members: str | None


@dataclass(frozen=True)
class _Remembered:
    actor: Actor
    versions: Versions

    @property
    def depends_on_members(self) -> bool:
        return bool(self.actor.colleagues or self.actor.colleagues_below)

    def is_right(self, versions: Versions) -> bool:
        if self.versions.rights != versions.rights:
            return False
        return not self.depends_on_members or self.versions.members == versions.members


class RememberedActors:
    """Actors by whatever tells them apart where they come in; those not seen for longest are forgotten first."""

    def __init__(self) -> None:
        self._actors: OrderedDict[str, _Remembered] = OrderedDict()

    def __len__(self) -> int:
        return len(self._actors)

    def needs_members(self, key: str) -> bool:
        """Say whether the versions of the department's people are needed to know if an actor is right."""
        known = self._actors.get(key)
        return known is None or known.depends_on_members

    def actor(self, key: str, versions: Versions, build: Callable[[], Actor]) -> Actor:
        """Return the remembered actor if it is still right, else build and remember it.

        Each request gets user and organization of its own: what a view does to them stays there.
        """
        known = self._actors.get(key)
        if known is None or not known.is_right(versions):
            known = self._actors[key] = _Remembered(build(), versions)
            while len(self._actors) > MOST_REMEMBERED:
                self._actors.popitem(last=False)
        return own_copy(known.actor)


_of_accounts = RememberedActors()


def actor_of_account(
    organization_id: uuid.UUID, account_id: uuid.UUID, build: Callable[[uuid.UUID], Actor]
) -> Actor | None:
    """Return the actor of an account within its organization's scope; None when nobody active has that account.

    ``build`` makes the actor from the user's id when none is remembered. Costs one query otherwise.
    """
    key = f"{organization_id}:{account_id}"
    with connection.cursor() as cursor:
        cursor.execute(_OF_ACCOUNT, [_of_accounts.needs_members(key), organization_id, account_id])
        row = cursor.fetchone()
    if row is None:
        return None
    user_id, rights, members = row
    return _of_accounts.actor(key, Versions(rights, members), lambda: build(user_id))


def own_copy(actor: Actor) -> Actor:
    """Return the same actor with a user and an organization that may be changed without harm to the original."""
    organization, user = copy.copy(actor.organization), copy.copy(actor.user)
    if user is not None:
        user.organization = organization
    return replace(actor, organization=organization, user=user)
