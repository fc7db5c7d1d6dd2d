"""Addresses of the editions app."""

from __future__ import annotations

from django.urls import path

from banyan.editions.views import adviser, cost, trial

urlpatterns = [
    path("cost", cost.cost_page, name="cost"),
    path("adviser", adviser.ask, name="adviser"),
    path("adviser/result", adviser.result, name="adviser-result"),
    path("adviser/result.pdf", adviser.paper, name="adviser-pdf"),
    path("adviser/result.xlsx", adviser.workbook, name="adviser-workbook"),
    path("adviser/trial", trial.trial, name="adviser-trial"),
]
