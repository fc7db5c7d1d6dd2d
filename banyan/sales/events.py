"""What the sales app tells the apps above it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class CreditChanged(Event):
    """The credit for opportunities is split otherwise now; ``splits_of`` says how."""

    organization_id: uuid.UUID
    opportunity_ids: tuple[uuid.UUID, ...]
    actor_id: uuid.UUID | None
