"""Addresses of the customers app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.customers import views

urlpatterns = [
    path("follow-ups/quick", views.quick_follow_up, name="quick-follow-up"),
]
