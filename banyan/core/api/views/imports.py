"""Imports by programs: send a file, follow its progress, read the rejected rows, stop, undo."""

from __future__ import annotations

import io
import uuid
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.routes import MULTIPART, NO_BODY, Operation, Reply, Route
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.importing import services
from banyan.core.transfer.importing.plan import MATCH_MODES, ImportPlan, creatable_links
from banyan.core.transfer.jobs import start
from banyan.core.transfer.models import Import

_IMPORT = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "object": {"type": "string"},
        "status": {"type": "string"},
        "dry_run": {"type": "boolean"},
        **{name: {"type": "integer"} for name in ("read", "created", "updated", "unchanged", "rejected")},
        "filled": {"type": "object"},
        "seconds": {"type": "number"},
        "problem": {"type": "string"},
    },
}
_BODY = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "object": {"type": "string"},
        "mapping": {"type": "string", "description": "JSON: {column: field}"},
        "match": {"type": "string", "enum": list(MATCH_MODES)},
        "match_by": {"type": "string"},
        "dry_run": {"type": "boolean"},
        "create_fields": {"type": "boolean"},
    },
    "required": ["file", "object"],
}


def begin_import(call: Call) -> Answer:
    """Take a file and import it in the background."""
    call.allow_only(())
    form = call.request.POST
    upload = call.request.FILES.get("file")
    if upload is None:
        raise Invalid([FieldError("file", "required", _("Send the file in the field “file” of a multipart form."))])
    spec = _spec(call, form.get("object", ""))
    with services.readable_copy(services.as_source(upload), upload.name or "") as path:
        task = services.begin(call.actor, object_name=spec.name, path=path, file_name=upload.name or "")
    upload.seek(0)
    task.file = services.keep_file(call.actor, upload)
    task.save(update_fields=["file"])
    _set_plan(call, task, spec)
    task = start(call.actor, task, is_dry_run=_is_on(form.get("dry_run", "")))
    return Answer(_shown(task), status=202, headers={"Location": f"/api/v1/imports/{task.pk}"})


def _spec(call: Call, name: str) -> ObjectSpec:
    for spec in specs_on(call.actor.organization).values():
        if name in {spec.name, spec.plural} and spec.importable:
            return spec
    raise Invalid([FieldError("object", "unknown_choice", _("Name an object, such as customers."))])


def _set_plan(call: Call, task: Import, spec: ObjectSpec) -> None:
    form = call.request.POST
    plan = ImportPlan.from_json(task.plan)
    if form.get("mapping"):
        chosen = _mapping(form["mapping"])
        for column in plan.columns:
            if column.column in chosen:
                column.field_name = str(chosen[column.column] or "")
    if form.get("match"):
        plan = ImportPlan.from_json({**plan.to_json(), "match": form["match"]})
    plan.match_by = [name for name in form.get("match_by", "").split(",") if name] or plan.match_by
    plan.create_links = creatable_links(spec, [column.field_name for column in plan.columns])
    services.set_plan(call.actor, task, plan)
    if _is_on(form.get("create_fields", "")):
        services.create_fields(call.actor, task)


def _mapping(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Invalid([FieldError("mapping", "bad_json", _("Write a JSON object of columns and fields."))])
    return found


def _is_on(text: str) -> bool:
    return text.strip().lower() in {"true", "1", "on", "yes"}


def show_import(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with how far an import is and its balance."""
    call.allow_only(())
    return Answer(_shown(services.find(call.actor, id)))


def show_errors(call: Call, id: uuid.UUID) -> HttpResponse:  # noqa: A002 the placeholder's name
    """Answer with the rejected rows as CSV."""
    call.allow_only(())
    target = io.StringIO(newline="")
    services.write_errors(services.find(call.actor, id), target)
    return HttpResponse(f"\ufeff{target.getvalue()}", content_type="text/csv; charset=utf-8")


def stop_import(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Ask a running import to stop."""
    call.allow_only(())
    task = services.find(call.actor, id)
    services.stop(task)
    task.refresh_from_db()
    return Answer(_shown(task))


def undo_import(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Take a whole import back."""
    call.allow_only(())
    undone = services.undo_import(call.actor, services.find(call.actor, id))
    return Answer({"undone": undone.undone, "conflicts": undone.conflicts})


def _shown(task: Import) -> dict[str, Any]:
    names = ("status", "read", "created", "updated", "unchanged", "rejected", "filled", "problem")
    return {
        "id": task.pk,
        "object": task.object_name,
        "dry_run": task.is_dry_run,
        "seconds": round(task.seconds, 2),
        **{name: getattr(task, name) for name in names},
    }


def _operation(name: str, summary: str, reply: Reply, status: int = 200, **more: Any) -> Operation:
    return Operation(id=name, summary=summary, tag=_("Imports"), replies={status: reply}, **more)


ROUTES = (
    Route("POST", "/imports", begin_import, lambda: _operation(
        "begin_import", _("Import a file"), Reply(_("The import, which runs in the background."), _IMPORT), 202,
        body=_BODY, problems=(400, 409, 413, 415, 422)), consumes=MULTIPART),
    Route("GET", "/imports/{id}", show_import, lambda: _operation(
        "show_import", _("Show an import"), Reply(_("Its progress and balance."), _IMPORT))),
    Route("GET", "/imports/{id}/errors", show_errors, lambda: _operation(
        "show_import_errors", _("Read the rejected rows of an import"), Reply(_("The rows as CSV.")))),
    Route("POST", "/imports/{id}/stop", stop_import, lambda: _operation(
        "stop_import", _("Stop an import"), Reply(_("The import."), _IMPORT)), consumes=NO_BODY),
    Route("POST", "/imports/{id}/undo", undo_import, lambda: _operation(
        "undo_import", _("Undo an import"),
        Reply(_("How many records went back."), {"type": "object"}), problems=(409,)), consumes=NO_BODY),
)  # fmt: skip
