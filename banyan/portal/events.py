"""What links tell the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class PortalVisited(Event):
    """Somebody opened a link for the first time."""

    organization_id: uuid.UUID
    link_id: uuid.UUID
    purpose: str
    object_name: str
    record_id: uuid.UUID


@dataclass(frozen=True)
class PortalCommented(Event):
    """A visitor wrote a comment about a record."""

    organization_id: uuid.UUID
    link_id: uuid.UUID
    object_name: str
    record_id: uuid.UUID
