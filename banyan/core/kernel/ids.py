"""Record ids: UUID version 7 (RFC 9562), so that new rows land at the end of each index."""

from __future__ import annotations

import uuid

from uuid_utils import compat


def new_id() -> uuid.UUID:
    """Return a fresh, time-ordered id."""
    return compat.uuid7()


def parse_id(text: object) -> uuid.UUID | None:
    """Return the id that a text holds, or None when it holds none."""
    if isinstance(text, uuid.UUID):
        return text
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None
