"""The files of a move in the store: kept as they came and as they were prepared, opened, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.core.files import File as Upload
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.files import storage
from banyan.core.files.models import File
from banyan.core.kernel.errors import Missing
from banyan.core.transfer.importing import services as imports
from banyan.core.transfer.importing.engine import open_planned
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.models import Import
from banyan.migration.models import MoveFile, MoveTable


def at_hand(source: MoveFile, paths: Mapping[Any, Path]) -> AbstractContextManager[Path]:
    """Give a delivered file as a path for the time of the block; it is fetched from the store unless it lies at hand."""
    path = paths.get(source.pk)
    return imports.local_copy(source.file) if path is None else imports.readable_copy(path, "")


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
