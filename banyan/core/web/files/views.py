"""Files of records: take, give, show, remove, bring back."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.files import services
from banyan.core.files.contents import SHOWN_TYPES
from banyan.core.files.models import Attachment, File, FileText, TextState
from banyan.core.files.scanning import Infected
from banyan.core.kernel.errors import Missing, Refused
from banyan.core.listing.labels import labels_of
from banyan.core.objects.kinds import split_reference
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import done, markup, page, part, tell, wants_dialog
from banyan.core.web.files.panel import PDF, panel
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.views.base import object_page, signed_in, spec_named

#: A shown file may do nothing but be shown, whatever is in it.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
#: The browser's own viewer of PDF is a plug-in, which a sandbox would keep from working.
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
LONGEST_QUERY = 100
#: Why a preview shows no text, or not all of it.
NOTES = {
    TextState.WAITING: gettext_lazy("The text of this file is being read and appears here in a moment."),
    "protected": gettext_lazy("This file is protected by a password, so its text cannot be shown or found."),
    "damaged": gettext_lazy("This file is damaged; not all of its text could be read."),
    "too_complex": gettext_lazy("This file is too complex; not all of its text could be read."),
}


@object_page("GET", "POST")
def files_of_record(request: SignedInRequest, spec: ObjectSpec, record_id: uuid.UUID) -> HttpResponse:
    """Show a record's files; POST attaches files, each on its own, and names those that were not taken."""
    if request.method == "GET":
        return markup(panel(request.actor, spec, record_id, query=request.GET.get("q", "").strip()[:LONGEST_QUERY]))
    problems, infected = [], None
    for upload in request.FILES.getlist("files"):
        try:
            services.attach(request.actor, object_name=spec.name, record_id=record_id, upload=upload)
        except Refused as refusal:
            problems.append(f"{upload.name}: {refusal.message}")
            infected = refusal if isinstance(refusal, Infected) else infected
    if not request.FILES:
        problems.append(_("Choose a file."))
    response = markup(panel(request.actor, spec, record_id, error=" ".join(problems)), status=422 if problems else 200)
    if infected is not None:
        response.refusal = infected  # type: ignore[attr-defined]  # written down by the middleware
    return tell(response, records_changed={"object": spec.plural})


@signed_in("GET")
def download(request: SignedInRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """Send a file; ``?show`` lets the browser show pictures, PDF and plain text instead of saving them."""
    return send(services.readable_file(request.actor, file_id), inline="show" in request.GET)


@signed_in("GET")
def preview(request: SignedInRequest, file_id: uuid.UUID) -> HttpResponse:
    """Show a picture, or the text of a file, in the dialog or on a page of its own.

    While the text is being read, the preview asks again by itself.
    """
    file = services.readable_file(request.actor, file_id)
    found = FileText.objects.filter(file=file).first()
    note = NOTES.get(found.problem or found.state, "") if found else ""
    shown = {
        "name": file.name,
        "url": f"/files/{file.pk}",
        "is_image": file.content_type.startswith("image/") and file.content_type in SHOWN_TYPES,
        "text": found.text if found else "",
        "note": str(note or _("This file has no text that could be shown."))
        if note or not (found and found.text)
        else "",
        "again_url": request.path if found and found.state == TextState.WAITING else "",
    }
    if request.headers.get("HX-Target") == "file-preview":
        return part(request, "files/_preview.html", {"file": shown})
    if wants_dialog(request):
        return part(request, "files/preview_dialog.html", {"file": shown})
    return page(request, "files/preview.html", {"file": shown, "crumbs": _crumbs(request, file)})


def _crumbs(request: SignedInRequest, file: File) -> list[dict[str, str]]:
    """Return the way back to the record that the file belongs to."""
    for row in Attachment.objects.filter(file=file, deleted_at=None):
        pointed = split_reference(row.about)
        spec = specs_on(request.actor.organization).get(pointed[0]) if pointed else None
        if spec is not None and pointed is not None:
            title = labels_of({spec.name: [pointed[1]]}, actor=request.actor).get(pointed[1], str(spec.label))
            return [{"label": title, "url": f"/{spec.plural}/{pointed[1]}"}]
    return []


def send(file: File, *, inline: bool = False) -> HttpResponseBase:
    """Return a file's content as an answer that a browser cannot mistake for a page of ours."""
    shown = inline and file.content_type in SHOWN_TYPES
    try:
        content = services.content_of(file)
        response = StreamingHttpResponse(
            content, content_type=file.content_type if shown else "application/octet-stream"
        )
    except FileNotFoundError:
        raise Missing(
            "file_lost", _("The content of this file is missing. Ask your administrator for a backup.")
        ) from None
    response.headers["Content-Length"] = str(file.size)
    response.headers["Content-Disposition"] = str(content_disposition_header(not shown, file.name))
    response.headers["Content-Security-Policy"] = PDF_POLICY if shown and file.content_type == PDF else FILE_POLICY
    return response


@signed_in("POST")
def remove(request: SignedInRequest, attachment_id: uuid.UUID) -> HttpResponse:
    """Take a file off its record; the message offers to bring it back."""
    row = services.detach(request.actor, attachment_id)
    undo_url = f"/attachments/{row.pk}/restore"
    return _answer(request, row, _("The file was removed."), undo_url=undo_url)


@signed_in("POST")
def bring_back(request: SignedInRequest, attachment_id: uuid.UUID) -> HttpResponse:
    """Bring a removed file back to its record."""
    return _answer(request, services.reattach(request.actor, attachment_id), _("The file is back."))


def _answer(request: SignedInRequest, row: Attachment, text: str, *, undo_url: str = "") -> HttpResponse:
    pointed = split_reference(row.about)
    if pointed is None:
        raise Missing("not_found", _("There is no such page."))
    spec = spec_named(request, pointed[0])
    next_url = f"/{spec.plural}/{pointed[1]}"
    return done(request, text, next_url=next_url, changed=("files",), undo_url=undo_url)
