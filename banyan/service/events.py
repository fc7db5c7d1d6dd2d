"""What the service app tells the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class CustomerAnswered(Event):
    """A customer wrote about a ticket, by mail, page or program; ``state`` is the one in which the ticket was before."""

    organization_id: uuid.UUID
    ticket_id: uuid.UUID
    message_id: uuid.UUID
    channel: str
    state: str
