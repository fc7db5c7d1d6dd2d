"""What people do with imports: begin, change the plan, start, stop, mend rows, undo."""

from __future__ import annotations

import csv
import hashlib
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, TextIO

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Ability, Action
from banyan.core.files import storage
from banyan.core.files.contents import safe_name
from banyan.core.files.models import File
from banyan.core.files.services import moment_of_scan
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Missing
from banyan.core.kernel.ids import new_id
from banyan.core.objects.customising import FieldDraft, create_custom_field
from banyan.core.objects.registry import spec_for
from banyan.core.records.storage import chunks
from banyan.core.records.undo import Undone, undo
from banyan.core.transfer.cells import Cell
from banyan.core.transfer.formulas import escaped
from banyan.core.transfer.importing.engine import PIECE_ROWS, ImportRun
from banyan.core.transfer.importing.matching import Matcher
from banyan.core.transfer.importing.plan import ImportPlan, possible_names, propose_plan, remember
from banyan.core.transfer.importing.values import SourceRow
from banyan.core.transfer.models import Import, ImportStatus, IncompleteRow, RejectedRow
from banyan.core.transfer.reading import open_table


def begin(actor: Actor, *, object_name: str, path: Path, file_name: str, file: File | None = None) -> Import:
    """Look at a file, propose a plan, and return the import as a draft.

    Raises ``NotAllowed``, or ``Refused`` when the file cannot be read as a table.
    """
    spec = spec_for(actor.organization, object_name)
    require(actor, spec, Action.IMPORT)
    with open_table(path) as table:
        plan = propose_plan(actor, spec, table)
        return Import.objects.create(
            organization_id=actor.organization_id,
            object_name=object_name,
            file=file,
            file_name=file_name[:255],
            plan=plan.to_json(),
            estimated_rows=table.estimated_rows,
            started_by_id=actor.user_id,
        )


def find(actor: Actor, import_id: uuid.UUID) -> Import:
    """Return one's own import, or anybody's for those who manage the organization; raise ``Missing``."""
    task = Import.objects.filter(pk=import_id).first()
    if task is None or (task.started_by_id != actor.user_id and not actor.has(Ability.MANAGE_ORGANIZATION)):
        raise Missing("not_found", _("There is no such import."))
    return task


@transaction.atomic
def set_plan(actor: Actor, task: Import, plan: ImportPlan) -> Import:
    """Change the plan of an import that has not begun; raise ``Conflict`` or ``Invalid``."""
    if task.status != ImportStatus.DRAFT:
        raise Conflict("import_begun", _("This import has begun already."))
    spec = spec_for(actor.organization, task.object_name)
    chosen = [column.field_name for column in plan.columns if column.field_name]
    possible = possible_names(spec, plan)
    errors = [
        FieldError(name, "unknown_field", _("There is no field “%(name)s”.") % {"name": name})
        for name in chosen
        if name not in possible
    ]
    errors += [
        FieldError(name, "repeated_field", _("Two columns cannot fill the same field."))
        for name in {name for name in chosen if chosen.count(name) > 1}
    ]
    if errors:
        raise Invalid(errors)
    task.plan = plan.to_json()
    task.save(update_fields=["plan"])
    return task


@transaction.atomic
def read_again(actor: Actor, task: Import, path: Path, *, sheet: str = "", encoding: str = "") -> Import:
    """Read a file anew by another sheet or encoding, and propose the plan that fits; what was chosen is forgotten.

    Raises ``Conflict`` when the import has begun, ``Refused`` when the file cannot be read so.
    """
    if task.status != ImportStatus.DRAFT:
        raise Conflict("import_begun", _("This import has begun already."))
    spec = spec_for(actor.organization, task.object_name)
    with open_table(path, sheet=sheet or None, encoding=encoding or None) as table:
        task.plan = propose_plan(actor, spec, table).to_json()
        task.estimated_rows = table.estimated_rows
    task.save(update_fields=["plan", "estimated_rows"])
    return task


