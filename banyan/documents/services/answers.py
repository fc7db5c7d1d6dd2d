"""A PDF as an answer to a browser."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from banyan.core.web.files.views import PDF_POLICY


def pdf_answer(name: str, content: bytes) -> HttpResponse:
    """Return a PDF that the browser shows, and saves under its name."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = str(content_disposition_header(False, name))
    response.headers["Content-Security-Policy"] = PDF_POLICY
    return response
