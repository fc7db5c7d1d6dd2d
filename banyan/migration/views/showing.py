"""What the pages of the migration assistant show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.identity.models import User
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import specs_here
from banyan.core.transfer.importing.plan import ImportPlan
from banyan.core.transfer.models import ImportStatus
from banyan.migration.choices import FileState
from banyan.migration.models import Move, MoveTable
from banyan.migration.people import Stages, stages_of
from banyan.migration.queries import file_counts_of
from banyan.migration.services import preparing
from banyan.migration.services.reporting import columns_left_out, incomplete
from banyan.migration.sources import file_of, systems
from banyan.migration.views.frame import system_label, url_of

MOST_PEOPLE, MOST_STAGES, MOST_COLUMNS, MOST_FILES = 200, 100, 12, 10


def draft_context(actor: Actor, move: Move) -> dict[str, Any]:
    """Return what the page before a move shows: tables, people, stages, and what is left out."""
    tables = list(move.tables.select_related("task", "source"))
    shown = [_table(move, table) for table in tables if not table.sets_links]
    # What becomes records first; lists of people and files, and what stays out, stand below.
    shown.sort(key=lambda entry: (entry["is_left_out"], not entry["has_plan"] and not entry["needs_choice"]))
    people = sorted(move.people.items(), key=lambda pair: (bool(pair[1].get("user")), -pair[1].get("rows", 0)))
    named = [(text, entry) for text, entry in people if entry.get("rows")]
    taken = [table for table in tables if table.task is not None and not table.is_left_out and not table.sets_links]
    return {
        "move": move,
        "url": url_of(move),
        "title": system_label(move.system),
        "tables": shown,
        "unassigned": [entry for entry in shown if entry["needs_choice"]],
        "file_problems": [(entry.name, entry.problem) for entry in move.files.filter(problem__gt="")],
        "rows": f"{sum(table.rows for table in taken):,}",
        "table_count": len(taken),
        "people": [
            {"text": text, "name": entry.get("name", text), "email": entry.get("email", ""), "user": entry.get("user", ""),
             "rows": entry.get("rows", 0)}
            for text, entry in named[:MOST_PEOPLE]
        ],
        "strangers": sum(not entry.get("user") for _text, entry in named),
        "users": [(str(pk), name) for pk, name in User.objects.filter(is_active=True).order_by("name").values_list("pk", "name")],
        "stages": _stages(move),
        "stage_choices": stage_choices(stages_of(move)) if move.stages else [],
        "relations": _relations(move, tables),
        "file_counts": file_counts_of(move),
        "lost_files": list(move.attachments.filter(state=FileState.LOST).values("name", "problem")[:MOST_FILES]),
        "match": move.match,
        "matches": [
            ("update", _("Update the record that is there")),
            ("skip", _("Leave it as it is")),
            ("create", _("Create another record")),
        ],
        "objects": [(spec.name, str(spec.label_plural)) for spec in preparing.importable(actor).values()],
        "kinds": kind_choices(actor),
    }  # fmt: skip


def _table(move: Move, table: MoveTable) -> dict[str, Any]:
    spec = specs_here().get(table.object_name)
    left_out = columns_left_out(table)
    label = str(spec.label_plural) if spec else ""
    if table.lists_people:
        label = _("Users, to know who is who")
    elif table.lists_files:
        label = _("Attachments")
    return {
        "id": table.pk,
        "url": f"{url_of(move)}/tables/{table.pk}",
        "name": table.name,
        "file": table.source.name if table.source.name != table.name else "",
        "system": system_label(table.system) if table.system else "",
        "object": label,
        "icon": spec.icon
        if spec
        else "users"
        if table.lists_people
        else "paperclip"
        if table.lists_files
        else "help-circle",
        "rows": f"{table.rows:,}",
        "problem": table.problem,
        "is_left_out": table.is_left_out,
        "has_plan": table.task_id is not None,
        "is_guessed": bool(table.task_id and (file := file_of(table.system, table.kind)) and file.guessed),
        "lists_files": table.lists_files,
        "needs_choice": not (table.object_name or table.lists_people or table.lists_files or table.problem),
        "left_out": left_out[:MOST_COLUMNS],
        "left_out_more": max(0, len(left_out) - MOST_COLUMNS),
    }


def _relations(move: Move, tables: Sequence[MoveTable]) -> list[dict[str, Any]]:
    """Return which columns name rows of another table, with the names of both."""
    names = {str(table.pk): table.name for table in tables}
    return [
        {**entry, "table": names.get(entry["table"], ""), "target": names.get(entry["target"], "")}
        for entry in move.relations
    ]


def _stages(move: Move) -> list[dict[str, Any]]:
    found = sorted(move.stages.items(), key=lambda pair: (bool(pair[1].get("stage")), -pair[1].get("rows", 0)))
    return [
        {"text": text, "stage": entry.get("stage", ""), "rows": entry.get("rows", 0)}
        for text, entry in found[:MOST_STAGES]
        if entry.get("rows")
    ]


def stage_choices(stages: Stages) -> list[tuple[str, str]]:
    """Return our stages, with their pipeline when there are several."""
    several = len({stage.pipeline_id for stage in stages.stages}) > 1
    return [
        (str(stage.pk), f"{stage.pipeline.name} · {stage.name}" if several else stage.name) for stage in stages.stages
    ]


def kind_choices(actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every kind of file of every system, for tables that were not recognised."""
    specs = specs_on(actor.organization)
    groups = []
    for system in systems().values():
        kinds = []
        for file in system.files:
            names = [str(specs[part.object_name].label_plural) for part in file.parts if part.object_name in specs]
            if names or not file.parts:
                into = " + ".join(dict.fromkeys(names)) or _("Users")
                kinds.append((f"{system.name}:{file.kind}", f"{into} ({file.kind})"))
        groups.append((system.label, kinds))
    return groups


def outcome_rows(move: Move, tables: Sequence[MoveTable]) -> list[dict[str, Any]]:
    """Return what became of each table."""
    rows = []
    for table in tables:
        task, spec = table.task, specs_here().get(table.object_name)
        if task is None:
            continue
        rows.append(
            {
                "name": table.name,
                "object": str(spec.label_plural) if spec else table.object_name,
                "second": table.sets_links,
                "state": ImportStatus(task.status).label,
                "url": f"/imports/{task.pk}",
                "read": task.read,
                "created": task.created,
                "updated": task.updated,
                "unchanged": task.unchanged,
                "rejected": task.rejected,
                "incomplete": incomplete(table),
            }
        )
    return rows


def sent_texts(sent: QueryDict, name: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a text and what was chosen for it, as the form sends them."""
    yield from zip(sent.getlist(f"{name}_text"), sent.getlist(f"{name}_choice"), strict=False)


def open_columns(plan: ImportPlan) -> list[str]:
    """Return the columns that go nowhere and are worth a field of their own."""
    return [column.column for column in plan.columns if not column.field_name and column.new_kind]


def used_columns(plan: ImportPlan) -> list[str]:
    """Return the columns without a field of their own that need none: others are made of them, or nobody misses them."""
    return [column.column for column in plan.columns if not column.field_name and not column.new_kind]
