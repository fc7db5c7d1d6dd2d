"""Addresses of the editions app."""

from __future__ import annotations

from django.urls import path

from banyan.editions import views

urlpatterns = [path("cost", views.cost_page, name="cost")]
