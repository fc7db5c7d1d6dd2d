"""Addresses of the editions app."""

from __future__ import annotations

from django.urls import path, re_path

from banyan.editions.views import cost, cost_scenarios

urlpatterns = [
    path("cost", cost.cost_page, name="cost"),
    re_path(r"^cost/download/(?P<kind>pdf|xlsx|yaml|json)$", cost.download, name="cost-download"),
    path("cost/open", cost.open_file, name="cost-open"),
    path("cost/compare", cost_scenarios.compare, name="cost-compare"),
    path("cost/scenarios", cost_scenarios.scenarios, name="cost-scenarios"),
    path("cost/scenarios/keep", cost_scenarios.keep_scenario, name="cost-keep"),
    path("cost/scenarios/<uuid:scenario_id>", cost_scenarios.open_kept, name="cost-kept"),
    path("cost/scenarios/<uuid:scenario_id>/remove", cost_scenarios.remove_kept, name="cost-remove"),
]
