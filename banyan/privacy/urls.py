"""Addresses of the privacy app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.privacy.views import consents

urlpatterns = [
    path("privacy/consents/<uuid:consent_id>/withdraw", consents.withdraw, name="consent-withdraw"),
    path("privacy/<slug:plural>/<uuid:record_id>/consent", consents.new_consent, name="person-consent"),
    path("privacy/<slug:plural>/<uuid:record_id>/consents", consents.consents_list, name="person-consents"),
]
