"""What pages and programs show of a move."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count

from banyan.core.transfer.models import Import, IncompleteRow
from banyan.migration.choices import FileState
from banyan.migration.models import Move, MoveTable

COUNTS = ("read", "created", "updated", "unchanged", "rejected")
FILE_COUNTS = ("files", "files_waiting", "files_lost")


def counts_of(tables: Sequence[MoveTable]) -> dict[str, int]:
    """Return the figures of a whole move: rows read, created, updated, unchanged, put aside, incomplete."""
    tasks = [table.task for table in tables if table.task is not None]
    total = {name: sum(getattr(task, name) for task in tasks) for name in COUNTS}
    ids = [task.pk for task in tasks]
    return {**total, "incomplete": IncompleteRow.objects.filter(source__in=ids).count()}


def file_counts_of(move: Move) -> dict[str, int]:
    """Return how many files were attached to records, or are there already, how many wait, and how many were not."""
    by_state = dict(move.attachments.order_by().values_list("state").annotate(Count("pk")))
    attached = by_state.get(FileState.ATTACHED, 0) + by_state.get(FileState.THERE, 0)
    return {
        "files": attached,
        "files_waiting": by_state.get(FileState.WAITING, 0),
        "files_lost": by_state.get(FileState.LOST, 0),
    }


def progress_of(move: Move, tables: Sequence[MoveTable]) -> tuple[int, int]:
    """Return how many rows and files are worked off, and of how many."""
    tasks: list[Import] = [table.task for table in tables if table.task is not None]
    files = file_counts_of(move)
    worked_off = sum(task.position for task in tasks) + files["files"] + files["files_lost"]
    total = sum(max(task.estimated_rows, task.position) for task in tasks) + sum(files.values())
    return worked_off, total


def title_of(move: Move) -> str:
    """Return the names of the delivered files in one line."""
    names = list(move.files.values_list("name", flat=True)[:4])
    more = move.files.count() - len(names[:3])
    return ", ".join(names[:3]) + (f" +{more}" if more > 0 and len(names) > 3 else "")
