"""Attaching the files of an export to the records that theirs became: piece by piece, through the door of files."""

from __future__ import annotations

import base64
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.core.files import File as Upload
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.files import services as files
from banyan.core.files.models import Attachment
from banyan.core.kernel.errors import DomainError, Refused
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.registry import specs_here
from banyan.core.records.storage import chunks
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.importing.source_keys import Target, records_behind
from banyan.core.transfer.parsing.dates import parse_datetime
from banyan.core.transfer.parsing.unreadable import Unreadable
from banyan.migration.choices import FileState
from banyan.migration.models import Move, MoveAttachment, MoveFile, MoveTable
from banyan.migration.people import people_of
from banyan.migration.services.keeping import at_hand
from banyan.migration.sources import file_of, folded
from banyan.migration.staging import written
from banyan.migration.uploads import opened

PIECE_FILES = 20
RESULT = ("state", "problem", "attachment")
#: The id of an attachment, what would become of it, and why not.
Tried = tuple[uuid.UUID, str, str]


class _Contents:
    """The contents of attachments: archives and tables stay open while rows ask for them in their order."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._open: tuple[Any, Any] = (None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    @contextmanager
    def upload(self, row: MoveAttachment) -> Iterator[Upload]:
        """Give the content of a row as a file for the time of the block; raise ``Refused`` when it is damaged."""
        with tempfile.NamedTemporaryFile(prefix="banyan-move-") as copy:
            try:
                for piece in self._pieces(row):
                    copy.write(piece)
            except (zipfile.BadZipFile, KeyError, EOFError, OSError, ValueError, StopIteration) as error:
                raise Refused(
                    "move.broken_file", _("The content of this file is damaged."), reason=str(error)
                ) from None
            copy.flush()
            yield Upload(copy, name=row.name)

    def _pieces(self, row: MoveAttachment) -> Iterator[bytes]:
        if row.row is not None and row.table is not None:
            yield base64.b64decode(self._cell(row.table, row.row))
        elif (source := row.source) is not None and row.member:
            archive: zipfile.ZipFile = self._opened(("archive", source.pk), lambda: self._archive(source))
            with archive.open(row.member) as content:
                yield from iter(lambda: content.read(1 << 20), b"")
        elif source is not None:
            with at_hand(source, {}) as path, path.open("rb") as content:
                yield from iter(lambda: content.read(1 << 20), b"")

    def _opened(self, name: tuple[str, Any], open_it: Callable[[], Any]) -> Any:
        if self._open[0] != name:
            self._stack.close()
            self._open = (name, open_it())
        return self._open[1]

    def _archive(self, source: MoveFile) -> zipfile.ZipFile:
        return self._stack.enter_context(zipfile.ZipFile(self._stack.enter_context(at_hand(source, {}))))

    def _cell(self, table: MoveTable, number: int) -> str:
        """Return the content that stands in a row of a list; rows are asked for from the top."""
        state = self._opened(("table", table.pk), lambda: {"rows": self._cells(table), "next": 0})
        text = next(islice(state["rows"], number - state["next"], None))
        state["next"] = number + 1
        return str(text)

    def _cells(self, table: MoveTable) -> Iterator[str]:
        file = file_of(table.system, table.kind)
        path: Path = self._stack.enter_context(at_hand(table.source, {}))
        found = self._stack.enter_context(opened(path, table.member, table.sheet))
        headings = file.attachments.content if file and file.attachments else ()
        places = {folded(name): position for position, name in reversed(list(enumerate(found.columns)))}
        place = next((places[heading] for heading in headings if heading in places), None)
        if place is None:
            raise KeyError(headings)
        return (written(cells[place]) for _number, cells in found.rows)


def attach_all(actor: Actor, move_id: uuid.UUID, *, may_go_on: Callable[[], bool]) -> None:
    """Attach what waits, a few files in each transaction; a run that was interrupted goes on where it stopped."""
    with _Contents() as contents:
        while may_go_on():
            with organization_scope(actor.organization_id):
                rows = list(_waiting(move_id)[:PIECE_FILES])
                if not rows:
                    return
                _work_off(actor, Move.objects.get(pk=move_id), rows, contents, is_trial=False)
                MoveAttachment.objects.bulk_update(rows, RESULT)


def try_all(actor: Actor, move: Move) -> list[Tried]:
    """Return what would become of each attachment; nothing is stored. Call it while the records of the trial are there."""
    tried: list[Tried] = []
    with _Contents() as contents:
        rows = _waiting(move.pk).iterator(chunk_size=1_000)
        while piece := list(islice(rows, PIECE_FILES)):
            _work_off(actor, move, piece, contents, is_trial=True)
            tried += [(row.pk, row.state, row.problem) for row in piece]
    return tried


def keep_results(tried: Sequence[Tried]) -> None:
    """Keep what a trial found."""
    for part in chunks(tried, 1_000):
        rows = [MoveAttachment(pk=pk, state=state, problem=problem) for pk, state, problem in part]
        MoveAttachment.objects.bulk_update(rows, ("state", "problem"))


def wait_again(move: Move) -> None:
    """Let attachments wait for a run as they did before a trial; what has no content stays as it is."""
    rows = move.attachments.exclude(source=None, row=None)
    rows.update(state=FileState.WAITING, problem="", attachment=None)


def detach_all(actor: Actor, move: Move) -> int:
    """Take the files of a move off their records and return how many; what somebody removed already stays so."""
    count = 0
    rows = move.attachments.filter(state=FileState.ATTACHED, attachment__deleted_at=None)
    for pk in rows.values_list("attachment_id", flat=True).iterator(chunk_size=1_000):
        try:
            files.detach(actor, pk)
            count += 1
        except DomainError:
            continue  # its record is gone: the file went with it
    move.attachments.filter(state__in=[FileState.ATTACHED, FileState.THERE]).update(state=FileState.UNDONE)
    return count


def _waiting(move_id: uuid.UUID) -> Any:
    rows = MoveAttachment.objects.filter(move=move_id, state=FileState.WAITING)
    return rows.select_related("table__source__file", "source__file").order_by("source", "table", "row", "id")


def _work_off(actor: Actor, move: Move, rows: Sequence[MoveAttachment], contents: _Contents, *, is_trial: bool) -> None:
    users = people_of(move).values()
    targets = _targets(actor, move, rows)
    for row in rows:
        target = targets.get(row.pk)
        if target is None:
            row.state, row.problem = FileState.LOST, _homeless(row)
            continue
        try:
            with transaction.atomic(), contents.upload(row) as upload:
                row.state, row.attachment = _attach(actor, row, target, upload, users, is_trial=is_trial)
        except DomainError as refusal:
            row.state, row.problem = FileState.LOST, str(refusal.message)


def _homeless(row: MoveAttachment) -> str:
    if row.table is None:
        return _("No list says to which record it belongs, and no folder is called as one of them.")
    shown = ", ".join(row.keys)[:60]
    return _("The record “%(key)s” that it belongs to was not taken over.") % {"key": shown} if shown else _("The list does not say to which record it belongs.")  # fmt: skip


def _targets(actor: Actor, move: Move, rows: Sequence[MoveAttachment]) -> dict[Any, Target]:
    """Return the record that each attachment belongs to; what has no page of its own gives way to what it is part of."""
    asked: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for row in rows:
        asked.setdefault(_asked(move, row), set()).update(row.keys)
    behind = {where: records_behind(actor, *where, keys) for where, keys in asked.items()}
    found = {}
    for row in rows:
        known = behind[_asked(move, row)]
        target = next((known[key] for key in row.keys if key in known), None)
        if target is not None:
            found[row.pk] = _with_page(target)
    return found


def _asked(move: Move, row: MoveAttachment) -> tuple[str, tuple[str, ...]]:
    return row.table.system if row.table else move.system, tuple(row.kinds)


def _with_page(target: Target) -> Target:
    spec = specs_here()[target[0]]
    if spec.has_page or not spec.inherits_from:
        return target
    parent = spec.model._default_manager.filter(pk=target[1]).values_list(f"{spec.inherits_from}_id", flat=True)  # noqa: SLF001
    return spec.inherits_from, parent[0]


def _attach(
    actor: Actor, row: MoveAttachment, target: Target, upload: Upload, users: Mapping[str, str], *, is_trial: bool
) -> tuple[FileState, Attachment | None]:
    object_name, record_id = target
    name, _type = files.checked(upload)
    same = Attachment.objects.filter(about=reference_to(*target), file__name=name, deleted_at=None)
    if same.filter(file__sha256=files.digest_of(upload)).exists():
        return FileState.THERE, None
    if is_trial:
        return FileState.ATTACHED, None
    author = users.get(row.author, "")
    attachment = files.attach(
        actor, object_name=object_name, record_id=record_id, upload=upload,
        attached_at=_moment(actor, row.created), attached_by_id=uuid.UUID(author) if author else None,
    )  # fmt: skip
    return FileState.ATTACHED, attachment


def _moment(actor: Actor, text: str) -> datetime | None:
    try:
        return parse_datetime(text, zone=ZoneInfo(actor.time_zone)) if text else None
    except Unreadable:
        return None
