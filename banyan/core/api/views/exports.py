"""Exports of everything by programs: ask for one, follow it, take it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import NO_BODY, Operation, Reply, Route
from banyan.core.jobs.models import JobRun
from banyan.core.transfer.everything import services
from banyan.core.transfer.jobs import start_export

_EXPORT = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "state": {"type": "string", "enum": ["waiting", "running", "done", "failed"]},
        "step": {"type": "string"},
        **{name: {"type": "integer"} for name in ("done", "total")},
        "outcome": {"type": "object"},
        "problem": {"type": "string"},
        "asked_at": {"type": "string", "format": "date-time"},
        "ended_at": {"type": ["string", "null"], "format": "date-time"},
    },
}
_ADDRESS = "/api/v1/exports/everything"


def list_exports(call: Call) -> Answer:
    """Answer with the exports of everything that are kept, newest first."""
    call.allow_only(())
    return Answer({"items": [_shown(run) for run in services.exports_of(call.actor)]})


def begin_export(call: Call) -> Answer:
    """Export everything in the background."""
    call.allow_only(())
    run = start_export(call.actor)
    return Answer(_shown(run), status=202, headers={"Location": f"{_ADDRESS}/{run.pk}"})


def show_export(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with how far an export is."""
    call.allow_only(())
    return Answer(_shown(services.find(call.actor, id)))


def read_export(call: Call, id: uuid.UUID) -> StreamingHttpResponse:  # noqa: A002 the placeholder's name
    """Answer with the ZIP file."""
    call.allow_only(())
    run = services.find(call.actor, id)
    response = StreamingHttpResponse(services.content_of(call.actor, run), content_type="application/zip")
    response["Content-Length"] = str(run.outcome["size"])
    response["Content-Disposition"] = str(content_disposition_header(True, services.file_name(run)))
    return response


def delete_export(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Delete an export and its file."""
    call.allow_only(())
    services.delete(call.actor, services.find(call.actor, id))
    return Answer(status=204)


def _shown(run: JobRun) -> dict[str, Any]:
    names = ("state", "step", "done", "total", "outcome", "problem", "asked_at", "ended_at")
    return {"id": run.pk, **{name: getattr(run, name) for name in names}}


def _operation(name: str, summary: str, reply: Reply, status: int = 200, **more: Any) -> Operation:
    return Operation(id=name, summary=summary, tag=_("Exports"), replies={status: reply}, **more)


ROUTES = (
    Route("GET", "/exports/everything", list_exports, lambda: _operation(
        "list_exports", _("List the exports of everything"),
        Reply(_("The exports."), {"type": "object", "properties": {"items": {"type": "array", "items": _EXPORT}}}))),
    Route("POST", "/exports/everything", begin_export, lambda: _operation(
        "begin_export", _("Export everything"), Reply(_("The export, which runs in the background."), _EXPORT), 202,
        problems=(409,)), consumes=NO_BODY),
    Route("GET", "/exports/everything/{id}", show_export, lambda: _operation(
        "show_export", _("Show an export"), Reply(_("How far it is."), _EXPORT))),
    Route("DELETE", "/exports/everything/{id}", delete_export, lambda: _operation(
        "delete_export", _("Delete an export"), Reply(_("Nothing.")), 204, problems=(409,)), consumes=NO_BODY),
    Route("GET", "/exports/everything/{id}/content", read_export, lambda: _operation(
        "read_export", _("Read an export"), Reply(_("The ZIP file.")), problems=(409,))),
)  # fmt: skip
