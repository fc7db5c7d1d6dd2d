"""Carrying a move out: all tables in an order in which links find their records; going on, stopping, taking back."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, DomainError, FieldError, Invalid
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.records.changelog import notify_live
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.importing import engine
from banyan.core.transfer.importing import services as imports
from banyan.core.transfer.importing.failing import failures_told
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.models import Import, ImportStatus
from banyan.migration.choices import UNDER_WAY, FileState, MoveState
from banyan.migration.models import Move, MoveTable
from banyan.migration.services import preparing
from banyan.migration.services.attaching import attach_all, detach_all, keep_results, try_all, wait_again
from banyan.migration.services.finding import ABILITY
from banyan.migration.services.keeping import open_task
from banyan.migration.services.settling import settle, unsettle
from banyan.migration.staging import MADE, ORIGINAL_ID, ORIGINAL_OWNER

logger = logging.getLogger(__name__)

Progress = Callable[[Move, MoveTable], None]
#: Objects on whose records people look for the id of the other system.
WITH_ORIGINAL_ID = ("customer", "contact", "lead", "opportunity", "product", "order", "quote", "contract")
LABELS = {
    ORIGINAL_ID: {"zh": "原系统编号", "en": "Original ID"},
    ORIGINAL_OWNER: {"zh": "原负责人", "en": "Original owner"},
}


@dataclass
class Undone:
    """What went back: records, files that were attached to them; and records that could not."""

    records: int = 0
    files: int = 0
    conflicts: int = 0


NOTHING_CHANGED = (ImportStatus.DRAFT, ImportStatus.UNDONE)


def tables_of(move: Move) -> list[MoveTable]:
    """Return the tables that are carried out, in the order in which that happens."""
    rows = move.tables.select_related("task__file").filter(task__isnull=False, is_left_out=False)
    return list(rows.order_by("position", "source__position", "id"))


@transaction.atomic
def make_ready(actor: Actor, move: Move, *, is_dry_run: bool = False) -> Move:
    """Let a move start or go on: a draft, a trial for real, or one that stopped or failed on the way.

    Makes the own fields that keep original ids and owners, before a real run only. Raises ``Conflict`` when it is
    running or done, ``Invalid`` when there is nothing to carry out.
    """
    require_ability(actor, ABILITY)
    move = Move.objects.select_for_update().get(pk=move.pk)
    if move.state in UNDER_WAY:
        raise Conflict("move_begun", _("This move is running already."))
    if move.state in {MoveState.DONE, MoveState.UNDONE} and not move.is_dry_run:
        raise Conflict("move_done", _("This move is done already."))
    tables = tables_of(move)
    if not tables and not move.attachments.filter(state=FileState.WAITING).exists():
        message = _("Nothing is to be taken over. Say of at least one table what it is.")
        raise Invalid([FieldError("tables", "required", message)])
    is_beginning = move.state == MoveState.DRAFT or move.is_dry_run
    if is_beginning:
        preparing.prepare_again(actor, move)
        wait_again(move)
    if not is_dry_run and is_beginning:
        keep_originals(actor, tables)
    move.state, move.is_dry_run, move.problem, move.finished_at = MoveState.WAITING, is_dry_run, "", None
    if is_beginning:
        move.started_at = None
    move.save()
    return move


def keep_originals(actor: Actor, tables: Sequence[MoveTable]) -> None:
    """Let records keep their original id, and the name of an owner who is nobody here, in own fields."""
    if not actor.is_system and not actor.has(Ability.CUSTOMISE):
        return
    for table in tables:
        task = table.task
        if task is None or table.sets_links or table.object_name not in WITH_ORIGINAL_ID:
            continue
        plan = ImportPlan.from_json(task.plan)
        by_name = {column.column: column for column in plan.columns}
        wanted = [ORIGINAL_ID, ORIGINAL_OWNER] if preparing.names_strangers(table) else [ORIGINAL_ID]
        for field_name in wanted:
            column = by_name.get(f"{MADE}{field_name}")
            if column is not None and not column.field_name and ensure_field(actor, table.object_name, field_name):
                column.field_name, column.confidence = field_name, 1.0
        task.plan = plan.to_json()
        task.save(update_fields=["plan"])


def ensure_field(actor: Actor, object_name: str, field_name: str) -> bool:
    """Make an own field unless it is there; say whether it can be filled."""
    spec = spec_for(actor.organization, object_name)
    if field_name not in spec.all_fields:
        try:
            create_custom_field(actor, object_name, FieldDraft("text", LABELS[field_name], name=field_name))
        except DomainError:
            logger.warning("The field %s of %s could not be made.", field_name, object_name)
            return False
        spec = spec_for(actor.organization, object_name)
    return field_name in spec.writable_fields


def work(actor: Actor, move_id: uuid.UUID, *, progress: Progress | None = None) -> Move:
    """Carry a move out, or go on where an interrupted run stopped, and return it.

    Each table is an import of its own, written piece by piece with its counts; whoever stops the move stops the import
    that is running. A trial writes everything in one transaction that is taken back.
    """
    unexpected = _("The move failed unexpectedly. What was taken over so far is listed; it can go on.")

    def tell(problem: str) -> None:
        _fail(actor, move_id, problem)

    with failures_told(tell, unexpected=unexpected, what=f"Move {move_id}"):
        if _begin(actor, move_id):
            run = _try if _move(actor, move_id).is_dry_run else _carry_out
            run(actor, move_id, progress)
    return _finish(actor, move_id)


def _move(actor: Actor, move_id: uuid.UUID) -> Move:
    with organization_scope(actor.organization_id):
        return Move.objects.get(pk=move_id)


def _begin(actor: Actor, move_id: uuid.UUID) -> bool:
    with organization_scope(actor.organization_id):
        move = Move.objects.select_for_update().get(pk=move_id)
        if move.state not in {MoveState.WAITING, MoveState.RUNNING}:
            return False
        move.state, move.started_at, move.problem = MoveState.RUNNING, move.started_at or now(), ""
        move.save(update_fields=["state", "started_at", "problem"])
    return True


def _carry_out(actor: Actor, move_id: uuid.UUID, progress: Progress | None) -> None:
    with organization_scope(actor.organization_id):
        tables = tables_of(Move.objects.get(pk=move_id))
    for table in tables:
        task = _ready(actor, move_id, table)
        if task is None:
            continue
        if _move(actor, move_id).state != MoveState.RUNNING or task.file is None:
            return
        tell = _telling(actor, move_id, table, progress)
        with imports.local_copy(task.file) as path:
            done = engine.work(actor, task.pk, path, progress=tell)
        if done.status == ImportStatus.FAILED:
            _fail(actor, move_id, f"{table.name}: {done.problem}")
        if done.status != ImportStatus.DONE:
            return
    settle(actor, tables)
    attach_all(actor, move_id, may_go_on=lambda: _move(actor, move_id).state == MoveState.RUNNING)


def _task_of(table: MoveTable) -> Import:
    """Return the import of a table as it is now."""
    return Import.objects.select_related("file").get(pk=table.task_id or "")


def _ready(actor: Actor, move_id: uuid.UUID, table: MoveTable) -> Import | None:
    """Return the import of a table that is to run now; None when it is done."""
    with organization_scope(actor.organization_id):
        task = _task_of(table)
        if task.status == ImportStatus.DONE and not task.is_dry_run:
            return None
        if task.status in {ImportStatus.WAITING, ImportStatus.RUNNING}:
            return task
        if task.status == ImportStatus.STOPPING:
            Import.objects.filter(pk=task.pk).update(status=ImportStatus.STOPPED)
        imports.make_ready(actor, task)
        return Import.objects.select_related("file").get(pk=task.pk)


def _try(actor: Actor, move_id: uuid.UUID, progress: Progress | None) -> None:
    with organization_scope(actor.organization_id):
        tables = tables_of(Move.objects.get(pk=move_id))
        for table in tables:
            imports.make_ready(actor, _task_of(table), is_dry_run=True)
        with engine.taken_back(actor) as trial:
            for table in tables:
                task = _task_of(table)
                with open_task(task) as opened:
                    trial(task.pk, opened, None)
            tried = try_all(actor, Move.objects.get(pk=move_id))
        keep_results(tried)
        Import.objects.filter(pk__in=[table.task_id for table in tables]).update(
            status=ImportStatus.DONE, finished_at=now()
        )
    if progress is not None:
        for table in tables:
            progress(_move(actor, move_id), table)


def _telling(actor: Actor, move_id: uuid.UUID, table: MoveTable, progress: Progress | None) -> Callable[[Import], None]:
    def tell(task: Import) -> None:
        move = _move(actor, move_id)
        if move.state == MoveState.STOPPING:
            with organization_scope(actor.organization_id):
                imports.stop(task)
        if progress is not None:
            table.task = task
            progress(move, table)

    return tell


def _fail(actor: Actor, move_id: uuid.UUID, problem: str) -> None:
    with organization_scope(actor.organization_id):
        Move.objects.filter(pk=move_id).update(state=MoveState.FAILED, problem=problem, finished_at=now())


def _finish(actor: Actor, move_id: uuid.UUID) -> Move:
    with organization_scope(actor.organization_id):
        move = Move.objects.select_for_update().get(pk=move_id)
        if move.state == MoveState.RUNNING:
            move.state = MoveState.DONE
        elif move.state == MoveState.STOPPING:
            move.state = MoveState.STOPPED
        move.finished_at = move.finished_at or now()
        move.save(update_fields=["state", "finished_at"])
        notify_live(move.organization_id, {"event": "records-changed", "data": {"object": f"move-{move.pk}"}})
    return move


@transaction.atomic
def stop(actor: Actor, move: Move) -> None:
    """Ask a running move to stop after its current piece; it can go on later."""
    require_ability(actor, ABILITY)
    Move.objects.filter(pk=move.pk, state__in=[MoveState.WAITING, MoveState.RUNNING]).update(state=MoveState.STOPPING)


@transaction.atomic
def undo(actor: Actor, move: Move) -> Undone:
    """Take a whole move back, first the files, then the tables beginning with the last one; return what went back.

    Files are taken off their records, created records go to the recycle bin, updated ones get their old values. Raises ``Conflict`` while it is running
    and when it has changed nothing.
    """
    require_ability(actor, ABILITY)
    move = Move.objects.select_for_update().get(pk=move.pk)
    if move.is_dry_run or move.state not in {MoveState.DONE, MoveState.STOPPED, MoveState.FAILED}:
        raise Conflict("nothing_to_undo", _("This move has changed nothing, or is still running."))
    result = Undone(files=detach_all(actor, move))
    unsettle(actor, tables_of(move))
    for table in reversed(tables_of(move)):
        task = table.task
        if task is None or task.status in NOTHING_CHANGED:
            continue
        if task.created or task.updated:
            taken_back = imports.undo_import(actor, task)
            result.records += taken_back.undone
            result.conflicts += len(set(taken_back.conflicts))
        else:
            Import.objects.filter(pk=task.pk).update(status=ImportStatus.UNDONE)
    move.state = MoveState.UNDONE
    move.save(update_fields=["state"])
    return result
