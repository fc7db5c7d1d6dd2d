"""Old and new values of sensitive fields in the change log and in merges: sealed, and opened for those who may."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from banyan.core.objects.sealing import CHANGE, Damaged, open_value, seal_value
from banyan.core.objects.spec import Field

Pair = tuple[Any, Any]


def sealed_pair(entry: Field, record_id: uuid.UUID, pair: Pair) -> Pair:
    """Return the old and the new value as the change log keeps them."""
    old, new = pair
    return seal_value(entry, record_id, old, CHANGE), seal_value(entry, record_id, new, CHANGE)


def opened_pair(entry: Field, record_id: uuid.UUID, pair: Any) -> Pair:
    """Return the old and the new value of a kept pair; raise ``Damaged``.

    Log entries of before the field was encrypted, or of after, may be clear.
    """
    old, new = pair
    if not entry.is_sealed:
        return old, new
    return open_value(entry, record_id, old, CHANGE), open_value(entry, record_id, new, CHANGE)


def readable_values(fields: Mapping[str, Field], record_id: uuid.UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a change or merge keeps of all fields, opened."""
    return {
        name: list(readable_pair(fields[name], record_id, pair)) if name in fields else pair
        for name, pair in values.items()
    }


def readable_pair(entry: Field, record_id: uuid.UUID, pair: Any) -> Pair:
    """Return the old and the new value for showing; what does not open any more is left out."""
    try:
        return opened_pair(entry, record_id, pair)
    except Damaged:
        return None, None
