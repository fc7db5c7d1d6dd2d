"""Carrying an import out: piece by piece, each piece with its result in one transaction."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, FieldError
from banyan.core.kernel.ids import new_id
from banyan.core.kernel.text.folding import fold
from banyan.core.objects.pick_lists import add_options
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.changelog import notify_live
from banyan.core.records.drafts import WriteContext, stored_value
from banyan.core.records.duplicates import DUPLICATES_WANTED
from banyan.core.records.storage import insert_rows, to_json
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.importing.failing import failures_told
from banyan.core.transfer.importing.linking import LinkFinder
from banyan.core.transfer.importing.matching import Matcher
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.importing.source_keys import SourceKeys, origin_of
from banyan.core.transfer.importing.values import NewOption, RowReader, SourceRow
from banyan.core.transfer.models import Import, ImportStatus, IncompleteRow, RejectedRow
from banyan.core.transfer.reading import Row, Table, open_table

logger = logging.getLogger(__name__)

PIECE_ROWS = 1_000
Progress = Callable[[Import], None]


class _Overtaken(Exception):
    """Another worker has gone on with the import, because this one was thought dead."""


class ImportRun:
    """One run of an import; make it within the organization's scope, ``work`` opens scopes of its own."""

    def __init__(self, actor: Actor, task: Import) -> None:
        self.actor = actor.through(Channel.IMPORT)
        self.task = task
        self.plan = ImportPlan.from_json(task.plan)
        self.spec: ObjectSpec = spec_for(actor.organization, task.object_name)
        require(self.actor, self.spec, Action.IMPORT)
        self.reader = RowReader(self.spec, self.plan, zone=actor.time_zone, language=actor.language)
        self.keys = SourceKeys(self.actor, self.spec, self.plan) if self.plan.system else None
        self.links = LinkFinder(self.actor, self.reader.fields, create=self.plan.create_links, keys=self.keys)
        self.matcher = Matcher(self.actor, self.spec, self.plan, self.keys)
        # Whoever lets a file create records beside those that are there wants duplicates.
        confirmed = frozenset({DUPLICATES_WANTED} if self.plan.match == "create" else ())
        self.context = WriteContext.for_actor(
            self.actor, batch_id=task.batch_id, resolve=self.links.resolve, confirmed=confirmed
        )

    def take(self, rows: Sequence[SourceRow]) -> None:
        """Write rows and count them; runs in the caller's transaction. Rows with errors are put aside."""
        good = [row for row in rows if row.is_good()]
        self._add_options(good)
        self.links.prepare(good, self.context)
        postponed = self._postpone_own_links(good)
        waiting = good
        while waiting:
            first, later = self.matcher.first_of_each(waiting)
            self._write(first, self.matcher.find(first))
            matched = self.matcher.find(later)
            known = [(row, record_id) for row, record_id in zip(later, matched, strict=True) if record_id is not None]
            self._write([row for row, _id in known], [record_id for _row, record_id in known])
            waiting = [row for row, record_id in zip(later, matched, strict=True) if record_id is None]
        self._set_own_links(postponed)
        rejected = [row for row in rows if not row.is_good()]
        self._put_aside(RejectedRow, rejected)
        self._put_aside(IncompleteRow, [row for row in rows if row.is_good() and row.lost])
        self.task.rejected += len(rejected)
        self.task.read += len(rows)
        for row in rows:
            if row.is_good():
                for name in row.values:
                    self.task.filled[name] = self.task.filled.get(name, 0) + 1

    def _postpone_own_links(self, rows: Sequence[SourceRow]) -> list[tuple[SourceRow, str, str]]:
        """Take links to records that come with the same rows out of the values, to be set afterwards."""
        own_links = [entry for entry in self.reader.fields if getattr(entry.kind, "target", "") == self.spec.name]
        if not own_links:
            return []
        titles = {fold(str(row.values.get(self.spec.title, ""))) for row in rows}
        postponed = []
        for entry in own_links:
            for row in rows:
                text = row.values.get(entry.name)
                if text and self.links.resolve(self.spec.name, str(text)) is None and fold(str(text)) in titles:
                    postponed.append((row, entry.name, str(row.values.pop(entry.name))))
        return postponed

    def _set_own_links(self, postponed: Sequence[tuple[SourceRow, str, str]]) -> None:
        """Set the links that had to wait; both records are there now."""
        good = [(row, name, text) for row, name, text in postponed if row.is_good()]
        if not good:
            return
        titled = [SourceRow(row.number, [], {name: text}) for row, name, text in good]
        own = [SourceRow(row.number, [], {name: str(row.values.get(self.spec.title))}) for row, name, _text in good]
        self.links.prepare([*titled, *own], self.context)
        for row, name, text in good:
            record_id = self.links.resolve(self.spec.name, str(row.values.get(self.spec.title)))
            if record_id is not None:
                door.update(self.actor, self.spec, record_id, {name: text}, context=self.context)
            row.values[name] = text

    def _add_options(self, rows: Sequence[SourceRow]) -> None:
        for entry in self.reader.growing_fields:
            fresh = {
                str(part) for row in rows for part in _parts(row.values.get(entry.name)) if isinstance(part, NewOption)
            }
            if not fresh:
                continue
            codes = add_options(self.actor, self.spec.name, entry.name, sorted(fresh))
            for row in rows:
                if entry.name in row.values:
                    row.values[entry.name] = _coded(row.values[entry.name], codes)
            self._reload_spec()

    def _reload_spec(self) -> None:
        """Read the object again after its lists grew; the reader learns the new words on the way."""
        self.spec = spec_for(self.actor.organization, self.task.object_name)
        self.reader = RowReader(self.spec, self.plan, zone=self.actor.time_zone, language=self.actor.language)
        self.matcher = Matcher(self.actor, self.spec, self.plan, self.keys)

    def _write(self, rows: Sequence[SourceRow], matched: Sequence[uuid.UUID | None]) -> None:
        """Create the rows that match no record and do with the others what the plan says."""
        fresh = [row for row, record_id in zip(rows, matched, strict=True) if record_id is None]
        known = [(row, record_id) for row, record_id in zip(rows, matched, strict=True) if record_id is not None]
        self._create(fresh)
        if self.keys is not None:
            # Of two things there that are one record here, the second one's key leads to it as well.
            self.keys.remember(known)
        if self.plan.match == "skip":
            self.task.unchanged += len(known)
            return
        if self.plan.match == "ask":
            for row, record_id in known:
                if not row.is_known:
                    row.errors.append(FieldError("", "duplicate", _("There is such a record already.")))
                    row.values["duplicate_of"] = str(record_id)
            known = [(row, record_id) for row, record_id in known if row.is_known]
        if known:
            self._update(known)

    def _create(self, rows: Sequence[SourceRow]) -> None:
        """Create records; in a lenient run those that are refused are tried again without the values at fault."""
        if not rows:
            return
        ids = [new_id() for _row in rows]
        if self.keys is not None:
            self.context.origins = {pk: origin_of(row) for pk, row in zip(ids, rows, strict=True)}
        outcome = door.create_many(self.actor, self.spec, [row.values for row in rows], context=self.context, ids=ids)
        self.task.created += len(outcome.created)
        again = []
        for position, errors in outcome.rejected.items():
            if self._lets_go(rows[position], errors):
                again.append(rows[position])
            else:
                rows[position].errors.extend(errors)
        if self.keys is not None:
            pairs = enumerate(zip(rows, ids, strict=True))
            self.keys.remember([pair for position, pair in pairs if position not in outcome.rejected])
        self._create(again)

    def _lets_go(self, row: SourceRow, errors: Sequence[FieldError]) -> bool:
        """Take the values at fault out of a row, if the plan allows that and none of them is needed."""
        fields = self.spec.all_fields
        names = {error.field for error in errors}
        if not self.plan.lenient or any(name not in row.values or fields[name].required for name in names):
            return False
        row.lost.extend(errors)
        for name in names:
            del row.values[name]
        return True

    def _update(self, known: Sequence[tuple[SourceRow, uuid.UUID]]) -> None:
        """Update known records; rows of the file that mean the same record are taken one after the other."""
        waiting = list(known)
        while waiting:
            wave: dict[uuid.UUID, SourceRow] = {}
            rest: list[tuple[SourceRow, uuid.UUID]] = []
            for row, record_id in waiting:
                if record_id in wave:
                    rest.append((row, record_id))
                else:
                    wave[record_id] = row
            self._update_wave(wave)
            waiting = rest

    def _update_wave(self, wave: dict[uuid.UUID, SourceRow]) -> None:
        values = {record_id: dict(row.values) for record_id, row in wave.items()}
        if self.plan.keep_filled:
            self._drop_filled(values)
        try:
            with transaction.atomic():
                outcome = door.update_many(self.actor, self.spec, values, context=self.context)
        except DomainError as refusal:
            if len(wave) == 1:
                for row in wave.values():
                    row.errors.append(FieldError("", refusal.code, str(refusal.message)))
                return
            for record_id, row in wave.items():
                self._update_wave({record_id: row})
            return
        self.task.updated += len(outcome.updated)
        self.task.unchanged += len(outcome.unchanged)
        for record_id, errors in outcome.rejected.items():
            if self._lets_go(wave[record_id], errors):
                self._update_wave({record_id: wave[record_id]})
            else:
                wave[record_id].errors.extend(errors)

    def _drop_filled(self, values: dict[uuid.UUID, dict[str, Any]]) -> None:
        records = self.spec.model._default_manager.in_bulk(list(values))  # noqa: SLF001
        for record_id, given in values.items():
            record = records[record_id]
            for name in list(given):
                entry = self.spec.all_fields[name]
                if not entry.kind.is_empty(stored_value(record, entry)):
                    del given[name]

    def _put_aside(self, model: type[RejectedRow | IncompleteRow], rows: Sequence[SourceRow]) -> None:
        columns = {column.field_name: column.column for column in self.plan.columns if column.field_name}
        insert_rows(
            model,
            [
                {
                    "organization_id": self.actor.organization_id,
                    "source_id": self.task.pk,
                    "number": row.number,
                    "cells": [_plain(cell) for cell in row.cells],
                    "errors": [
                        {
                            "field": error.field,
                            "column": columns.get(error.field, ""),
                            "code": error.code,
                            "message": str(error.message),
                            **({"record": row.values["duplicate_of"]} if "duplicate_of" in row.values else {}),
                        }
                        for error in [*row.errors, *row.lost]
                    ],
                }
                for row in rows
            ],
        )


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _coded(value: Any, codes: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [codes.get(str(part), part) if isinstance(part, NewOption) else part for part in value]
    return codes.get(str(value), value) if isinstance(value, NewOption) else value


def _plain(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, (str, int, bool)) else to_json(cell).strip('"')


def work(actor: Actor, import_id: uuid.UUID, path: Path, *, progress: Progress | None = None) -> Import:
    """Carry an import out, or go on where an interrupted run stopped, and return it.

    Each piece of rows is written together with the import's counts in one transaction. Somebody who
    sets the status to ``stopping`` ends it after the current piece. A dry run writes nothing but counts
    and rejected rows. Raises ``OperationalError`` when the database goes away: the import stays running,
    and whoever calls again goes on with it.
    """
    unexpected = _("The import failed unexpectedly. What was imported so far is listed; it can go on.")

    def tell(problem: str) -> None:
        _fail(actor, import_id, problem)

    try:
        with (
            failures_told(tell, unexpected=unexpected, what=f"Import {import_id}", passing=(_Overtaken,)),
            _open(actor, import_id, path) as table,
        ):
            if _begin(actor, import_id):
                run = _dry_run if _is_dry(actor, import_id) else _real_run
                run(actor, import_id, table, progress)
    except _Overtaken:
        logger.warning("Import %s is carried on by another worker.", import_id)
        with organization_scope(actor.organization_id):
            return Import.objects.get(pk=import_id)
    return _finish(actor, import_id)


def _open(actor: Actor, import_id: uuid.UUID, path: Path) -> Table:
    with organization_scope(actor.organization_id):
        plan = ImportPlan.from_json(Import.objects.get(pk=import_id).plan)
    return open_planned(path, plan)


def open_planned(path: Path, plan: ImportPlan) -> Table:
    """Open a file as its plan says."""
    return open_table(
        path,
        sheet=plan.sheet or None,
        encoding=plan.encoding or None,
        separator=plan.separator or None,
        header_row=plan.header_row,
    )


def _begin(actor: Actor, import_id: uuid.UUID) -> bool:
    with organization_scope(actor.organization_id):
        task = Import.objects.select_for_update().get(pk=import_id)
        if task.status not in {ImportStatus.WAITING, ImportStatus.RUNNING, ImportStatus.DRAFT}:
            return False
        task.status = ImportStatus.RUNNING
        task.started_at = task.started_at or now()
        task.problem = ""
        task.save(update_fields=["status", "started_at", "problem"])
    return True


def _is_dry(actor: Actor, import_id: uuid.UUID) -> bool:
    with organization_scope(actor.organization_id):
        return Import.objects.get(pk=import_id).is_dry_run


def _pieces(table: Table, *, skip: int) -> Iterator[list[Row]]:
    rows = islice(table.numbered_rows(), skip, None)
    while piece := list(islice(rows, PIECE_ROWS)):
        yield piece


def _read(run: ImportRun, piece: list[Row]) -> list[SourceRow]:
    return [
        run.reader.read(SourceRow(row.number, row.cells), missing=row.missing, surplus=len(row.surplus))
        for row in piece
    ]


def _real_run(actor: Actor, import_id: uuid.UUID, table: Table, progress: Progress | None) -> None:
    with organization_scope(actor.organization_id):
        run = ImportRun(actor, Import.objects.get(pk=import_id))
    for piece in _pieces(table, skip=run.task.position):
        with organization_scope(actor.organization_id):
            stored = Import.objects.select_for_update().get(pk=import_id)
            if stored.status != ImportStatus.RUNNING:
                return
            if stored.position != run.task.position:
                raise _Overtaken
            # A piece that a power cut takes back is read again, so none needs to wait for the disk.
            _let_commit_without_disk()
            run.take(_read(run, piece))
            run.task.position += len(piece)
            _store(run.task)
        if progress is not None:
            progress(run.task)


def _let_commit_without_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('synchronous_commit', 'off', true)")


def _dry_run(actor: Actor, import_id: uuid.UUID, table: Table, progress: Progress | None) -> None:
    """Try everything in one transaction that is taken back at the end; keep the counts and rejected rows."""
    with organization_scope(actor.organization_id), taken_back(actor) as trial:
        trial(import_id, table, progress)


@contextmanager
def taken_back(actor: Actor) -> Iterator[Callable[[uuid.UUID, Table, Progress | None], None]]:
    """Try imports in one transaction that is taken back at the end; keep their counts and the rows put aside.

    Give each import with its open file to the function; later ones find what earlier ones would have written.
    """
    tried: list[Import] = []

    def trial(import_id: uuid.UUID, table: Table, progress: Progress | None = None) -> None:
        run = ImportRun(actor, Import.objects.get(pk=import_id))
        for piece in _pieces(table, skip=0):
            run.take(_read(run, piece))
            run.task.position += len(piece)
            if progress is not None:
                progress(run.task)
        tried.append(run.task)

    with transaction.atomic():
        yield trial
        models = (RejectedRow, IncompleteRow)
        kept = {model: [dict(row) for row in model.objects.filter(source__in=tried).values()] for model in models}
        transaction.set_rollback(True)
    actor.organization.refresh_from_db(fields=["catalogue_version"])
    for model, rows in kept.items():
        insert_rows(model, rows)
    for task in tried:
        _store(task)


def _store(task: Import) -> None:
    names = ("position", "read", "created", "updated", "unchanged", "rejected", "filled")
    Import.objects.filter(pk=task.pk).update(**{name: getattr(task, name) for name in names})
    notify_live(task.organization_id, {"event": "records-changed", "data": {"object": f"import-{task.pk}"}})


def _fail(actor: Actor, import_id: uuid.UUID, problem: str) -> None:
    with organization_scope(actor.organization_id):
        Import.objects.filter(pk=import_id).update(status=ImportStatus.FAILED, problem=problem, finished_at=now())


def _finish(actor: Actor, import_id: uuid.UUID) -> Import:
    with organization_scope(actor.organization_id):
        task = Import.objects.select_for_update().get(pk=import_id)
        if task.status == ImportStatus.RUNNING:
            task.status = ImportStatus.DONE
            if not task.is_balanced:
                task.status = ImportStatus.FAILED
                task.problem = _("The figures of this import do not add up. Please report this.")
        elif task.status == ImportStatus.STOPPING:
            task.status = ImportStatus.STOPPED
        task.finished_at = task.finished_at or now()
        task.save(update_fields=["status", "problem", "finished_at"])
    return task
