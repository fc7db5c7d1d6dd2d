"""What approvals tell the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class ApprovalEnded(Event):
    """An approval has ended; ``outcome`` is agreed, refused or withdrawn."""

    organization_id: uuid.UUID
    approval_id: uuid.UUID
    flow_id: uuid.UUID
    object_name: str
    record_id: uuid.UUID
    outcome: str


@dataclass(frozen=True)
class ApproversAsked(Event):
    """These people's turn has come; ``seat_ids`` are their parts in a step."""

    organization_id: uuid.UUID
    approval_id: uuid.UUID
    seat_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True)
class ApprovalChanged(Event):
    """Somebody did something with an approval; ``kind`` says what."""

    organization_id: uuid.UUID
    approval_id: uuid.UUID
    object_name: str
    record_id: uuid.UUID
    kind: str
