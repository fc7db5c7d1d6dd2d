"""Addresses of the tours."""

from __future__ import annotations

from django.urls import path

from banyan.core.web.tours import views

urlpatterns = [
    path("tours", views.tours_page, name="tours"),
    path("tours/offer/hide", views.hide_offer, name="tours-offer-hide"),
    path("tours/<slug:name>/steps", views.tour, name="tour"),
    path("tours/<slug:name>/progress", views.keep_progress, name="tour-progress"),
]
