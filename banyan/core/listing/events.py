"""What listing tells: that somebody was shown values that not everybody may see."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.access.actor import Actor
from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class GuardedRead(Event):
    """A person was shown fields in full that are masked or hidden for others, or marked sensitive."""

    actor: Actor
    object_name: str
    fields: tuple[str, ...]
    record_ids: tuple[uuid.UUID, ...]
