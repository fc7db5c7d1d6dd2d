"""The front door of the documents app for apps above it.

An app whose records have a paper calls ``register_document_kind`` in its wiring. ``build`` returns a ``Paper``; priced lines
become a table and sums with ``priced_lines``. Everything in it is written in the active language.
"""

from banyan.core.web.pdf import PDF_PACKAGES, PdfUnavailable, can_draw, has_chinese_font, picture_address
from banyan.documents.kinds import Cell, Column, DocumentKind, Paper, Party, Sum, Table, document_kinds
from banyan.documents.rules import filled
from banyan.documents.services.answers import pdf_answer
from banyan.documents.services.letterheads import Head, as_png, change_letterhead, head_of
from banyan.documents.services.papers import (
    MODULE,
    chosen_language,
    file_name,
    keep_paper,
    kind_for,
    load_row,
    paper_of,
    pdf_of,
)
from banyan.documents.services.rendering import described, render_paper, render_pdf
from banyan.documents.services.tables import (
    Priced,
    capitals_of,
    money_text,
    number_text,
    paper_day,
    percent_text,
    price_text,
    priced_lines,
    sums_of,
)
from banyan.documents.services.texts import texts_of

__all__ = [
    "MODULE",
    "PDF_PACKAGES",
    "Cell",
    "Column",
    "DocumentKind",
    "Head",
    "Paper",
    "Party",
    "PdfUnavailable",
    "Priced",
    "Sum",
    "Table",
    "as_png",
    "can_draw",
    "capitals_of",
    "change_letterhead",
    "chosen_language",
    "described",
    "document_kinds",
    "file_name",
    "filled",
    "has_chinese_font",
    "head_of",
    "keep_paper",
    "kind_for",
    "load_row",
    "money_text",
    "number_text",
    "paper_day",
    "paper_of",
    "pdf_answer",
    "pdf_of",
    "percent_text",
    "picture_address",
    "price_text",
    "priced_lines",
    "register_document_kind",
    "render_paper",
    "render_pdf",
    "sums_of",
    "texts_of",
]


def register_document_kind(kind: DocumentKind) -> DocumentKind:
    """Give an object's records a paper: it appears in their menu, and its texts in the settings."""
    return document_kinds.add(kind.name, kind)
