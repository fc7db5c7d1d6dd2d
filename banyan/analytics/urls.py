"""Addresses of the analytics app."""

from __future__ import annotations

from django.urls import path

from banyan.analytics import views

urlpatterns = [path("statistics", views.statistics, name="statistics")]