@transaction.atomic
def create_fields(actor: Actor, task: Import, *, columns: Sequence[str] | None = None) -> ImportPlan:
    """Make custom fields for columns that have no field yet (all of them without ``columns``); return the plan."""
    plan = ImportPlan.from_json(task.plan)
    for column in plan.columns:
        is_wanted = bool(column.new_kind) if columns is None else column.column in columns
        if column.field_name or not is_wanted:
            continue
        labels = {"zh": column.column, "en": column.column}
        draft = FieldDraft(column.new_kind or "text", labels, options=column.new_options)
        column.field_name = create_custom_field(actor, task.object_name, draft).name
    task.plan = plan.to_json()
    task.save(update_fields=["plan"])
    return plan


@transaction.atomic
def make_ready(actor: Actor, task: Import, *, is_dry_run: bool = False) -> Import:
    """Let an import start (again): a draft, a dry run for real, or one that stopped or failed on the way."""
    task = Import.objects.select_for_update().get(pk=task.pk)
    if task.status in {ImportStatus.WAITING, ImportStatus.RUNNING, ImportStatus.STOPPING, ImportStatus.UNDONE}:
        raise Conflict("import_begun", _("This import is running already."))
    if task.status == ImportStatus.DONE and not task.is_dry_run:
        raise Conflict("import_done", _("This import is done already."))
    if task.is_dry_run or is_dry_run or task.status == ImportStatus.DRAFT:
        RejectedRow.objects.filter(source=task).delete()
        IncompleteRow.objects.filter(source=task).delete()
        task.position = task.read = task.created = task.updated = task.unchanged = task.rejected = 0
        task.filled, task.started_at = {}, None
    task.is_dry_run = is_dry_run
    task.status, task.finished_at, task.problem = ImportStatus.WAITING, None, ""
    task.save()
    spec = spec_for(actor.organization, task.object_name)
    if not is_dry_run:
        # A trial may show that the plan was wrong; the next file of its kind shall not inherit that.
        remember(actor, spec, ImportPlan.from_json(task.plan))
    return task


def stop(task: Import) -> None:
    """Ask a running import to stop after its current piece; it can go on later."""
    Import.objects.filter(pk=task.pk, status__in=[ImportStatus.WAITING, ImportStatus.RUNNING]).update(
        status=ImportStatus.STOPPING
    )


@transaction.atomic
def mend_row(actor: Actor, task: Import, row_id: uuid.UUID, cells: Sequence[Cell], *, match: str = "") -> Import:
    """Try a rejected row again with cells that somebody corrected; ``match`` decides about a duplicate.

    A row that is still wrong is put aside again with the corrected cells. Raises ``Missing``, or
    ``Conflict`` while the import runs and after a mere trial.
    """
    task = _locked_for_mending(task)
    rejected = RejectedRow.objects.select_for_update().filter(pk=row_id, source=task).first()
    if rejected is None:
        raise Missing("not_found", _("This row was mended already."))
    rejected.cells = list(cells)
    _take_again(actor, task, [rejected], match=match)
    return task


@transaction.atomic
def mend_all(actor: Actor, task: Import, *, match: str = "") -> Import:
    """Try all rejected rows again as they are: after a field, a list or a record was changed that they needed.

    ``match`` decides about rows whose record is there already. Raises ``Conflict`` as ``mend_row`` does.
    """
    task = _locked_for_mending(task)
    rejected = list(RejectedRow.objects.select_for_update().filter(source=task).order_by("number"))
    for part in chunks(rejected, PIECE_ROWS):
        _take_again(actor, task, part, match=match)
    return task


def _locked_for_mending(task: Import) -> Import:
    task = Import.objects.select_for_update().get(pk=task.pk)
    if task.is_dry_run or task.status not in {ImportStatus.DONE, ImportStatus.STOPPED, ImportStatus.FAILED}:
        raise Conflict("not_mendable", _("Rows are mended after an import, not while it runs or after a trial."))
    return task


