"""What processes tell the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class StageEntered(Event):
    """Records have come into a stage of a process; ``previous`` is empty for those that begin there."""

    organization_id: uuid.UUID
    object_name: str
    record_ids: tuple[uuid.UUID, ...]
    process_id: uuid.UUID
    stage: str
    previous: str
