"""Papers as markup and as PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from banyan.core.tenancy.models import Organization
from banyan.core.web import pdf
from banyan.core.web.pdf import OWN, picture_address
from banyan.documents.kinds import Paper
from banyan.documents.rules import filled
from banyan.documents.services.letterheads import Head, head_of

STYLES = Path(__file__).resolve().parent.parent / "static" / "documents" / "paper.css"


def paper_markup(
    organization: Organization,
    paper: Paper,
    language: str,
    *,
    template: str = "documents/paper.html",
    prints: bool = False,
) -> tuple[str, dict[str, bytes]]:
    """Return a paper as a page, and its pictures by address; with ``prints`` they are part of the page."""
    head = head_of(organization, language)
    pictures = _pictures(head, paper)
    sources = {name: picture_address(content) if prints else OWN + name for name, content in pictures.items()}
    values = {**paper.values, "number": paper.number, "organization": head.name}
    context = {
        "paper": paper,
        "head": head,
        "pictures": sources,
        "language": language,
        "prints": prints,
        "intro": filled(paper.intro, values),
        "terms": filled(paper.terms, values),
        "file_name": " ".join(filter(None, (paper.title, paper.number))),
    }
    with translation.override(language):
        text = render_to_string(template, context, using="jinja2")
    return text, {OWN + name: content for name, content in pictures.items()}


def render_paper(
    organization: Organization, paper: Paper, language: str, *, template: str = "documents/paper.html"
) -> bytes:
    """Return a paper as PDF; raise ``PdfUnavailable`` where the libraries for it are missing."""
    text, pictures = paper_markup(organization, paper, language, template=template)
    return draw(text, pictures)


def render_pdf(
    template: str, context: Mapping[str, Any], language: str, pictures: Mapping[str, bytes] | None = None
) -> bytes:
    """Return any template as PDF in a language; pictures are used in it as ``paper:<name>``.

    Only those pictures can be loaded. Raises ``PdfUnavailable``.
    """
    with translation.override(language):
        text = render_to_string(template, dict(context), using="jinja2")
    return draw(text, {OWN + name: content for name, content in (pictures or {}).items()})


def draw(text: str, pictures: Mapping[str, bytes]) -> bytes:
    """Return markup as PDF."""
    return pdf.draw(text, pdf.paper_styles(STYLES), pictures)


def _pictures(head: Head, paper: Paper) -> dict[str, bytes]:
    own = {"logo": head.logo, "seal": head.seal if paper.shows_seal else None}
    return {**{name: content for name, content in own.items() if content}, **paper.pictures}


def described(paper: Paper) -> dict[str, Any]:
    """Return what stands on a paper without its pictures, as plain values: what a signature is about."""
    return {name: value for name, value in asdict(paper).items() if name not in {"pictures", "more", "stamp"}}
