"""What apps above give the editions: drawing a paper as PDF."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.registry import Registry

#: Returns a template with its context as PDF, in a language.
Drawing = Callable[[str, Mapping[str, Any], str], bytes]
pdf_drawing: Registry[Drawing] = Registry("drawing of PDF")


class NothingDraws(DomainError):
    """No app that draws PDF is part of this installation."""

    status = 503


def draw_pdf(template: str, context: Mapping[str, Any], language: str) -> bytes:
    """Return a template as PDF in a language; raise ``DomainError`` (503) with the way out where that is impossible."""
    for draw in pdf_drawing:
        return draw(template, context, language)
    raise NothingDraws("pdf_unavailable", _("PDF cannot be made here. Print the page with your browser instead."))
