"""Taking delivered files: what is in them, which system they come from, and what their rows become."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Refused
from banyan.core.transfer.importing import services as imports
from banyan.migration.models import Move, MoveFile, MoveTable
from banyan.migration.people import people_of, stages_of
from banyan.migration.rules import Recognised, most_common_system, recognise
from banyan.migration.services.finding import ABILITY, require_draft
from banyan.migration.services.keeping import keep
from banyan.migration.services.listing import list_attachments
from banyan.migration.services.preparing import prepare, read_people, store_mappings
from banyan.migration.services.relating import relate
from banyan.migration.sources import PLAIN, systems
from banyan.migration.uploads import Found, opened, tables_in

LONGEST_NAME = 255
AUTO = "auto"


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
    if not move.tables.exists() and not move.attachments.exists():
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


def _take(actor: Actor, move: Move, deliveries: Sequence[Delivery], *, system: str) -> None:
    found: list[_Table] = []
    paths: dict[uuid.UUID, Path] = {}
    for position, delivery in enumerate(deliveries, move.files.count()):
        source = MoveFile.objects.create(
            organization_id=actor.organization_id,
            move=move,
            file=keep(actor, delivery.path, delivery.name),
            name=delivery.name[:LONGEST_NAME],
            position=position,
        )
        paths[source.pk] = delivery.path
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
    relate(actor, move, paths)
    list_attachments(move, paths)


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
    if best is None and system == AUTO:
        best = next((entry for entry in table.candidates if entry.is_telling), None)
    file = systems()[best.system].file(best.kind) if best else None
    if best is None or file is None:
        yield _row(move, table, PLAIN, "", ""), table
        return
    if not file.parts:
        row = _row(move, table, best.system, best.kind, "")
        row.lists_people, row.lists_files = bool(file.people), not file.people
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
