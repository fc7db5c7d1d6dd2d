"""What those who manage security see of how a person signs in."""

from __future__ import annotations

from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.access.security import sessions_of
from banyan.core.identity.factors.services import factors_of
from banyan.core.identity.models import User
from banyan.core.identity.throttling import is_locked
from banyan.core.web.settings.devices import described_session


def person_security(actor: Actor, user: User) -> dict[str, Any] | None:
    """Return a person's second factors and lock; None for whoever may not see them, or before they joined."""
    account = user.account
    if account is None or not actor.has(Ability.MANAGE_SECURITY):
        return None
    factors = factors_of(account)
    return {
        "has_app": factors.has_totp,
        "passkeys": len(factors.passkeys),
        "has_factor": not factors.is_empty,
        "is_locked": is_locked(account.email),
        "sessions": [described_session(session) for session in sessions_of(user)],
    }
