"""What people say before a move begins: what a table is, what stays out, who is who; or that all of it goes."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.transfer.importing import services as imports
from banyan.core.transfer.models import Import, ImportStatus
from banyan.migration.choices import MoveState
from banyan.migration.models import Move, MoveTable
from banyan.migration.people import People, Stages, people_of, stages_of
from banyan.migration.services.finding import require_draft
from banyan.migration.services.keeping import forget_file, forget_imports
from banyan.migration.services.listing import list_attachments
from banyan.migration.services.preparing import importable, prepare, read_people, store_mappings
from banyan.migration.services.relating import relate
from banyan.migration.sources import PLAIN, systems

MATCHES = ("update", "skip", "create")


@transaction.atomic
def assign(actor: Actor, move: Move, table: MoveTable, *, system: str, kind: str, object_name: str = "") -> None:
    """Say by hand what a table is: a kind of file of a system, or rows of one of our objects.

    Raises ``Conflict`` when the move has begun, ``Invalid`` for what there is not.
    """
    require_draft(move)
    file = systems()[system].file(kind) if system in systems() else None
    specs = importable(actor)
    if file is None and object_name not in specs:
        raise Invalid([FieldError("object", "unknown_choice", _("Choose what the rows of this table are."))])
    same = move.tables.filter(source=table.source, member=table.member, sheet=table.sheet)
    forget_imports(list(same))
    same.delete()
    parts = [(system, kind, part.name, "") for part in file.parts] if file else [(PLAIN, "", "", object_name)]
    people, stages = people_of(move), stages_of(move)
    with imports.local_copy(table.source.file) as path:
        for position, (of_system, of_kind, part, of_object) in enumerate(parts or [(system, kind, "", "")]):
            row = MoveTable(
                id=table.pk if position == 0 else MoveTable().pk,
                organization_id=move.organization_id, move=move, source=table.source, member=table.member,
                sheet=table.sheet, name=table.name, system=of_system, kind=of_kind, part=part, object_name=of_object,
                lists_people=file is not None and bool(file.people) and not parts,
                lists_files=file is not None and not file.people and not parts,
            )  # fmt: skip
            if row.lists_people:
                read_people(people, row, path)
            prepare(actor, move, row, path, people, stages)
        store_mappings(move, people, stages)
        relate(actor, move, {table.source_id: path})
        list_attachments(move, {table.source_id: path})


@transaction.atomic
def leave_out(move: Move, table: MoveTable, *, is_left_out: bool) -> None:
    """Leave a table out of a move, or take it in again."""
    require_draft(move)
    same = move.tables.filter(source=table.source, member=table.member, sheet=table.sheet, part=table.part)
    same.update(is_left_out=is_left_out)
    if table.lists_files:
        list_attachments(move, {})


@transaction.atomic
def set_mappings(move: Move, people: People, stages: Stages, *, match: str) -> None:
    """Keep who is who, which stage is which, and what happens to records that are there already."""
    require_draft(move)
    if match in MATCHES:
        move.match = match
    store_mappings(move, people, stages)


@transaction.atomic
def reopen(move: Move) -> None:
    """Make a trial a draft again, so that what was recognised can be corrected."""
    move = Move.objects.select_for_update().get(pk=move.pk)
    require_draft(move)
    move.state, move.is_dry_run, move.problem, move.finished_at = MoveState.DRAFT, False, "", None
    move.save()
    ids = move.tables.filter(task__isnull=False).values_list("task_id", flat=True)
    Import.objects.filter(pk__in=list(ids)).update(status=ImportStatus.DRAFT, is_dry_run=False)


@transaction.atomic
def discard(move: Move) -> None:
    """Delete a move that has changed nothing, with its files."""
    move = Move.objects.select_for_update().get(pk=move.pk)
    require_draft(move)
    sources = [entry.file for entry in move.files.select_related("file")]
    forget_imports(list(move.tables.select_related("task__file")))
    move.delete()
    for file in sources:
        forget_file(file)
