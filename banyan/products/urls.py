"""Addresses of documents with lines, and of products, beside the generic ones."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, path

from banyan.core.objects.registry import objects
from banyan.products.lines import pages
from banyan.products.lines.declaring import LineDocument, line_documents


def addresses(document: LineDocument) -> Iterator[URLPattern]:
    """Yield the addresses of one document with lines."""
    plural, name = objects[document.parent].plural, {"name": document.parent}
    if document.has_new_page:
        yield path(f"{plural}/new", pages.new, name, name=f"{document.parent}-new")
        yield path(f"{plural}/<uuid:document_id>/copy", pages.copy, name, name=f"{document.parent}-copy")
    yield path(f"{plural}/<uuid:document_id>/lines", pages.edit_lines, name, name=f"{document.parent}-lines")
    yield path(
        f"{plural}/<uuid:document_id>/lines-table", pages.lines_part, name, name=f"{document.parent}-lines-table"
    )


urlpatterns = [
    path("products/<uuid:product_id>/facts", pages.product_facts, name="product-facts"),
    *(each for document in line_documents for each in addresses(document)),
]
