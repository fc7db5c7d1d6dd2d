"""Taking delivered files: what is in them, which system they come from, and what their rows become."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files import File as Upload
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import effective_scope
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability, Action, Scope
from banyan.core.files import storage
from banyan.core.files.models import File
from banyan.core.kernel.errors import Conflict, DomainError, FieldError, Invalid, Missing, Refused
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.importing import services as imports
from banyan.core.transfer.importing.engine import open_planned
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.models import Import, ImportStatus
from banyan.core.transfer.reading import open_table
from banyan.migration.choices import MoveState
from banyan.migration.models import Move, MoveFile, MoveTable
from banyan.migration.people import People, Stages, people_of, stages_of
from banyan.migration.planning import apply_people, apply_stages, guess_object, plan_of
from banyan.migration.rules import Recognised, most_common_system, place_of, recognise
from banyan.migration.sources import PLAIN, Part, folded, part_of, systems
from banyan.migration.staging import Known, Prepared, Staging, links_only, staged, written
from banyan.migration.uploads import Found, Opened, opened, tables_in

#: Moving in writes any object and shapes some of them.
ABILITY = Ability.MANAGE_ORGANIZATION
LONGEST_NAME = 255
AUTO = "auto"
MATCHES = ("update", "skip", "create")


@dataclass(frozen=True)
class Delivery:
    """A file that somebody delivers: its name, and where it lies."""

    name: str
    path: Path


@dataclass
class _Table:
    """A table on its way: where it was found, its columns, and what it may be."""

    source: MoveFile
    path: Path
    found: Found
    columns: list[str]
    candidates: list[Recognised]


@contextmanager
def deliveries(uploads: Sequence[UploadedFile]) -> Iterator[list[Delivery]]:
    """Give uploaded files as paths for the time of the block."""
    with ExitStack() as stack:
        yield [
            Delivery(
                upload.name or "file",
                stack.enter_context(imports.readable_copy(imports.as_source(upload), upload.name or "")),
            )
            for upload in uploads
        ]


def importable(actor: Actor) -> dict[str, ObjectSpec]:
    """Return the objects that records can be moved into."""
    return {
        spec.name: spec
        for spec in specs_on(actor.organization).values()
        if spec.importable and not spec.is_setting and effective_scope(actor, spec, Action.IMPORT) is not Scope.NONE
    }


@transaction.atomic
def begin(actor: Actor, deliveries: Sequence[Delivery], *, system: str = AUTO) -> Move:
    """Take files, recognise their tables and propose what becomes of them; nothing is written into records.

    ``system`` names the system that they come from, or ``auto``. Raises ``NotAllowed``; ``Refused`` when no file holds
    a single table, with the reason of the first.
    """
    require_ability(actor, ABILITY)
    if system not in {AUTO, PLAIN, *systems()}:
        message = _("Choose one of: %(modes)s.") % {"modes": ", ".join([AUTO, PLAIN, *systems()])}
        raise Invalid([FieldError("source", "unknown_choice", message)])
    move = Move.objects.create(organization_id=actor.organization_id, started_by_id=actor.user_id)
    _take(actor, move, deliveries, system=system)
    if not move.tables.exists():
        problem = next((entry.problem for entry in move.files.all() if entry.problem), "")
        raise Refused("move.no_tables", problem or _("These files hold no tables. Choose the export itself."))
    return move


@transaction.atomic
def add_files(actor: Actor, move: Move, deliveries: Sequence[Delivery]) -> Move:
    """Take more files into a move that has not begun."""
    require_ability(actor, ABILITY)
    require_draft(move)
    _take(actor, move, deliveries, system=move.system or AUTO)
    return move


def find(actor: Actor, move_id: uuid.UUID) -> Move:
    """Return a move; raise ``NotAllowed`` or ``Missing``."""
    require_ability(actor, ABILITY)
    move = Move.objects.filter(pk=move_id).first()
    if move is None:
        raise Missing("not_found", _("There is no such move."))
    return move


def find_table(move: Move, table_id: uuid.UUID) -> MoveTable:
    """Return a table of a move; raise ``Missing``."""
    table = move.tables.select_related("task__file", "source__file").filter(pk=table_id).first()
    if table is None:
        raise Missing("not_found", _("There is no such table."))
    return table


def require_draft(move: Move) -> None:
    """Raise ``Conflict`` when a move has begun."""
    if move.state != MoveState.DRAFT and not (move.is_dry_run and move.state in {MoveState.DONE, MoveState.FAILED}):
        raise Conflict("move_begun", _("This move has begun already. Begin another one for further files."))


def _take(actor: Actor, move: Move, deliveries: Sequence[Delivery], *, system: str) -> None:
    found: list[_Table] = []
    for position, delivery in enumerate(deliveries, move.files.count()):
        source = MoveFile.objects.create(
            organization_id=actor.organization_id,
            move=move,
            file=keep(actor, delivery.path, delivery.name),
            name=delivery.name[:LONGEST_NAME],
            position=position,
        )
        try:
            found += _look(source, delivery)
        except DomainError as refusal:
            source.problem = str(refusal.message)
            source.save(update_fields=["problem"])
    chosen = system if system != AUTO else most_common_system([table.candidates for table in found]) or PLAIN
    if not move.system:
        move.system = chosen
    people, stages = people_of(move), stages_of(move)
    rows = [row for table in found for row in _rows_for(actor, move, table, system)]
    for row, table in rows:
        if row.lists_people:
            read_people(people, row, table.path)
    for row, table in rows:
        prepare(actor, move, row, table.path, people, stages)
    store_mappings(move, people, stages)


def _look(source: MoveFile, delivery: Delivery) -> list[_Table]:
    tables = []
    for found in tables_in(delivery.path, delivery.name):
        if found.problem:
            MoveTable.objects.create(
                organization_id=source.organization_id,
                move=source.move,
                source=source,
                member=found.member[:500],
                sheet=found.sheet[:LONGEST_NAME],
                name=found.name[:LONGEST_NAME],
                problem=found.problem,
                is_left_out=True,
                position=9_999,
            )
            continue
        with opened(delivery.path, found.member, found.sheet) as table:
            columns = list(table.columns)
        names = {found.name, found.sheet or found.name, delivery.name if not found.member else found.name}
        by_kind: dict[tuple[str, str], Recognised] = {}
        for name in names:
            for entry in recognise(columns, name, list(systems().values())):
                known = by_kind.get((entry.system, entry.kind))
                if known is None or entry.score > known.score:
                    by_kind[entry.system, entry.kind] = entry
        candidates = sorted(by_kind.values(), key=lambda entry: -entry.score)
        tables.append(_Table(source, delivery.path, found, columns, candidates))
    return tables


def _rows_for(actor: Actor, move: Move, table: _Table, system: str) -> Iterator[tuple[MoveTable, _Table]]:
    """Yield what is kept of a table: one row, or one for each part of its file; by hand where nothing fits."""
    wanted = move.system if system == AUTO else system
    best = next((entry for entry in table.candidates if entry.system == wanted), None)
    if best is None and system == AUTO and table.candidates:
        best = table.candidates[0]
    file = systems()[best.system].file(best.kind) if best else None
    if best is None or file is None:
        yield _row(move, table, PLAIN, "", ""), table
        return
    if not file.parts:
        row = _row(move, table, best.system, best.kind, "")
        row.lists_people = True
        yield row, table
    for part in file.parts:
        yield _row(move, table, best.system, best.kind, part.name), table


def _row(move: Move, table: _Table, system: str, kind: str, part: str) -> MoveTable:
    return MoveTable(
        organization_id=move.organization_id,
        move=move,
        source=table.source,
        member=table.found.member[:500],
        sheet=table.found.sheet[:LONGEST_NAME],
        name=table.found.name[:LONGEST_NAME],
        system=system,
        kind=kind,
        part=part,
    )


def read_people(people: People, row: MoveTable, path: Path) -> None:
    """Learn from a file that lists users who they are."""
    file = systems()[row.system].file(row.kind)
    if file is None:
        return
    with suppress(DomainError), opened(path, row.member, row.sheet) as table:
        places = {folded(name): position for position, name in reversed(list(enumerate(table.columns)))}

        def cell(cells: Sequence[Any], what: str) -> str:
            found = next((places[heading] for heading in file.people.get(what, ()) if heading in places), None)
            return written(cells[found]) if found is not None and found < len(cells) else ""

        for _number, cells in table.rows:
            name = cell(cells, "name") or f"{cell(cells, 'given')} {cell(cells, 'family')}".strip()
            people.add((cell(cells, "id"), name, cell(cells, "email")), name, cell(cells, "email"))
            row.rows += 1


def prepare(actor: Actor, move: Move, row: MoveTable, path: Path, people: People, stages: Stages) -> None:
    """Prepare a table for its import, or say why that cannot be; its rows are read to the end."""
    row.problem = ""
    if row.lists_people:
        row.position = 0
        row.save()
        return
    try:
        with opened(path, row.member, row.sheet) as table:
            part = part_of(row.system, row.kind, row.part)
            specs = importable(actor)
            if part is None and not row.object_name:
                row.object_name = guess_object(specs, table.columns, row.name)
            row.object_name = part.object_name if part else row.object_name
            spec = specs.get(row.object_name)
            if spec is None:
                _say_why_not(row)
                row.save()
                return
            _stage(actor, move, row, part, staging_of(row, table, part, spec, Known(people, stages)))
    except DomainError as refusal:
        row.problem = str(refusal.message)
        row.is_left_out = True
    row.save()


def staging_of(row: MoveTable, table: Opened, part: Part | None, spec: ObjectSpec, known: Known) -> Staging:
    """Return what prepares the rows of a table."""
    deleted = systems()[row.system].deleted if row.system in systems() else ()
    return Staging(table, part, spec, kind_of(row), known, deleted=deleted)


def kind_of(row: MoveTable) -> str:
    """Return by what the keys of a table's rows are known; of a plain spreadsheet by its object."""
    return row.kind or row.object_name


