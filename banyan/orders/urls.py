"""Addresses of the orders app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.orders import views

urlpatterns = [
    path("orders/<uuid:order_id>/print", views.print_page, name="order-print"),
    path("opportunities/<uuid:opportunity_id>/order", views.from_opportunity, name="order-from-opportunity"),
]
