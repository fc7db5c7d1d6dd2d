"""Addresses of links: what visitors open, and what the organization does with them."""

from __future__ import annotations

from django.urls import path

from banyan.portal.views import links, visitors

urlpatterns = [
    path("p/<str:token>", visitors.visit, name="portal"),
    path("p/<str:token>/<slug:action>", visitors.visit, name="portal-action"),
    path("portal/links/<uuid:link_id>/visits", links.link_visits, name="portal-visits"),
    path("portal/links/<uuid:link_id>/withdraw", links.withdraw, name="portal-withdraw"),
    path("portal/<slug:plural>/<uuid:record_id>/panel", links.panel_part, name="portal-panel"),
    path("portal/<slug:plural>/<uuid:record_id>/answer", links.answer, name="portal-answer"),
    path("portal/<slug:plural>/<uuid:record_id>/links/<slug:purpose>/new", links.new, name="portal-link-new"),
]
