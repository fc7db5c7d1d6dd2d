"""Actors of API tokens, remembered from call to call: token, user and rights are checked by one query."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from banyan.core.access.actor import Actor
from banyan.core.access.remembering import VERSIONS, RememberedActors

# What is checked by conditions (the account, the token's end) need not be part of the versions.
STATE = f"""SELECT token.id, token.user_id, token.expires_at, token.last_used_at, {VERSIONS}
    FROM identity_apitoken token
    JOIN identity_user person ON person.id = token.user_id
    JOIN identity_account account ON account.id = person.account_id
    JOIN tenancy_organization organization ON organization.id = person.organization_id
    WHERE token.organization_id = %s AND token.secret_hash = %s AND person.is_active AND account.is_active
"""  # noqa: S608 no part of it comes from outside


@dataclass(frozen=True)
class TokenState:
    """A token whose user may come in, with the versions of all that the user's rights depend on."""

    token_id: uuid.UUID
    user_id: uuid.UUID
    expires_at: datetime | None
    last_used_at: datetime | None
    versions: str


_actors = RememberedActors()


def token_state(organization_id: uuid.UUID, secret_hash: str) -> TokenState | None:
    """Return the state of a token within its organization's scope; None when nobody may come in with it."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, [organization_id, secret_hash])
        row = cursor.fetchone()
    if row is None:
        return None
    return TokenState(*row)


def actor_of_token(secret_hash: str, state: TokenState, build: Callable[[], Actor]) -> Actor:
    """Return the actor remembered for a token if it is still right, else build and remember it."""
    return _actors.actor(secret_hash, state.versions, build)
