"""What the room of imports and exports tells others."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class ExportApproved(Event):
    """Somebody approved an export; its file has to be made as the person who asked for it."""

    organization_id: uuid.UUID
    request_id: uuid.UUID
    asked_by_id: uuid.UUID