def _say_why_not(row: MoveTable) -> None:
    if row.object_name:
        row.problem = _("The module for this is off, or you may not import it.")
        row.is_left_out = True
        row.object_name = ""


def _stage(actor: Actor, move: Move, row: MoveTable, part: Part | None, staging: Staging) -> None:
    """Write the prepared table, propose its plan, and keep both as an import that has not begun."""
    with staged(staging) as path:
        prepared = staging.prepared
        row.rows = prepared.rows
        row.position = place_of(row.object_name) * 10
        if not prepared.rows:
            row.is_left_out = True
            return
        with open_table(path, header_row=1, encoding="utf-8", separator=",") as table:
            plan = plan_of(actor, staging.spec, table, prepared, part, origin=(row.system, kind_of(row)))
        plan.match = move.match
        for text, count in prepared.people.items():
            staging.known.people.meet(text, count)
        for text, count in prepared.stages.items():
            staging.known.stages.meet(text, count)
        row.task = _import(actor, move, row, path, plan, prepared.rows)
        row.save()
        if prepared.linked_rows:
            _stage_links(actor, move, row, path, prepared, plan)


def _stage_links(actor: Actor, move: Move, row: MoveTable, path: Path, prepared: Prepared, plan: ImportPlan) -> None:
    """Keep a second import for links to records of the same file: all of them have to be there first."""
    by_name = {column.column: column for column in plan.columns}
    with links_only(path, prepared) as (links, columns):
        second = ImportPlan(
            [by_name[name] for name in columns],
            system=plan.system, kind=plan.kind, lenient=True, encoding="utf-8", separator=",", header_row=1,
        )  # fmt: skip
        task = _import(actor, move, row, links, second, prepared.linked_rows)
    MoveTable.objects.filter(
        move=move, source=row.source, member=row.member, sheet=row.sheet, part=row.part, sets_links=True
    ).delete()
    MoveTable.objects.create(
        organization_id=move.organization_id, move=move, source=row.source, member=row.member, sheet=row.sheet,
        name=row.name, system=row.system, kind=row.kind, part=row.part, object_name=row.object_name,
        rows=prepared.linked_rows, position=row.position + 5, sets_links=True, task=task,
    )  # fmt: skip
    for name in prepared.own_links:
        by_name[name].field_name, by_name[name].new_kind = "", ""
    if row.task is not None:
        row.task.plan = plan.to_json()
        row.task.save(update_fields=["plan"])


