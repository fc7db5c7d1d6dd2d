"""What quotes tell the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class QuoteSent(Event):
    """A quote went to its customer."""

    organization_id: uuid.UUID
    quote_id: uuid.UUID


@dataclass(frozen=True)
class QuoteAccepted(Event):
    """A customer accepted a quote, which is binding from now on."""

    organization_id: uuid.UUID
    quote_id: uuid.UUID


@dataclass(frozen=True)
class QuoteDeclined(Event):
    """A customer declined a quote."""

    organization_id: uuid.UUID
    quote_id: uuid.UUID
    reason: str
