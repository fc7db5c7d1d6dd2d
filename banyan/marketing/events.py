"""What the marketing app tells the rest of the product."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class CampaignAnswered(Event):
    """Members of a campaign, records of one object, responded to it for the first time."""

    organization_id: uuid.UUID
    campaign_id: uuid.UUID
    object_name: str
    record_ids: Sequence[uuid.UUID]
