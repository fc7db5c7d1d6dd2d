"""Files of records: list them, attach one, find, read and remove one."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from banyan.core.api.answers import Answer
from banyan.core.api.calls import Call
from banyan.core.api.parameters import DEFAULT_HITS, MAXIMUM_HITS
from banyan.core.api.routes import MULTIPART, Operation, Parameter, Reply, Route
from banyan.core.files import services
from banyan.core.files.models import Attachment
from banyan.core.files.texts.finding import find_files
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.objects.spec import ObjectSpec

_ENTRY = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "file": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "content_type": {"type": "string"},
        "size": {"type": "integer"},
        "sha256": {"type": "string"},
        "version": {"type": "integer"},
        "attached_at": {"type": "string", "format": "date-time"},
        "malware": {"type": ["string", "null"]},
    },
}


def list_files(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Answer with the files attached to a record, newest first."""
    call.allow_only(())
    rows = services.attachments_of(call.actor, object_name=spec.name, record_id=id)
    return Answer({"items": [_entry(row) for row in rows]})


def find(call: Call) -> Answer:
    """Answer with the files whose name or text has all words of ``q``, newest first."""
    call.allow_only(("q", "limit"))
    limit = call.whole_number("limit", default=DEFAULT_HITS, maximum=MAXIMUM_HITS)
    hits = find_files(call.actor, call.parameter("q"), limit=limit)
    names = ("name", "content_type", "object", "version", "snippet")
    return Answer(
        {
            "items": [
                {"file": hit.file_id, "record": hit.record_id, **{name: getattr(hit, name) for name in names}}
                for hit in hits
            ]
        }
    )


def attach_file(call: Call, spec: ObjectSpec, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Attach the file of the form's field ``file`` and answer with it."""
    call.allow_only(())
    upload = call.request.FILES.get("file")
    if upload is None:
        raise Invalid([FieldError("file", "required", _("Send the file in the field “file” of a multipart form."))])
    row = services.attach(call.actor, object_name=spec.name, record_id=id, upload=upload)
    return Answer(_entry(row), status=201, headers={"Location": f"/api/v1/files/{row.file_id}"})


def read_file(call: Call, id: uuid.UUID) -> StreamingHttpResponse:  # noqa: A002 the placeholder's name
    """Answer with a file's content."""
    call.allow_only(())
    file = services.readable_file(call.actor, id)
    response = StreamingHttpResponse(services.content_of(file), content_type="application/octet-stream")
    response["Content-Length"] = str(file.size)
    response["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=file.name))
    return response


def remove_attachment(call: Call, id: uuid.UUID) -> Answer:  # noqa: A002 the placeholder's name
    """Take a file off its record."""
    call.allow_only(())
    services.detach(call.actor, id)
    return Answer(status=204)


def _entry(row: Attachment) -> dict[str, Any]:
    return {
        "id": row.pk,
        "file": row.file_id,
        "name": row.file.name,
        "content_type": row.file.content_type,
        "size": row.file.size,
        "sha256": row.file.sha256,
        "version": row.version,
        "attached_at": row.attached_at,
        "malware": row.file.threat or None,
    }


def _list_operation(spec: ObjectSpec) -> Operation:
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": _ENTRY}}}
    return Operation(
        id=f"list_{spec.name}_files",
        summary=_("List a record's files: %(object)s") % {"object": spec.label},
        tag=spec.label_plural,
        replies={200: Reply(_("The files, newest first."), schema)},
    )


def _attach_operation(spec: ObjectSpec) -> Operation:
    body = {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }
    return Operation(
        id=f"attach_{spec.name}_file",
        summary=_("Attach a file to a record: %(object)s") % {"object": spec.label},
        tag=spec.label_plural,
        body=body,
        replies={201: Reply(_("The attached file."), _ENTRY)},
        problems=(400, 413, 415, 422),
    )


def _find_operation() -> Operation:
    hit = {
        "type": "object",
        "properties": {
            **{name: {"type": "string", "format": "uuid"} for name in ("file", "record")},
            **{name: {"type": "string"} for name in ("name", "content_type", "object", "snippet")},
            "version": {"type": "integer"},
        },
    }
    return Operation(
        id="find_files",
        summary=_("Find files by name and content"),
        tag=_("Files"),
        parameters=(
            Parameter("q", _("Words that must all be in the name or the text."), {"type": "string"}),
            Parameter("limit", _("How many at most."), {"type": "integer", "minimum": 1, "maximum": MAXIMUM_HITS}),
        ),
        replies={
            200: Reply(
                _("The files, newest first."),
                {"type": "object", "properties": {"items": {"type": "array", "items": hit}}},
            )
        },
        problems=(400,),
    )


def _read_operation() -> Operation:
    return Operation(
        id="read_file",
        summary=_("Read a file"),
        tag=_("Files"),
        replies={200: Reply(_("The content of the file."))},
    )


def _remove_operation() -> Operation:
    return Operation(
        id="remove_attachment",
        summary=_("Take a file off its record"),
        tag=_("Files"),
        replies={204: Reply(_("It was taken off."))},
    )


ROUTES = (
    Route("GET", "/{plural}/{id}/files", list_files, _list_operation),
    Route("POST", "/{plural}/{id}/files", attach_file, _attach_operation, consumes=MULTIPART),
    Route("GET", "/files", find, _find_operation),
    Route("GET", "/files/{id}", read_file, _read_operation),
    Route("DELETE", "/attachments/{id}", remove_attachment, _remove_operation),
)
