"""What the pages of imports show."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Ability
from banyan.core.objects.kinds import kinds
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.importing import services
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.models import Import, ImportStatus, RejectedRow
from banyan.core.transfer.reading import open_table

SAMPLE_CELLS = 3
SHOWN_ROWS = 25
UNDER_WAY = {ImportStatus.WAITING, ImportStatus.RUNNING, ImportStatus.STOPPING}


def plan_context(actor: Actor, task: Import, spec: ObjectSpec, *, problem: str = "") -> dict[str, Any]:
    """Return what the page before an import shows: each column with samples and the field it goes to."""
    plan = ImportPlan.from_json(task.plan)
    samples = _samples(task, plan)
    columns = [
        {
            "position": position,
            "name": column.column,
            "samples": samples[position],
            "field": column.field_name,
            "new_kind": str(kinds[column.new_kind].label) if column.new_kind in kinds else "",
            "is_sure": column.confidence >= 0.9,
        }
        for position, column in enumerate(plan.columns)
    ]
    return {
        "task": task,
        "spec": spec,
        "columns": columns,
        "fields": [(entry.name, str(entry.label), entry.required) for entry in spec.writable_fields.values()],
        "may_add_fields": actor.has(Ability.CUSTOMISE),
        "match": plan.match,
        "matches": [
            ("update", _("Update the record that is there")),
            ("skip", _("Leave the row out")),
            ("create", _("Create another record")),
            ("ask", _("Ask me, row by row")),
        ],
        "keep_filled": plan.keep_filled,
        "problem": problem,
    }


def _samples(task: Import, plan: ImportPlan) -> list[list[str]]:
    if task.file is None:
        return [[] for _column in plan.columns]
    with (
        services.local_copy(task.file) as path,
        open_table(path, sheet=plan.sheet or None, encoding=plan.encoding or None) as table,
    ):
        return [[str(cell)[:60] for cell in cells[:SAMPLE_CELLS]] for cells in table.column_samples(limit=50)]


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
        "status": str(ImportStatus(task.status).label),
        "columns": [column.column for column in plan.columns],
        "filled": [(names.get(name, name), count) for name, count in sorted(task.filled.items())],
        "rejected": rejected,
        "more_rejected": max(0, task.rejected - SHOWN_ROWS),
        "may_undo": not task.is_dry_run
        and task.status in {ImportStatus.DONE, ImportStatus.STOPPED, ImportStatus.FAILED}
        and bool(task.created or task.updated),
        "may_go_on": task.is_dry_run or task.status in {ImportStatus.STOPPED, ImportStatus.FAILED},
        "seconds": round(task.seconds, 1),
    }
