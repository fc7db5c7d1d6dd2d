"""Actors remembered from request to request and proven by one query to be still right.

Building an actor reads the user, the organization, roles, posts and perhaps a department's people, which
costs more than many a request itself. The query compares which versions of the person's and the
organization's rows PostgreSQL has (``xmin`` is the transaction that wrote one, ``ctid`` its place). The
database itself writes the organization's row whenever anything changes that rights are made from, so that
a change of rights holds from the next request on, whatever process made it.
"""

from __future__ import annotations

import copy
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import connection

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import now

MOST_REMEMBERED = 1_000

#: The versions of all that a user's rights depend on, as a column of a query that names the user ``person`` and the
#: organization ``organization``.
VERSIONS = "concat_ws(' ', person.xmin, person.ctid, organization.xmin, organization.ctid)"
# What is checked by conditions (the person's and the account's activity) need not be part of the versions.
_OF_ACCOUNT = f"""SELECT person.id, {VERSIONS}
    FROM identity_user person
    JOIN identity_account account ON account.id = person.account_id
    JOIN tenancy_organization organization ON organization.id = person.organization_id
    WHERE person.organization_id = %s AND person.account_id = %s AND person.is_active AND account.is_active
"""  # noqa: S608 no part of it comes from outside


@dataclass(frozen=True)
class _Remembered:
    actor: Actor
    versions: str

    def is_right(self, versions: str) -> bool:
        until = self.actor.valid_until
        return self.versions == versions and (until is None or now() < until)


class RememberedActors:
    """Actors by whatever tells them apart where they come in; those not seen for longest are forgotten first."""

    def __init__(self) -> None:
        self._actors: OrderedDict[str, _Remembered] = OrderedDict()

    def __len__(self) -> int:
        return len(self._actors)

    def actor(self, key: str, versions: str, build: Callable[[], Actor]) -> Actor:
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
        cursor.execute(_OF_ACCOUNT, [organization_id, account_id])
        row = cursor.fetchone()
    if row is None:
        return None
    user_id, versions = row
    return _of_accounts.actor(key, versions, lambda: build(user_id))


def own_copy(actor: Actor) -> Actor:
    """Return the same actor with a user and an organization that may be changed without harm to the original."""
    organization, user = copy.copy(actor.organization), copy.copy(actor.user)
    if user is not None:
        user.organization = organization
    return replace(actor, organization=organization, user=user)
