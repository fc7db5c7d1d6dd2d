"""What the supply chain tells the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class StockMoved(Event):
    """Goods of these products moved, came or went."""

    organization_id: uuid.UUID
    product_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True)
class DeliverySent(Event):
    """The goods of a delivery have left; ``quantities`` maps lines of the order to what was sent."""

    organization_id: uuid.UUID
    delivery_id: uuid.UUID
    order_id: uuid.UUID
    quantities: tuple[tuple[uuid.UUID, str], ...]
