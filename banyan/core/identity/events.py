"""What identity tells the rest of the product: what matters to the safety of signing in, and what people should know."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from banyan.core.kernel.events import Event


class SecurityKind(StrEnum):
    """What may happen to accounts, sessions and the rules for signing in."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_UNLOCKED = "account_unlocked"
    NEW_DEVICE = "new_device"
    NETWORK_REFUSED = "network_refused"
    SESSION_REVOKED = "session_revoked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTOR_FAILED = "factor_failed"
    FACTORS_RESET = "factors_reset"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    POLICY_CHANGED = "policy_changed"
    PROVIDER_ADDED = "provider_added"
    PROVIDER_CHANGED = "provider_changed"
    PROVIDER_REMOVED = "provider_removed"
    PERSON_PROVISIONED = "person_provisioned"
    TOKEN_MADE = "token_made"  # noqa: S105 - the name of an event
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of an event


@dataclass(frozen=True)
class SecurityEvent(Event):
    """Something that matters to safety; published in the scope of its organization when it has one.

    ``kind`` is one of ``SecurityKind``; ``address`` and ``user_agent`` are empty for what no request
    caused; ``details`` holds no secret.
    """

    kind: str
    account_id: uuid.UUID | None
    user_id: uuid.UUID | None
    organization_id: uuid.UUID | None
    address: str = ""
    user_agent: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PeopleToTell(Event):
    """People should be told something; whoever keeps notices tells them.

    ``text`` is a message of the catalogue with ``values`` to fill in, ``place`` a path of this site. ``actor_id`` is
    who did it: nobody is told of what they did themselves.
    """

    organization_id: uuid.UUID
    user_ids: tuple[uuid.UUID, ...]
    text: str
    place: str
    values: dict[str, str] = field(default_factory=dict)
    actor_id: uuid.UUID | None = None
