"""What the one door tells the rest of the product."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from banyan.core.kernel.events import Event


@dataclass(frozen=True)
class ChangedRecord:
    """One record of a change: its id and ``{field: (old, new)}`` in the API's form of the values.

    ``remarks`` is what was said beside the values, such as why the record moves. A new record lists no values; those
    that it begins with are ``held``, as Python values, for whoever has to judge before it may change again.
    """

    record_id: uuid.UUID
    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    held: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class RecordsChanged(Event):
    """Records of one object were created, updated, deleted, restored or merged, set-based."""

    organization_id: uuid.UUID
    object_name: str
    action: str
    records: tuple[ChangedRecord, ...]
    actor_id: uuid.UUID | None
    channel: str
    batch_id: uuid.UUID


@dataclass(frozen=True)
class FiguresChanged(Event):
    """Values of records that follow from others are different now: sums, formulas, last follow-ups.

    Nobody changed the records, so their versions stay; whoever derives something from such values derives it again.
    """

    organization_id: uuid.UUID
    object_name: str
    records: tuple[ChangedRecord, ...]


@dataclass(frozen=True)
class RecordsResealed(Event):
    """Values of these records are now encrypted, in the clear, or under another key; none of them changed.

    Whoever derives something findable from such values derives it again.
    """

    organization_id: uuid.UUID
    object_name: str
    record_ids: tuple[uuid.UUID, ...]
