"""Moves by programs: deliver files, follow the progress, read what did not fit, stop, take back."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import MULTIPART, NO_BODY, Operation, Reply, Route, register_route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.migration.jobs import start
from banyan.migration.models import Move
from banyan.migration.people import people_of, stages_of
from banyan.migration.queries import COUNTS, FILE_COUNTS, counts_of, file_counts_of
from banyan.migration.services import correcting, delivering, finding, preparing, running
from banyan.migration.services.reporting import write_report
from banyan.migration.sources import PLAIN, systems

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIGURES: dict[str, Any] = {name: {"type": "integer"} for name in (*COUNTS, "incomplete", *FILE_COUNTS)}
_MOVE = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "source": {"type": "string"},
        "status": {"type": "string"},
        "dry_run": {"type": "boolean"},
        "problem": {"type": "string"},
        **_FIGURES,
        "tables": {"type": "array", "items": {"type": "object"}},
    },
}


def begin_move(call: Call) -> Answer:
    """Take files, and carry the move out in the background as it was understood."""
    call.allow_only(())
    form, uploads = call.request.POST, call.request.FILES.getlist("files")
    if not uploads:
        message = _("Send the files in the field “files” of a multipart form.")
        raise Invalid([FieldError("files", "required", message)])
    with delivering.deliveries(uploads) as files:
        move = delivering.begin(call.actor, files, system=form.get("source", delivering.AUTO))
    if form.get("match") in correcting.MATCHES:
        move.match = form["match"]
        move.save(update_fields=["match"])
        preparing.store_mappings(move, people_of(move), stages_of(move))
    is_dry_run = form.get("dry_run", "").strip().lower() in {"true", "1", "on", "yes"}
    move = start(call.actor, move, is_dry_run=is_dry_run)
    return Answer(_shown(move), status=202, headers={"Location": f"/api/v1/migrations/{move.pk}"})


def show_move(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with how far a move is and its figures."""
    call.allow_only(())
    return Answer(_shown(finding.find(call.actor, id)))


def show_report(call: Call, id: uuid.UUID) -> HttpResponse:  # noqa: A002 the placeholder's name
    """Answer with the workbook of what did not fit."""
    call.allow_only(())
    move = finding.find(call.actor, id)
    with tempfile.TemporaryDirectory(prefix="banyan-move-") as folder:
        path = Path(folder) / "report.xlsx"
        write_report(move, path)
        return HttpResponse(path.read_bytes(), content_type=WORKBOOK)


def stop_move(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Ask a running move to stop."""
    call.allow_only(())
    move = finding.find(call.actor, id)
    running.stop(call.actor, move)
    move.refresh_from_db()
    return Answer(_shown(move))


def undo_move(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Take a whole move back."""
    call.allow_only(())
    undone = running.undo(call.actor, finding.find(call.actor, id))
    return Answer({"undone": undone.records, "files": undone.files, "conflicts": undone.conflicts})


def _shown(move: Move) -> dict[str, Any]:
    tables = running.tables_of(move)
    return {
        "id": move.pk,
        "source": move.system,
        "status": move.state,
        "dry_run": move.is_dry_run,
        "problem": move.problem,
        **counts_of(tables),
        **file_counts_of(move),
        "tables": [
            {
                "name": table.name,
                "object": table.object_name,
                **{name: getattr(table.task, name) for name in COUNTS},
            }
            for table in tables
        ],
    }


def _body() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
            "source": {"type": "string", "enum": [delivering.AUTO, PLAIN, *systems()]},
            "match": {"type": "string", "enum": list(correcting.MATCHES)},
            "dry_run": {"type": "boolean"},
        },
        "required": ["files"],
    }


def _operation(name: str, summary: str, reply: Reply, status: int = 200, **more: Any) -> Operation:
    return Operation(id=name, summary=summary, tag=_("Imports"), replies={status: reply}, **more)


ROUTES = (
    Route("POST", "/migrations", begin_move, lambda: _operation(
        "begin_migration", _("Move in from another system"),
        Reply(_("The move, which runs in the background."), _MOVE), 202,
        body=_body(), problems=(400, 409, 413, 415, 422)), consumes=MULTIPART),
    Route("GET", "/migrations/{id}", show_move, lambda: _operation(
        "show_migration", _("Show a move"), Reply(_("Its progress and balance."), _MOVE))),
    Route("GET", "/migrations/{id}/report", show_report, lambda: _operation(
        "show_migration_report", _("Read what did not fit"), Reply(_("The rows and values as a workbook.")))),
    Route("POST", "/migrations/{id}/stop", stop_move, lambda: _operation(
        "stop_migration", _("Stop a move"), Reply(_("The move."), _MOVE)), consumes=NO_BODY),
    Route("POST", "/migrations/{id}/undo", undo_move, lambda: _operation(
        "undo_migration", _("Undo a move"), Reply(_("How many records went back."), {"type": "object"}),
        problems=(409,)), consumes=NO_BODY),
)  # fmt: skip


def register() -> None:
    """Add the paths of moves."""
    for route in ROUTES:
        register_route(route)
