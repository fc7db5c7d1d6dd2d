"""What the files room tells the rest of the product."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class FileAttached(Event):
    """Somebody attached a file to a record; its text is not read yet if ``has_text``."""

    organization_id: uuid.UUID
    file_id: uuid.UUID
    has_text: bool
