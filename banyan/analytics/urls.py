"""Addresses of the analytics app."""

from __future__ import annotations

from django.urls import path

from banyan.analytics.views import reports, statistics

urlpatterns = [
    path("statistics", statistics.statistics, name="statistics"),
    path("reports", reports.report_list, name="reports"),
    path("reports/<slug:name>", reports.report, name="report"),
]
