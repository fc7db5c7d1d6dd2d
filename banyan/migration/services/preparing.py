"""From a recognised table to an import that has not begun: its rows prepared, its plan proposed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import effective_scope
from banyan.core.access.scopes import Action, Scope
from banyan.core.kernel.errors import DomainError
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.importing import services as imports
from banyan.core.transfer.importing.plan import KEY, ImportPlan
from banyan.core.transfer.models import Import
from banyan.core.transfer.reading import open_table
from banyan.migration.models import Move, MoveTable
from banyan.migration.people import People, Stages, people_of, stages_of
from banyan.migration.planning import apply_people, apply_stages, guess_object, plan_of
from banyan.migration.rules import place_of
from banyan.migration.services.keeping import forget_file, forget_imports, keep
from banyan.migration.sources import PLAIN, ColumnUse, Part, folded, part_of, systems
from banyan.migration.staging import Known, Prepared, Staging, links_only, staged, written
from banyan.migration.uploads import Opened, opened


def importable(actor: Actor) -> dict[str, ObjectSpec]:
    """Return the objects that records can be moved into."""
    return {
        spec.name: spec
        for spec in specs_on(actor.organization).values()
        if spec.importable and not spec.is_setting and effective_scope(actor, spec, Action.IMPORT) is not Scope.NONE
    }


def prepare(actor: Actor, move: Move, row: MoveTable, path: Path, people: People, stages: Stages) -> None:
    """Prepare a table for its import, or say why that cannot be; its rows are read to the end."""
    row.problem = ""
    if row.lists_people or row.lists_files:
        row.position = 0
        row.save()
        return
    try:
        with opened(path, row.member, row.sheet) as table:
            part = part_here(row)
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


def prepare_anew(actor: Actor, move: Move, row: MoveTable, path: Path, people: People, stages: Stages) -> None:
    """Prepare a table in another way than before; what had been prepared of it is forgotten."""
    same = move.tables.select_related("task__file").filter(source=row.source, member=row.member, sheet=row.sheet)
    seconds = same.filter(part=row.part, sets_links=True)
    forget_imports([row, *seconds])
    seconds.delete()
    row.task = None
    prepare(actor, move, row, path, people, stages)


def part_here(row: MoveTable) -> Part | None:
    """Return the part that a table is: of a known system by its description, of a spreadsheet by its key and links."""
    if row.system != PLAIN or not row.links:
        return part_of(row.system, row.kind, row.part)
    columns = [ColumnUse((folded(row.links["key"]),), (KEY,))] if "key" in row.links else []
    columns += [
        ColumnUse((folded(column),), (field_name,), of=(kind,))
        for column, (field_name, kind) in row.links.get("to", {}).items()
    ]
    return Part("", row.object_name, tuple(columns))


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
            described = None if row.system == PLAIN else part
            plan = plan_of(actor, staging.spec, table, prepared, described, origin=(row.system, kind_of(row)))
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


def names_strangers(table: MoveTable) -> bool:
    """Say whether rows of a table belong to people who are nobody here."""
    part = part_of(table.system, table.kind, table.part)
    if part is None or not any(use.role == "person" for use in part.columns):
        return False
    return any(entry.get("rows") and not entry.get("user") for entry in table.move.people.values())
