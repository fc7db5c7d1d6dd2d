"""What people do with bulk work: begin it, look at it, stop it, take it back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Ability, Action
from banyan.core.bulk.jobs import run_bulk_task, run_take_back
from banyan.core.bulk.models import BulkAction, BulkStatus, BulkTask
from banyan.core.jobs.registration import defer
from banyan.core.kernel.errors import Conflict, Invalid, Missing
from banyan.core.listing.counting import count_rows
from banyan.core.listing.filters import tree_to_json
from banyan.core.listing.query import ListRequest
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext, fill

#: More records than this are worked on in the background, and taken back there.
MOST_AT_ONCE = 10_000
RIGHTS = {
    BulkAction.UPDATE: Action.EDIT,
    BulkAction.TAG: Action.EDIT,
    BulkAction.DELETE: Action.DELETE,
    BulkAction.HAND_OVER: Action.TRANSFER,
}
ENDED = (BulkStatus.DONE, BulkStatus.STOPPED, BulkStatus.FAILED)


@transaction.atomic
def begin(
    actor: Actor, spec: ObjectSpec, action: BulkAction, request: ListRequest, values: Mapping[str, Any] | None = None
) -> BulkTask:
    """Queue work on all records that fit a list, and return it.

    Raises ``NotAllowed``, and ``Invalid`` for a wrong filter or for values that no record could take:
    better now than a hundred thousand times later.
    """
    require(actor, spec, Action.BULK)
    require(actor, spec, RIGHTS[action])
    if action is BulkAction.UPDATE:
        _check_values(actor, spec, values or {})
    task = BulkTask.objects.create(
        organization_id=actor.organization_id,
        object_name=spec.name,
        action=action,
        selection={"filter": tree_to_json(request.filter), "search": request.search},
        values=dict(values or {}),
        channel=actor.channel.value,
        total=count_rows(actor, spec, request, exact=True).value,
        started_by_id=actor.user_id,
    )
    defer(run_bulk_task, actor, lock=f"bulk-{task.pk}", task_id=str(task.pk))
    return task


def _check_values(actor: Actor, spec: ObjectSpec, values: Mapping[str, Any]) -> None:
    draft = Draft(spec)
    fill(draft, values, WriteContext.for_actor(actor))
    if draft.errors:
        raise Invalid(draft.errors)


def find(actor: Actor, task_id: uuid.UUID) -> BulkTask:
    """Return one's own bulk work, or anybody's for those who manage the organization; raise ``Missing``."""
    task = BulkTask.objects.filter(pk=task_id).first()
    if task is None or (task.started_by_id != actor.user_id and not actor.has(Ability.MANAGE_ORGANIZATION)):
        raise Missing("not_found", _("There is no such work."))
    return task


def stop(task: BulkTask) -> None:
    """Ask running work to stop after its current records; what was done stays and can be taken back."""
    BulkTask.objects.filter(pk=task.pk, status__in=[BulkStatus.WAITING, BulkStatus.RUNNING]).update(
        status=BulkStatus.STOPPING
    )
    task.refresh_from_db()


@transaction.atomic
def begin_undo(actor: Actor, task: BulkTask) -> BulkTask:
    """Queue the taking back of bulk work that has ended; raise ``Conflict`` when there is nothing to take back."""
    task = BulkTask.objects.select_for_update().get(pk=task.pk)
    if task.status not in ENDED or not (task.updated or task.deleted):
        raise Conflict("nothing_to_undo", _("This work has changed nothing, or is still running."))
    task.status = BulkStatus.UNDOING
    task.save(update_fields=["status"])
    defer(run_take_back, actor, lock=f"bulk-{task.pk}", task_id=str(task.pk))
    return task


def large_task_of(actor: Actor, batch_id: uuid.UUID) -> BulkTask | None:
    """Return the work behind a batch if it is too large to be taken back while somebody waits."""
    task = BulkTask.objects.filter(batch_id=batch_id).first()
    is_large = task is not None and task.updated + task.deleted > MOST_AT_ONCE
    return find(actor, task.pk) if task is not None and is_large else None
