"""What the customers app tells the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class ReleaseAhead(Event):
    """Customers of an owner will go to a public pool in so many days unless something happens."""

    organization_id: uuid.UUID
    owner_id: uuid.UUID
    customer_ids: tuple[uuid.UUID, ...]
    pool_name: str
    days: int
