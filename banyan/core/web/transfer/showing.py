"""What the pages of imports show."""

from __future__ import annotations

from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.jobs.status import is_worker_alive
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.importing import services
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.models import Import, ImportStatus, RejectedRow

SHOWN_ROWS = 25
UNDER_WAY = {ImportStatus.WAITING, ImportStatus.RUNNING, ImportStatus.STOPPING}


def outcome_context(actor: Actor, task: Import, spec: ObjectSpec) -> dict[str, Any]:
    """Return what the page of an import shows once it has begun: progress, balance, rows to mend."""
    plan = ImportPlan.from_json(task.plan)
    names = {column.field_name: column.column for column in plan.columns if column.field_name}
    rejected = [
        {
            "id": row.pk,
            "number": row.number,
            "problem": services.problems_of(row.errors),
            "is_duplicate": any(error["code"] == "duplicate" for error in row.errors),
            "bad": {error.get("column") for error in row.errors},
            "cells": list(row.cells),
        }
        for row in RejectedRow.objects.filter(source=task)[:SHOWN_ROWS]
    ]
    return {
        "task": task,
        "spec": spec,
        "is_under_way": task.status in UNDER_WAY,
        "is_waiting_for_worker": task.status == ImportStatus.WAITING and not is_worker_alive(),
        "status": str(ImportStatus(task.status).label),
        "columns": [column.column for column in plan.columns],
        "filled": [(names.get(name, name), count) for name, count in sorted(task.filled.items())],
        "rejected": rejected,
        "more_rejected": max(0, task.rejected - SHOWN_ROWS),
        "may_undo": not task.is_dry_run
        and task.status in {ImportStatus.DONE, ImportStatus.STOPPED, ImportStatus.FAILED}
        and bool(task.created or task.updated),
        "may_go_on": task.status not in UNDER_WAY
        and (task.is_dry_run or task.status in {ImportStatus.STOPPED, ImportStatus.FAILED}),
        "may_mend": not task.is_dry_run
        and task.status in {ImportStatus.DONE, ImportStatus.STOPPED, ImportStatus.FAILED},
        "has_duplicates": any(row["is_duplicate"] for row in rejected),
        "seconds": round(task.seconds, 1),
    }
