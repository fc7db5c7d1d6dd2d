"""The front door of the products app for apps above it."""

from banyan.products.bundles import PartOfBundle, parts_of
from banyan.products.lines.declaring import (
    LINE_COLUMNS,
    QUICK_LINE_FIELDS,
    Binding,
    LineDocument,
    Replacing,
    amount_fields,
    line_documents,
    line_fields,
)
from banyan.products.lines.discounts import discount_of, require_discount
from banyan.products.lines.preparing import keep_amounts, line_preparation
from banyan.products.lines.registering import register_lines
from banyan.products.lines.tables import line_table, lines_panel
from banyan.products.lines.writing import is_written_whole, lines_of, replace_lines, write_document
from banyan.products.models import DocumentAmounts, DocumentLine, Product
from banyan.products.pricing import Price, PriceQuestion, prices_of
from banyan.products.queries import picture_of, unit_factors
from banyan.products.references import PRICING
from banyan.products.services import PricingSetup

__all__ = [
    "LINE_COLUMNS",
    "PRICING",
    "QUICK_LINE_FIELDS",
    "Binding",
    "DocumentAmounts",
    "DocumentLine",
    "LineDocument",
    "PartOfBundle",
    "Price",
    "PriceQuestion",
    "PricingSetup",
    "Product",
    "Replacing",
    "amount_fields",
    "discount_of",
    "is_written_whole",
    "keep_amounts",
    "line_documents",
    "line_fields",
    "line_preparation",
    "line_table",
    "lines_of",
    "lines_panel",
    "parts_of",
    "picture_of",
    "prices_of",
    "register_lines",
    "replace_lines",
    "require_discount",
    "unit_factors",
    "write_document",
]
