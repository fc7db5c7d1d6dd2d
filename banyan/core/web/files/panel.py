"""The panel that shows a record's files and takes new ones."""

from __future__ import annotations

import uuid
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import effective_scope
from banyan.core.access.scopes import Action, Scope
from banyan.core.files.contents import LARGEST_BYTES, SHOWN_TYPES
from banyan.core.files.models import Attachment, File
from banyan.core.files.services import attachments_of
from banyan.core.files.texts.extraction import kind_of
from banyan.core.files.texts.finding import fitting_attachments
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro
from banyan.core.web.panels import RecordPanel, record_panels
from banyan.core.web.presenting import short_instant

TEMPLATE = "files/_panel.html"
PDF = "application/pdf"
#: A few files are seen at a glance.
SEARCHED_FROM = 5


def register_panel() -> None:
    """Let every record with a page of its own show its files."""
    record_panels.add("files", RecordPanel("files", render, position=900, label=gettext_lazy("Files")))


def render(actor: Actor, spec: ObjectSpec, row: Any) -> Any:
    """Return the panel's markup for a record."""
    return panel(actor, spec, row["id"])


def panel(actor: Actor, spec: ObjectSpec, record_id: uuid.UUID, *, error: str = "", query: str = "") -> Any:
    """Return the panel's markup; ``error`` says why the last file was not taken, ``query`` limits the files."""
    rows = attachments_of(actor, object_name=spec.name, record_id=record_id)
    count = len(rows)
    if query:
        fitting = fitting_attachments(spec.name, record_id, query)
        rows = [row for row in rows if row.pk in fitting]
    return macro(
        TEMPLATE,
        "files_panel",
        {
            "url": f"/{spec.plural}/{record_id}/files",
            "entries": [_entry(actor, row) for row in rows],
            "may_add": effective_scope(actor, spec, Action.EDIT) is not Scope.NONE,
            "max_bytes": LARGEST_BYTES,
            "error": error,
            "query": query,
            "count": count,
            "may_search": count >= SEARCHED_FROM,
        },
    )


def has_preview(file: File) -> bool:
    """Say whether a file can be looked at in the page: pictures, and whatever has text."""
    is_image = file.content_type.startswith("image/") and file.content_type in SHOWN_TYPES
    return is_image or (file.content_type != PDF and bool(kind_of(file.name, file.content_type)))


def _entry(actor: Actor, row: Attachment) -> dict[str, Any]:
    return {
        "name": row.file.name,
        "url": f"/files/{row.file_id}",
        "is_shown": row.file.content_type == PDF,
        "preview_url": f"/files/{row.file_id}/preview" if has_preview(row.file) else "",
        "is_image": row.file.content_type.startswith("image/") and row.file.content_type in SHOWN_TYPES,
        "size": filesizeformat(row.file.size),
        "version": row.version,
        "who": row.attached_by.name if row.attached_by else "",
        "threat": row.file.threat,
        "when": short_instant(row.attached_at, actor),
        "remove_url": f"/attachments/{row.pk}/remove",
    }
