"""Addresses of quotes beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.quotes.views import pages, templates

urlpatterns = [
    path("quotes/from-template", templates.begin, name="quote-from-template"),
    path("quotes/<uuid:quote_id>/state", pages.state_part, name="quote-state"),
    path("quotes/<uuid:quote_id>/send", pages.send, name="quote-send"),
    path("quotes/<uuid:quote_id>/revise", pages.revise, name="quote-revise"),
    path("quotes/<uuid:quote_id>/options", pages.options, name="quote-options"),
    path("quotes/<uuid:quote_id>/compare", pages.compare_versions, name="quote-compare"),
    path("quotes/<uuid:quote_id>/answer", pages.answer, name="quote-answer"),
    path("quotes/<uuid:quote_id>/template", pages.template, name="quote-template"),
    path("quotes/<uuid:quote_id>/signature", pages.signature, name="quote-signature"),
    path("quotes/<uuid:quote_id>/become/<slug:name>", pages.become, name="quote-become"),
    path("opportunities/<uuid:opportunity_id>/quote", pages.from_opportunity, name="quote-from-opportunity"),
]
