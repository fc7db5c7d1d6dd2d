"""Addresses of the guides, of the help beside a page, and of the error codes."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.help import views
from banyan.core.web.help.guide import ADMINISTRATOR

urlpatterns = [
    path("help", views.guide_page, name="help"),
    path("help/page", views.page_help, name="help-page"),
    path("help/find", views.search_part, name="help-find"),
    path("help/read/<slug:book>/<slug:chapter>", views.read_part, name="help-read"),
    path("help/administrator", views.guide_page, {"book": ADMINISTRATOR}, name="help-administrator"),
    path(
        "help/administrator/<slug:chapter>",
        views.guide_page,
        {"book": ADMINISTRATOR},
        name="help-administrator-chapter",
    ),
    path("help/<slug:chapter>", views.guide_page, name="help-chapter"),
    path("docs/errors", views.errors_page, name="docs-errors"),
]
