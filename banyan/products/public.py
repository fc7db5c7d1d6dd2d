"""The front door of the products app for apps above it."""

from banyan.products.lines.declaring import (
    LINE_COLUMNS,
    QUICK_LINE_FIELDS,
    LineDocument,
    Replacing,
    amount_fields,
    line_documents,
    line_fields,
)
from banyan.products.lines.preparing import keep_amounts, line_preparation
from banyan.products.lines.registering import register_lines
from banyan.products.lines.tables import line_table, lines_panel
from banyan.products.lines.writing import is_written_whole, lines_of, replace_lines, write_document
from banyan.products.models import DocumentAmounts, DocumentLine, Product

__all__ = [
    "LINE_COLUMNS",
    "QUICK_LINE_FIELDS",
    "DocumentAmounts",
    "DocumentLine",
    "LineDocument",
    "Product",
    "Replacing",
    "amount_fields",
    "is_written_whole",
    "keep_amounts",
    "line_documents",
    "line_fields",
    "line_preparation",
    "line_table",
    "lines_of",
    "lines_panel",
    "register_lines",
    "replace_lines",
    "write_document",
]
