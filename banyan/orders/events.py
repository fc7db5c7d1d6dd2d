"""What orders tell the rest of the product; each in the transaction of its cause."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class OrdersConfirmed(Event):
    """Orders became closed business. One that is written with its lines at once tells of these by ``OrderLinesChanged``."""

    organization_id: uuid.UUID
    order_ids: tuple[uuid.UUID, ...]
    actor_id: uuid.UUID | None = None


@dataclass(frozen=True)
class OrderLinesChanged(Event):
    """Lines of confirmed orders were added, changed or removed; amounts and statuses agree with them already."""

    organization_id: uuid.UUID
    order_ids: tuple[uuid.UUID, ...]
    line_ids: tuple[uuid.UUID, ...]
    actor_id: uuid.UUID | None = None


@dataclass(frozen=True)
class OrdersReopened(Event):
    """Confirmed orders are drafts again: nothing was delivered, paid or invoiced."""

    organization_id: uuid.UUID
    order_ids: tuple[uuid.UUID, ...]
    actor_id: uuid.UUID | None = None


@dataclass(frozen=True)
class OrdersCancelled(Event):
    """Orders were cancelled."""

    organization_id: uuid.UUID
    order_ids: tuple[uuid.UUID, ...]
    actor_id: uuid.UUID | None = None


@dataclass(frozen=True)
class OrderDelivered(Event):
    """Quantities of lines were noted as delivered, by the id of the line; a correction has negative ones."""

    organization_id: uuid.UUID
    order_ids: tuple[uuid.UUID, ...]
    quantities: dict[uuid.UUID, Decimal] = field(default_factory=dict)
    actor_id: uuid.UUID | None = None


@dataclass(frozen=True)
class ReturnReceived(Event):
    """Goods of a return came back; what they are worth is to be credited (see ``return_lines_of``)."""

    organization_id: uuid.UUID
    return_id: uuid.UUID
    order_id: uuid.UUID
    actor_id: uuid.UUID | None = None
