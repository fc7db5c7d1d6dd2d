"""Bulk work in the background."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext, gettext_lazy, override

from banyan.core.access.actor import Actor
from banyan.core.bulk.models import BulkStatus, BulkTask
from banyan.core.bulk.work import carry_out, take_back
from banyan.core.jobs.registration import BULK, job, periodic
from banyan.core.jobs.status import live_values
from banyan.core.kernel.clock import now

UNDER_WAY = (BulkStatus.WAITING, BulkStatus.RUNNING, BulkStatus.STOPPING, BulkStatus.UNDOING)


@job("bulk.work", label=gettext_lazy("Many records are changed"), queue=BULK, attempts=5, in_transaction=False)
def run_bulk_task(actor: Actor, *, task_id: str) -> None:
    """Carry bulk work out; a worker that died leaves it where the next one goes on."""
    carry_out(actor, uuid.UUID(task_id))


@job(
    "bulk.take_back",
    label=gettext_lazy("A change of many records is taken back"),
    queue=BULK,
    attempts=3,
    in_transaction=False,
)
def run_take_back(actor: Actor, *, task_id: str) -> None:
    """Take bulk work back."""
    take_back(actor, uuid.UUID(task_id))


@periodic("*/10 * * * *", name="bulk.end_interrupted")
def end_interrupted(actor: Actor) -> None:
    """Say of work that nobody does any more that it has failed, so that what was done can be taken back."""
    live = {
        task_id
        for name in (run_bulk_task.name, run_take_back.name)
        for task_id in live_values(actor.organization_id, name, "task_id")
    }
    with override(actor.language):
        problem = gettext("The work was interrupted. What was done so far can be undone.")
    BulkTask.objects.filter(status__in=UNDER_WAY).exclude(pk__in=live).update(
        status=BulkStatus.FAILED, problem=problem, finished_at=now()
    )
