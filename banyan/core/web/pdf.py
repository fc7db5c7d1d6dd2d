"""Markup as PDF.

WeasyPrint sees nothing but what it is handed: the markup, the style sheet and the pictures of this one paper. Its fetcher
answers no other address, so that no text of a record can make it read a file or call a server.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError

SHARED_STYLES = Path(__file__).with_name("static") / "css" / "paper.css"
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

    written = draw('<html lang="zh-CN"><body>榕</body></html>', "")
    return "榕" in PdfReader(io.BytesIO(written)).pages[0].extract_text()


def draw(text: str, styles: str, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """Return markup as PDF; pictures are those whose addresses begin with ``OWN``. Raises ``PdfUnavailable``."""
    weasyprint, fetcher_class = _weasyprint()
    fetcher = fetcher_class(pictures or {})
    sheet = weasyprint.CSS(string=styles, url_fetcher=fetcher)
    # The style sheet of the page is for browsers; here it is given, and the fetcher would refuse its address.
    written = weasyprint.HTML(string=text, base_url=OWN, url_fetcher=fetcher, media_type="print")
    content: bytes = written.write_pdf(stylesheets=[sheet], optimize_images=False)
    return content


@lru_cache(maxsize=16)
def paper_styles(own: Path) -> str:
    """Return the styles that papers of every kind share, followed by those of one kind."""
    return SHARED_STYLES.read_text(encoding="utf-8") + own.read_text(encoding="utf-8")


def picture_address(content: bytes) -> str:
    """Return a picture as an address that holds it, for pages."""
    return "data:image/png;base64," + base64.b64encode(content).decode()


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

    class OwnPictures(URLFetcher):  # type: ignore[misc]  # WeasyPrint carries no types
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
