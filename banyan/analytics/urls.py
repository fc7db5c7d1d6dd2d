"""Addresses of the analytics app."""

from __future__ import annotations

from django.urls import path

from banyan.analytics.views import own_reports, reports, statistics

urlpatterns = [
    path("statistics", statistics.statistics, name="statistics"),
    path("reports", reports.report_list, name="reports"),
    path("reports/own/new", own_reports.choose, name="own-report-new"),
    path("reports/own/new/<slug:object_name>", own_reports.new, name="own-report-of"),
    path("reports/own/<slug:key>/edit", own_reports.edit, name="own-report-edit"),
    path("reports/own/<slug:key>/delete", own_reports.delete, name="own-report-delete"),
    path("reports/<slug:name>", reports.report, name="report"),
]
