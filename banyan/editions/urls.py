"""Addresses of the editions app."""

from __future__ import annotations

from django.urls import path

from banyan.editions.views import cost

urlpatterns = [path("cost", cost.cost_page, name="cost")]
