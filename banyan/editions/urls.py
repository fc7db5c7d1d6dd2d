"""Addresses of the editions app."""

from __future__ import annotations

from django.urls import path

from banyan.editions.views import adviser, cost, cost_scenarios, kept_advice, trial

urlpatterns = [
    path("adviser", adviser.ask, name="adviser"),
    path("adviser/result", adviser.result, name="adviser-result"),
    path("adviser/result.pdf", adviser.paper, name="adviser-pdf"),
    path("adviser/result.xlsx", adviser.workbook, name="adviser-workbook"),
    path("adviser/kept", kept_advice.kept, name="adviser-kept"),
    path("adviser/kept/keep", kept_advice.keep_advice, name="adviser-keep"),
    path("adviser/kept/<uuid:advice_id>", kept_advice.compared, name="adviser-compared"),
    path("adviser/kept/<uuid:advice_id>/remove", kept_advice.remove_advice, name="adviser-remove"),
    path("adviser/trial", trial.trial, name="adviser-trial"),
    path("cost", cost.cost_page, name="cost"),
    path("cost/download/<slug:kind>", cost.download, name="cost-download"),
    path("cost/open", cost.open_file, name="cost-open"),
    path("cost/compare", cost_scenarios.compare, name="cost-compare"),
    path("cost/scenarios", cost_scenarios.scenarios, name="cost-scenarios"),
    path("cost/scenarios/keep", cost_scenarios.keep_scenario, name="cost-keep"),
    path("cost/scenarios/<uuid:scenario_id>", cost_scenarios.open_kept, name="cost-kept"),
    path("cost/scenarios/<uuid:scenario_id>/remove", cost_scenarios.remove_kept, name="cost-remove"),
]
