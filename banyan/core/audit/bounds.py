"""Instants as ids: the rows of the log are found by their time-ordered ids."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

BEGINNING = uuid.UUID(int=0)
#: A UUID of version 7 begins with 48 bits of milliseconds.
_TIME_SHIFT = 80


def id_at(instant: datetime) -> uuid.UUID:
    """Return the id before which are all that were made before an instant."""
    return uuid.UUID(int=int(instant.timestamp() * 1000) << _TIME_SHIFT)


def time_of(row_id: uuid.UUID) -> datetime:
    """Return when an id was made."""
    return datetime.fromtimestamp((row_id.int >> _TIME_SHIFT) / 1000, UTC)


def following(row_id: uuid.UUID) -> uuid.UUID:
    """Return the least id after one."""
    return uuid.UUID(int=row_id.int + 1)