def _import(actor: Actor, move: Move, row: MoveTable, path: Path, plan: ImportPlan, rows: int) -> Import:
    return Import.objects.create(
        organization_id=actor.organization_id,
        object_name=row.object_name,
        file=keep(actor, path, f"{row.name}.csv"),
        file_name=row.name,
        plan=plan.to_json(),
        estimated_rows=rows,
        started_by_id=actor.user_id,
        part_of=move.pk,
    )


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
                lists_people=not parts,
            )  # fmt: skip
            if row.lists_people:
                read_people(people, row, path)
            prepare(actor, move, row, path, people, stages)
    store_mappings(move, people, stages)


@transaction.atomic
def leave_out(move: Move, table: MoveTable, *, is_left_out: bool) -> None:
    """Leave a table out of a move, or take it in again."""
    require_draft(move)
    same = move.tables.filter(source=table.source, member=table.member, sheet=table.sheet, part=table.part)
    same.update(is_left_out=is_left_out)


@transaction.atomic
def set_mappings(move: Move, people: People, stages: Stages, *, match: str) -> None:
    """Keep who is who, which stage is which, and what happens to records that are there already."""
    require_draft(move)
    if match in MATCHES:
        move.match = match
    store_mappings(move, people, stages)


def store_mappings(move: Move, people: People, stages: Stages) -> None:
    """Keep who is who and which stage is which, and write both into the plans of the imports."""
    move.people, move.stages = people.known, stages.known
    move.save(update_fields=["system", "people", "stages", "match"])
    for table in move.tables.select_related("task").filter(task__isnull=False):
        task = table.task
        if task is None:
            continue
        plan = ImportPlan.from_json(task.plan)
        apply_people(plan, people)
        apply_stages(plan, stages)
        plan.match = move.match
        task.plan = plan.to_json()
        task.save(update_fields=["plan"])


