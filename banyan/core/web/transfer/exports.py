"""Exporting the selected rows, or all that match a list, as a file; asking for approval when they are many."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.kernel.ids import new_id
from banyan.core.listing.selection import count_withheld
from banyan.core.listing.withholding import withholdings
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer import approving
from banyan.core.transfer.everything.control import EVERYTHING
from banyan.core.transfer.exporting import export_to_path
from banyan.core.transfer.models import ExportRequest, ExportState
from banyan.core.web.answers import page, part
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import saved
from banyan.core.web.transfer.selecting import selected_by, sent_selection
from banyan.core.web.views.base import object_page, signed_in

FORMATS = ("xlsx", "csv")
CHUNK_BYTES = 256 * 1024
URL = "/exports"
SHOWN = 100
COLORS = {
    ExportState.WAITING: "yellow", ExportState.DENIED: "red", ExportState.MAKING: "blue", ExportState.READY: "green",
    ExportState.FAILED: "red", ExportState.EXPIRED: "grey",
}  # fmt: skip


@object_page("GET", "POST", action=Action.EXPORT)
def choose(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Ask for the format; the dialog's buttons send the same selection to ``export``."""
    selection = sent_selection(request)
    selected = selected_by(request.actor, spec, selection)
    rows = approving.rows_beyond(request.actor, spec, selected)
    left_out = count_withheld(request.actor, spec, selected)
    context = {
        "spec": spec,
        "ids": selection.get("ids", []),
        "matching": selection.get("matching"),
        "rows_to_approve": f"{rows:,}" if rows else "",
        "left_out": f"{left_out:,}" if left_out else "",
        "reasons": [str(entry.reason) for entry in withholdings],
    }
    return part(request, "transfer/_export_dialog.html", context)


@object_page("POST", action=Action.EXPORT)
def export(request: SignedInRequest, spec: ObjectSpec) -> HttpResponseBase:
    """Send the file, or ask for approval when the rows are too many to be taken at once.

    The file is made on disk first, so that an error is a message and not half a file.
    """
    actor, selection = request.actor, sent_selection(request)
    ending = request.POST.get("format", "xlsx")
    ending = ending if ending in FORMATS else "xlsx"
    selected = selected_by(actor, spec, selection)
    rows = approving.rows_beyond(actor, spec, selected)
    if rows:
        asked = approving.ask(
            actor, spec, format_name=ending, selection=selection, rows=rows, reason=request.POST.get("reason", "")
        )
        return HttpResponseRedirect(f"{URL}/{asked.pk}", status=303)
    entry_id = new_id()
    folder = tempfile.TemporaryDirectory(prefix="banyan-export-")
    path = Path(folder.name) / f"export.{ending}"
    try:
        export_to_path(actor, spec.name, path, selected, entry_id=entry_id)
        file = path.open("rb")
    except BaseException:
        folder.cleanup()
        raise
    response = StreamingHttpResponse(_sent(file, folder), content_type="application/octet-stream")
    _name_file(response, file_name(actor, spec, ending, entry_id))
    response.headers["Content-Length"] = str(path.stat().st_size)
    return response


@signed_in("GET")
def export_list(request: SignedInRequest) -> HttpResponse:
    """List one's own exports that needed approval; whoever decides sees those of all."""
    rows = [_shown(request.actor, row) for row in approving.requests_of(request.actor)[:SHOWN]]
    return page(request, "transfer/exports.html", {"exports": rows})


@signed_in("GET")
def export_page(request: SignedInRequest, request_id: uuid.UUID) -> HttpResponse:
    """Show an export: what was asked for, what was decided, and the file."""
    row = approving.find(request.actor, request_id)
    return page(request, "transfer/export.html", {"export": _shown(request.actor, row)})


@signed_in("POST")
def decide(request: SignedInRequest, request_id: uuid.UUID) -> HttpResponse:
    """Approve or deny an export; an approved one is made in the background."""
    approve = request.POST.get("decision") == "approve"
    row = approving.decide(request.actor, request_id, approve=approve, answer=request.POST.get("answer", ""))
    said = _("The export is approved.") if approve else _("The export is denied.")
    return saved(request, said, f"{URL}/{row.pk}")


@signed_in("GET")
def download(request: SignedInRequest, request_id: uuid.UUID) -> StreamingHttpResponse:
    """Send the file of an approved export to the person who asked for it."""
    row = approving.find(request.actor, request_id)
    response = StreamingHttpResponse(approving.content_of(request.actor, row), content_type="application/octet-stream")
    spec = specs_on(request.actor.organization)[row.object_name]
    _name_file(response, file_name(request.actor, spec, row.format, row.entry_id))
    response.headers["Content-Length"] = str(row.size)
    return response


def file_name(actor: Actor, spec: ObjectSpec, ending: str, entry_id: uuid.UUID) -> str:
    """Return the name of a file: what is in it, the day, and the end of the log entry's id, by which it is found."""
    return f"{spec.label_plural} {today(actor.time_zone):%Y-%m-%d} {entry_id.hex[-8:]}.{ending}"


def _name_file(response: StreamingHttpResponse, name: str) -> None:
    response.headers["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))


def _shown(actor: Actor, row: ExportRequest) -> dict[str, Any]:
    specs = specs_on(actor.organization)
    label = str(specs[row.object_name].label_plural) if row.object_name in specs else row.object_name
    title = _("Everything (%(rows)s rows)") if row.object_name == EVERYTHING else _("%(rows)s rows of %(objects)s")
    is_own = row.asked_by_id == actor.user_id
    return {
        "url": f"{URL}/{row.pk}",
        "title": title % {"rows": f"{row.rows:,}", "objects": label},
        "state": row.get_state_display(),
        "color": COLORS[ExportState(row.state)],
        "who": row.asked_by.name,
        "when": told_instant(row.asked_at),
        "reason": row.reason,
        "format": row.format.upper(),
        "decided": _("%(person)s, %(time)s") % {"person": row.decided_by.name, "time": told_instant(row.decided_at)}
        if row.decided_by and row.decided_at
        else "",
        "answer": row.answer,
        "problem": row.problem,
        "until": told_instant(row.expires_at) if row.expires_at else "",
        "may_decide": row.state == ExportState.WAITING and not is_own,
        "may_download": row.state == ExportState.READY and is_own and row.object_name != EVERYTHING,
        "everything_url": "/settings/export"
        if row.state == ExportState.READY and is_own and row.object_name == EVERYTHING
        else "",
        "is_being_made": row.state == ExportState.MAKING,
    }


def _sent(file: BinaryIO, folder: tempfile.TemporaryDirectory[str]) -> Iterator[bytes]:
    try:
        while piece := file.read(CHUNK_BYTES):
            yield piece
    finally:
        file.close()
        folder.cleanup()
