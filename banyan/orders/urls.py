"""Addresses of the orders app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.orders import views

urlpatterns = [
    path("orders/new", views.new, name="order-new"),
    path("orders/products/<uuid:product_id>", views.product_facts, name="order-product"),
    path("orders/<uuid:order_id>/lines", views.edit_lines, name="order-lines"),
    path("orders/<uuid:order_id>/lines-table", views.lines_part, name="order-lines-table"),
    path("orders/<uuid:order_id>/print", views.print_page, name="order-print"),
    path("opportunities/<uuid:opportunity_id>/order", views.from_opportunity, name="order-from-opportunity"),
]
