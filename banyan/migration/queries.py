"""What pages and programs show of a move."""

from __future__ import annotations

from collections.abc import Sequence

from banyan.core.transfer.models import Import, IncompleteRow
from banyan.migration.models import Move, MoveTable

COUNTS = ("read", "created", "updated", "unchanged", "rejected")


def counts_of(tables: Sequence[MoveTable]) -> dict[str, int]:
    """Return the figures of a whole move: rows read, created, updated, unchanged, put aside, incomplete."""
    tasks = [table.task for table in tables if table.task is not None]
    total = {name: sum(getattr(task, name) for task in tasks) for name in COUNTS}
    ids = [task.pk for task in tasks]
    return {**total, "incomplete": IncompleteRow.objects.filter(source__in=ids).count()}


def progress_of(tables: Sequence[MoveTable]) -> tuple[int, int]:
    """Return how many rows are worked off, and of how many."""
    tasks: list[Import] = [table.task for table in tables if table.task is not None]
    return sum(task.position for task in tasks), sum(max(task.estimated_rows, task.position) for task in tasks)


def title_of(move: Move) -> str:
    """Return the names of the delivered files in one line."""
    names = list(move.files.values_list("name", flat=True)[:4])
    more = move.files.count() - len(names[:3])
    return ", ".join(names[:3]) + (f" +{more}" if more > 0 and len(names) > 3 else "")
