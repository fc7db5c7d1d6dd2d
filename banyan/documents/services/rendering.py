"""Papers as PDF.

WeasyPrint sees nothing but what it is handed: the markup, the style sheet and the pictures of this one paper. Its fetcher
answers no other address, so that no text of a record can make it read a file or call a server.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError
from banyan.core.tenancy.models import Organization
from banyan.documents.kinds import Paper
from banyan.documents.rules import filled
from banyan.documents.services.letterheads import Head, head_of

STYLES = Path(__file__).resolve().parent.parent / "static" / "documents" / "paper.css"
#: The addresses of a paper's own pictures.
OWN = "paper:"
#: What draws PDF on Debian and Ubuntu; the last one are the fonts for Chinese.
PDF_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-noto-cjk")


class PdfUnavailable(DomainError):
    """The libraries that draw PDF are not on this machine; papers can still be printed by the browser."""

    status = 503


def can_draw() -> str:
    """Return why PDF cannot be made on this machine; an empty text when it can."""
    try:
        _weasyprint()
    except PdfUnavailable as problem:
        return str(problem.details["reason"])
    return ""


def has_chinese_font() -> bool:
    """Say whether PDF show Chinese characters: without a font for them, no text can be read out of the PDF."""
    from pypdf import PdfReader

    written = draw('<html lang="zh-CN"><body>榕</body></html>', {})
    return "榕" in PdfReader(io.BytesIO(written)).pages[0].extract_text()


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
    weasyprint, fetcher_class = _weasyprint()
    fetcher = fetcher_class(pictures)
    styles = weasyprint.CSS(string=_styles(), url_fetcher=fetcher)
    # The style sheet of the page is for browsers; here it is given, and the fetcher would refuse its address.
    written = weasyprint.HTML(string=text, base_url=OWN, url_fetcher=fetcher, media_type="print")
    content: bytes = written.write_pdf(stylesheets=[styles], optimize_images=False)
    return content


@lru_cache(maxsize=1)
def _styles() -> str:
    return STYLES.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _weasyprint() -> tuple[Any, Any]:
    """Return WeasyPrint and a class of fetchers; it is loaded late, because it needs libraries of the system."""
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except (OSError, ImportError) as problem:
        message = _(
            "PDF cannot be made on this server: libraries are missing. Print the paper with your browser instead."
        )
        reason = str(problem).split("\n")[0]
        raise PdfUnavailable("pdf_unavailable", message, reason=reason) from problem

    class OwnPictures(URLFetcher):
        """Answers the pictures of one paper, and nothing else."""

        def __init__(self, pictures: Mapping[str, bytes]) -> None:
            super().__init__(allowed_protocols=())
            self._pictures = pictures

        def fetch(self, url: str, headers: Any = None) -> Any:
            content = self._pictures.get(url)
            if content is None:
                raise ValueError("Papers load nothing but their own pictures.")
            return URLFetcherResponse(url, content, {"Content-Type": "image/png"})

    return weasyprint, OwnPictures


def _pictures(head: Head, paper: Paper) -> dict[str, bytes]:
    own = {"logo": head.logo, "seal": head.seal if paper.shows_seal else None}
    return {**{name: content for name, content in own.items() if content}, **paper.pictures}


def picture_address(content: bytes) -> str:
    """Return a picture as an address that holds it, for pages."""
    return "data:image/png;base64," + base64.b64encode(content).decode()


def described(paper: Paper) -> dict[str, Any]:
    """Return what stands on a paper without its pictures, as plain values: what a signature is about."""
    return {name: value for name, value in asdict(paper).items() if name not in {"pictures", "more", "stamp"}}
