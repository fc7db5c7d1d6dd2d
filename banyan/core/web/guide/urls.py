"""Addresses of the first steps."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.guide import views

urlpatterns = [
    path("", views.welcome, name="welcome"),
    path("organization", views.organization, name="welcome-organization"),
    path("template", views.template, name="welcome-template"),
    path("colleagues", views.colleagues, name="welcome-colleagues"),
    path("data", views.data, name="welcome-data"),
    path("done", views.done, name="welcome-done"),
]
