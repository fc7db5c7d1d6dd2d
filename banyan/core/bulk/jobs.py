"""Bulk work in the background."""

from __future__ import annotations

import uuid

from banyan.core.access.actor import Actor
from banyan.core.bulk.work import carry_out, take_back
from banyan.core.jobs.registration import BULK, job


@job("bulk.work", queue=BULK, attempts=5, in_transaction=False)
def run_bulk_task(actor: Actor, *, task_id: str) -> None:
    """Carry bulk work out; a worker that died leaves it where the next one goes on."""
    carry_out(actor, uuid.UUID(task_id))


@job("bulk.take_back", queue=BULK, attempts=3, in_transaction=False)
def run_take_back(actor: Actor, *, task_id: str) -> None:
    """Take bulk work back."""
    take_back(actor, uuid.UUID(task_id))
