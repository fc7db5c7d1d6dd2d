"""What happened to accounts, sessions and tokens, for whoever keeps watch."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class SecurityEvent(Event):
    """Somebody signed in or out, failed to, or changed what lets them in.

    ``kind`` is stable, such as ``sign_in`` or ``password.changed``. Without ``organization_id`` it concerns
    every organization of the account; without account nobody in particular.
    """

    kind: str
    account_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    organization_id: uuid.UUID | None = None
    address: str = ""
    user_agent: str = ""
    details: dict[str, Any] = field(default_factory=dict)
