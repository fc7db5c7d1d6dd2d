"""Addresses of documents with lines, and of products, beside the generic ones."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, path

from banyan.core.objects.registry import objects
from banyan.products.lines import asking, pages
from banyan.products.lines.declaring import LineDocument, line_documents
from banyan.products.views import discounts, setup


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
    path("products/prices", asking.prices, name="product-prices"),
    path("products/<uuid:product_id>/setup", setup.setup, name="product-setup"),
    path("products/<uuid:product_id>/variants", setup.variants, name="product-variants"),
    path("products/<uuid:product_id>/units/new", setup.new_unit, name="product-unit-new"),
    path("products/<uuid:product_id>/parts/new", setup.new_part, name="product-part-new"),
    path("products/<uuid:product_id>/bundle", setup.bundle_mode, name="product-bundle"),
    path("products/<uuid:product_id>/pairings/new", setup.new_pairing, name="product-pairing-new"),
    path("products/<uuid:product_id>/<slug:what>/<uuid:entry_id>/remove", setup.remove, name="product-remove"),
    path("discounts/<slug:plural>/<uuid:record_id>", discounts.decide, name="discount-decide"),
    *(each for document in line_documents for each in addresses(document)),
]
