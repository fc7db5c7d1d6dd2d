"""Addresses of papers; those of the settings come with their pages."""

from __future__ import annotations

from django.urls import path

from banyan.documents.views import papers

urlpatterns = [
    path("documents/making/<uuid:run_id>", papers.making, name="document-making"),
    path("documents/<slug:kind>/<uuid:record_id>", papers.choose, name="document"),
    path("documents/<slug:kind>/<uuid:record_id>/pdf", papers.pdf, name="document-pdf"),
    path("documents/<slug:kind>/<uuid:record_id>/print", papers.print_page, name="document-print"),
    path("documents/<slug:kind>/<uuid:record_id>/keep", papers.keep, name="document-keep"),
]
