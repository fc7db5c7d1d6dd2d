"""Carrying bulk work out: piece by piece, each piece with its result in one transaction."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel
from banyan.core.access.decisions import require, restrict
from banyan.core.access.scopes import Action
from banyan.core.bulk.models import BulkAction, BulkStatus, BulkTask
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, FieldError
from banyan.core.listing.filters import live_rows, parse_tree
from banyan.core.listing.query import ListRequest, matching_rows
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door, recycle
from banyan.core.records.changelog import notify_live
from banyan.core.records.drafts import WriteContext
from banyan.core.records.undo import undo
from banyan.core.tenancy.scope import organization_scope

logger = logging.getLogger(__name__)

PIECE_RECORDS = 1_000
PROBLEMS_KEPT = 100
Changes = dict[uuid.UUID, dict[str, Any]]


def request_of(task: BulkTask) -> ListRequest:
    """Return the list whose records are worked on; raise ``Invalid`` when its filter cannot be read."""
    tree = task.selection.get("filter")
    return ListRequest(filter=parse_tree(tree) if tree else None, search=task.selection.get("search", ""))


def carry_out(actor: Actor, task_id: uuid.UUID) -> BulkTask:
    """Carry bulk work out, or go on where an interrupted run stopped, and return it.

    Records are taken in the order of their ids, so that a record which the work makes fit or not fit
    the list is met once; those created since the work was asked for are left alone. Raises
    ``OperationalError`` when the database goes away: the work stays running, and whoever calls again
    goes on with it.
    """
    try:
        while _do_piece(actor, task_id):
            pass
    except DomainError as refusal:
        _end(actor, task_id, BulkStatus.FAILED, str(refusal.message))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Bulk work %s failed.", task_id)
        _end(actor, task_id, BulkStatus.FAILED, _("The work failed unexpectedly. What was done so far can be undone."))
        raise
    with organization_scope(actor.organization_id):
        return BulkTask.objects.get(pk=task_id)


def _do_piece(actor: Actor, task_id: uuid.UUID) -> bool:
    """Work on the next records and store the result with them; say whether there may be more.

    The task's row stays locked meanwhile: a second worker that thinks this one dead waits, and then
    finds the piece done.
    """
    with organization_scope(actor.organization_id):
        task = BulkTask.objects.select_for_update().get(pk=task_id)
        if task.status == BulkStatus.STOPPING:
            _finish(task, BulkStatus.STOPPED)
        if task.status not in {BulkStatus.WAITING, BulkStatus.RUNNING}:
            return False
        task.status, task.started_at = BulkStatus.RUNNING, task.started_at or now()
        actor = actor.through(Channel(task.channel))
        spec = spec_for(actor.organization, task.object_name)
        require(actor, spec, Action.BULK)
        rows = matching_rows(actor, spec, request_of(task)).filter(pk__lte=task.pk)
        if task.last_id is not None:
            rows = rows.filter(pk__gt=task.last_id)
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:PIECE_RECORDS])
        if ids:
            _work_on(actor, spec, task, ids)
            task.last_id = ids[-1]
            task.position += len(ids)
            task.total = max(task.total, task.position)
            task.save()
        else:
            task.total = task.position
            _finish(task, BulkStatus.DONE)
        notify_live(task.organization_id, {"event": "records-changed", "data": {"object": f"bulk-{task.pk}"}})
        return bool(ids)


def _finish(task: BulkTask, status: BulkStatus) -> None:
    task.status, task.finished_at = status, now()
    task.save()


def _work_on(actor: Actor, spec: ObjectSpec, task: BulkTask, ids: list[uuid.UUID]) -> None:
    context = WriteContext.for_actor(actor, batch_id=task.batch_id)
    action = Action.DELETE if task.action == BulkAction.DELETE else Action.EDIT
    allowed = set(restrict(live_rows(actor, spec).filter(pk__in=ids), actor, spec, action).values_list("pk", flat=True))
    forbidden = FieldError("id", "not_allowed", _("You may see this record, but not change it."))
    for pk in ids:
        if pk not in allowed:
            _reject(task, pk, [forbidden])
    ids = [pk for pk in ids if pk in allowed]
    if task.action == BulkAction.DELETE:
        task.deleted += len(recycle.delete(actor, spec, ids, context=context).updated)
        return
    outcome = door.update_many(actor, spec, _changes(spec, task, ids), context=context)
    task.updated += len(outcome.updated)
    task.unchanged += len(outcome.unchanged)
    for pk, errors in outcome.rejected.items():
        _reject(task, pk, errors)


def _changes(spec: ObjectSpec, task: BulkTask, ids: list[uuid.UUID]) -> Changes:
    if task.action == BulkAction.TAG:
        return _tagged(spec, task, ids)
    if task.action == BulkAction.HAND_OVER:
        name, people = task.values["field"], task.values["people"]
        return {pk: {name: people[(task.updated + place) % len(people)]} for place, pk in enumerate(ids)}
    values: dict[str, Any] = task.values
    return dict.fromkeys(ids, values)


def _tagged(spec: ObjectSpec, task: BulkTask, ids: list[uuid.UUID]) -> Changes:
    rows = spec.model._default_manager.filter(pk__in=ids)  # noqa: SLF001 Django's own name for it
    name, add, remove = task.values["field"], task.values["add"], task.values["remove"]
    return {row.pk: {name: with_tags(door.value_of(row, spec, name), add=add, remove=remove)} for row in rows}


def with_tags(current: list[str] | None, *, add: list[str], remove: list[str]) -> list[str]:
    """Return a record's tags after some were added and others taken off."""
    kept = [tag for tag in current or [] if tag not in remove]
    return [*kept, *(tag for tag in add if tag not in kept)]


def _reject(task: BulkTask, record_id: uuid.UUID, errors: list[FieldError]) -> None:
    task.rejected += 1
    if len(task.problems) < PROBLEMS_KEPT:
        described = [{"field": e.field, "code": e.code, "message": str(e.message)} for e in errors]
        task.problems.append({"id": str(record_id), "errors": described})


def _end(actor: Actor, task_id: uuid.UUID, status: BulkStatus, problem: str) -> None:
    with organization_scope(actor.organization_id):
        BulkTask.objects.filter(pk=task_id).update(status=status, problem=problem, finished_at=now())


def take_back(actor: Actor, task_id: uuid.UUID) -> BulkTask:
    """Take all of it back in one transaction: records changed since are left alone and counted."""
    try:
        with organization_scope(actor.organization_id):
            task = BulkTask.objects.select_for_update().get(pk=task_id)
            if task.status == BulkStatus.UNDOING:
                result = undo(actor.through(Channel(task.channel)), task.batch_id)
                BulkTask.objects.filter(pk=task.pk).update(
                    status=BulkStatus.UNDONE, undone=F("undone") + result.undone, conflicts=len(set(result.conflicts))
                )
            task.refresh_from_db()
            notify_live(task.organization_id, {"event": "records-changed", "data": {"object": f"bulk-{task.pk}"}})
            return task
    except DomainError as refusal:
        _end(actor, task_id, BulkStatus.FAILED, str(refusal.message))
        raise
