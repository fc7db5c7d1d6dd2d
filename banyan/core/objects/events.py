"""What the objects room tells the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class ModulesSwitched(Event):
    """An organization uses other modules than before; ``on`` have come, ``off`` have gone. What they hold is kept."""

    organization_id: uuid.UUID
    on: frozenset[str]
    off: frozenset[str]
    actor_id: uuid.UUID | None
