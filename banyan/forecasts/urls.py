"""Addresses of the forecasts app."""

from __future__ import annotations

from django.urls import path

from banyan.forecasts.views import attainment, forecast, plan, submitting

urlpatterns = [
    path("forecast", forecast.forecast, name="forecast"),
    path("forecast/submit", submitting.submit, name="forecast-submit"),
    path("forecast/adjust", submitting.adjust, name="forecast-adjust"),
    path("targets/attainment", attainment.page_of_attainment, name="targets-attainment"),
    path("targets/plan", plan.plan, name="targets-plan"),
    path("targets/spread", plan.spread, name="targets-spread"),
    path("targets/changes", plan.changes, name="targets-changes"),
    path("targets/screen", attainment.screen, name="targets-screen"),
]
