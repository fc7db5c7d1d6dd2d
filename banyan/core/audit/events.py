"""What the audit room wants people to be told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class PeopleToTell(Event):
    """People should be told something; whoever keeps notices tells them.

    ``text`` is a message of the catalogue with ``values`` to fill in, ``place`` a path of this site.
    """

    organization_id: uuid.UUID
    user_ids: tuple[uuid.UUID, ...]
    text: str
    place: str
    values: dict[str, str] = field(default_factory=dict)
