"""Moving many opportunities at once: tried first, so that people see which cannot be moved and why."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.errors import FieldError
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.records.storage import chunks

RECORDS_AT_ONCE = 1_000
#: What opportunities may be given together.
MOVABLE = ("stage", "owner", "expected_close_on", "reason", "competitor", "forecast_category")


@dataclass
class Moved:
    """What a move did, or would do: how many changed, had it already, and what speaks against each of the others."""

    batch_id: uuid.UUID
    changed: int = 0
    unchanged: int = 0
    rejected: dict[uuid.UUID, list[FieldError]] = field(default_factory=dict)


def move_many(actor: Actor, ids: Sequence[uuid.UUID], values: Mapping[str, Any]) -> Moved:
    """Give opportunities the same values; the right ones are written as one batch, the others reported.

    Raises ``Missing`` or ``NotAllowed`` before anything is written.
    """
    spec = spec_for(actor.organization, "opportunity")
    require(actor, spec, Action.BULK)
    context = WriteContext.for_actor(actor)
    moved = Moved(context.batch_id)
    for part in chunks(ids, RECORDS_AT_ONCE):
        outcome = door.update_many(actor, spec, dict.fromkeys(part, values), context=context)
        moved.changed += len(outcome.updated)
        moved.unchanged += len(outcome.unchanged)
        moved.rejected |= outcome.rejected
    return moved


def try_move(actor: Actor, ids: Sequence[uuid.UUID], values: Mapping[str, Any]) -> Moved:
    """Return what ``move_many`` would do, and do nothing."""
    with transaction.atomic():
        moved = move_many(actor, ids, values)
        transaction.set_rollback(True)
    return moved
