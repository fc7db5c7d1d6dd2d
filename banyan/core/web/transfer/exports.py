"""Exporting the selected rows, or all that match a list, as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.listing.filters import Condition, join
from banyan.core.listing.selection import ListRequest
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.exporting import export_to_path
from banyan.core.web.answers import part
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.selections import state_of_query
from banyan.core.web.views.base import given_ids, object_page

FORMATS = ("xlsx", "csv")
CHUNK_BYTES = 256 * 1024


@object_page("GET", "POST", action=Action.EXPORT)
def choose(request: SignedInRequest, spec: ObjectSpec) -> HttpResponse:
    """Ask for the format; the dialog's buttons send the same selection to ``export``."""
    sent = request.GET if request.method == "GET" else request.POST
    context = {
        "spec": spec,
        "ids": [str(pk) for pk in given_ids(sent.getlist("ids"))],
        "matching": sent.get("matching"),
    }
    return part(request, "transfer/_export_dialog.html", context)


@object_page("POST", action=Action.EXPORT)
def export(request: SignedInRequest, spec: ObjectSpec) -> StreamingHttpResponse:
    """Send the file; it is made on disk first, so that an error is a message and not half a file."""
    ending = request.POST.get("format", "xlsx")
    ending = ending if ending in FORMATS else "xlsx"
    folder = tempfile.TemporaryDirectory(prefix="banyan-export-")
    path = Path(folder.name) / f"export.{ending}"
    try:
        export_to_path(request.actor, spec.name, path, _request(request, spec))
        file = path.open("rb")
    except BaseException:
        folder.cleanup()
        raise
    name = f"{spec.label_plural} {today(request.actor.time_zone):%Y-%m-%d}.{ending}"
    response = StreamingHttpResponse(_sent(file, folder), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
    response.headers["Content-Length"] = str(path.stat().st_size)
    return response


def _request(request: SignedInRequest, spec: ObjectSpec) -> ListRequest:
    """Return the rows meant: those ticked, or all that match the list they were ticked in."""
    ids = given_ids(request.POST.getlist("ids"))
    if ids:
        chosen = Condition("id", "in", tuple(str(pk) for pk in ids))
        return ListRequest(filter=join(chosen))
    state = state_of_query(request, spec, request.POST.get("matching", ""))
    return replace(state.request(), columns=(), cursor="")


def _sent(file: BinaryIO, folder: tempfile.TemporaryDirectory[str]) -> Iterator[bytes]:
    try:
        while piece := file.read(CHUNK_BYTES):
            yield piece
    finally:
        file.close()
        folder.cleanup()