@transaction.atomic
def prepare_again(actor: Actor, move: Move) -> None:
    """Prepare the tables anew whose texts name people or whose days follow from stages; plans stay as they are."""
    people, stages = people_of(move), stages_of(move)
    rows = move.tables.select_related("task__file", "source__file").filter(task__isnull=False, sets_links=False)
    for row in rows:
        part = part_of(row.system, row.kind, row.part)
        spec = importable(actor).get(row.object_name)
        if part is None or spec is None or row.task is None or row.task.file is None:
            continue
        with (
            imports.local_copy(row.source.file) as path,
            opened(path, row.member, row.sheet) as table,
            staged(staging_of(row, table, part, spec, Known(people, stages))) as fresh,
        ):
            before = row.task.file
            row.task.file = keep(actor, fresh, before.name)
            row.task.save(update_fields=["file"])
            forget_file(before)


@contextmanager
def open_task(task: Import) -> Iterator[Any]:
    """Open the prepared table of an import for the time of the block."""
    if task.file is None:
        raise Missing("file_lost", _("The content of this file is missing. Choose it again."))
    with imports.local_copy(task.file) as path, open_planned(path, ImportPlan.from_json(task.plan)) as table:
        yield table


def keep(actor: Actor, path: Path, name: str) -> File:
    """Store a file as it is."""
    with path.open("rb") as content:
        return imports.keep_file(actor, Upload(content, name=name))


def forget_imports(tables: Sequence[MoveTable]) -> None:
    """Delete the imports of tables that are prepared in another way."""
    for table in tables:
        task = table.task
        if task is not None:
            file = task.file
            task.delete()
            if file is not None:
                forget_file(file)


def forget_file(file: File) -> None:
    """Delete a prepared file that nothing needs any more."""
    key = file.key
    file.delete()

    def erase() -> None:
        with suppress(FileNotFoundError):
            storage.delete(key)

    transaction.on_commit(erase)


def names_strangers(table: MoveTable) -> bool:
    """Say whether rows of a table belong to people who are nobody here."""
    part = part_of(table.system, table.kind, table.part)
    if part is None or not any(use.role == "person" for use in part.columns):
        return False
    return any(entry.get("rows") and not entry.get("user") for entry in table.move.people.values())


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
