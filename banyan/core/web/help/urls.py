"""Addresses of the guide and of the error codes."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.help import views

urlpatterns = [
    path("help", views.guide_page, name="help"),
    path("help/<slug:chapter>", views.guide_page, name="help-chapter"),
    path("docs/errors", views.errors_page, name="docs-errors"),
]
