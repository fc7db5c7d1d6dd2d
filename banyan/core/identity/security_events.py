"""The one place through which everything that matters to safety is told."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from banyan.core.identity.events import SecurityEvent, SecurityKind
from banyan.core.identity.models import Account
from banyan.core.identity.visitors import NOBODY, Visitor
from banyan.core.kernel.events import publish, publish_all
from banyan.core.tenancy.scope import current_organization_id, organization_scope


def record_security_event(
    kind: SecurityKind,
    *,
    account: Account | None = None,
    user_id: uuid.UUID | None = None,
    organization_id: uuid.UUID | None = None,
    visitor: Visitor = NOBODY,
    details: dict[str, Any] | None = None,
) -> None:
    """Publish a ``SecurityEvent``.

    Without an organization it is told to every organization of the account, because each of them has
    to know that somebody tries its people's passwords; it has none when the account is not known.
    """
    concerned: list[uuid.UUID | None] = [organization_id or current_organization_id()]
    if concerned == [None] and account is not None and account.organization_ids:
        concerned = list(account.organization_ids)
    for organization in concerned:
        with organization_scope(organization) if organization else nullcontext():
            publish(
                SecurityEvent(
                    kind=kind.value,
                    account_id=account.pk if account else None,
                    user_id=user_id,
                    organization_id=organization,
                    address=visitor.address,
                    user_agent=visitor.user_agent,
                    details=details or {},
                )
            )


def record_security_events(
    kind: SecurityKind, details: Mapping[uuid.UUID, dict[str, Any]], *, visitor: Visitor = NOBODY
) -> None:
    """Publish what happened to several people of the current organization at once, by the ids of their users."""
    organization_id = current_organization_id()
    publish_all(
        [
            SecurityEvent(
                kind=kind.value,
                account_id=None,
                user_id=user_id,
                organization_id=organization_id,
                address=visitor.address,
                user_agent=visitor.user_agent,
                details=told,
            )
            for user_id, told in details.items()
        ]
    )