def _take_again(actor: Actor, task: Import, rejected: Sequence[RejectedRow], *, match: str) -> None:
    """Work off rows that were put aside; what is still wrong with them is noted anew."""
    # Whoever takes rows again has read what was said of them: warnings are overridden.
    run = ImportRun(actor.confirming("true"), task)
    if match:
        run.plan.match = match
        run.matcher = Matcher(run.actor, run.spec, run.plan, run.keys)
    rows = [run.reader.read(SourceRow(row.number, list(row.cells))) for row in rejected]
    RejectedRow.objects.filter(pk__in=[row.pk for row in rejected]).delete()
    task.rejected -= len(rows)
    task.read -= len(rows)
    run.take(rows)
    names = ("read", "created", "updated", "unchanged", "rejected", "filled")
    Import.objects.filter(pk=task.pk).update(**{name: getattr(task, name) for name in names})


@transaction.atomic
def undo_import(actor: Actor, task: Import) -> Undone:
    """Take a whole import back: created records go to the recycle bin, updated ones get their old values."""
    task = Import.objects.select_for_update().get(pk=task.pk)
    if task.status not in {ImportStatus.DONE, ImportStatus.STOPPED, ImportStatus.FAILED} or task.is_dry_run:
        raise Conflict("nothing_to_undo", _("This import has changed nothing, or is still running."))
    result = undo(actor, task.batch_id)
    task.status = ImportStatus.UNDONE
    task.save(update_fields=["status"])
    return result


def write_errors(task: Import, target: TextIO) -> int:
    """Write the rejected rows as CSV with their numbers and reasons, and return how many there are.

    Cells that a spreadsheet would run as a formula get an apostrophe in front.
    """
    plan = ImportPlan.from_json(task.plan)
    writer = csv.writer(target)
    writer.writerow([_("Row"), *(column.column for column in plan.columns), _("Problem")])
    count = 0
    for row in RejectedRow.objects.filter(source=task).order_by("number").iterator(1_000):
        cells = [escaped(cell) if isinstance(cell, str) else cell for cell in row.cells]
        writer.writerow([row.number, *cells, problems_of(row.errors)])
        count += 1
    return count


def problems_of(errors: Sequence[Mapping[str, Any]]) -> str:
    """Return the errors of a row in one line for people."""
    return "; ".join(f"{e['column']}: {e['message']}" if e.get("column") else str(e["message"]) for e in errors)


def keep_file(actor: Actor, upload: Any) -> File:
    """Store a file that is to be imported, whatever its size, and return it.

    It is never shown in a browser, only read as a table, so pages named ``.xls`` are welcome too.
    """
    scanned_at = moment_of_scan(safe_name(upload.name or "file"), upload)
    file_id = new_id()
    key = storage.key_of(actor.organization_id, file_id)
    digest = hashlib.sha256()
    for piece in upload.chunks():
        digest.update(piece)
    upload.seek(0)
    storage.write(key, upload.file)
    return File.objects.create(
        id=file_id,
        organization_id=actor.organization_id,
        name=safe_name(upload.name or "file"),
        key=key,
        content_type="application/octet-stream",
        size=upload.size or 0,
        sha256=digest.hexdigest(),
        uploaded_by_id=actor.user_id,
        scanned_at=scanned_at,
    )


def as_source(upload: Any) -> Path | BytesIO:
    """Return an upload as ``readable_copy`` takes it: its path when it lies on disk, else its bytes."""
    if isinstance(upload, TemporaryUploadedFile):
        return Path(upload.temporary_file_path())
    return BytesIO(upload.read())


@contextmanager
def readable_copy(source: Path | BytesIO, name: str) -> Iterator[Path]:
    """Give an uploaded file as a path for the time of the block; one that lies on disk is not copied."""
    if isinstance(source, Path):
        yield source
        return
    with tempfile.NamedTemporaryFile(prefix="banyan-import-", suffix=Path(name).suffix[:10]) as copy:
        copy.write(source.getbuffer())
        copy.flush()
        yield Path(copy.name)


@contextmanager
def local_copy(file: File) -> Iterator[Path]:
    """Give a stored file as a path for the time of the block; the ending stays, readers may look at it."""
    suffix = Path(file.name).suffix[:10]
    with tempfile.NamedTemporaryFile(prefix="banyan-import-", suffix=suffix) as copy:
        for piece in storage.read(file.key):
            copy.write(piece)
        copy.flush()
        yield Path(copy.name)
