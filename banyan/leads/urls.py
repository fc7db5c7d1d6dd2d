"""Addresses of the leads app: pages of people who work with leads, and the public ones of forms."""

from __future__ import annotations

from django.urls import path

from banyan.leads.views import converting, pool, public_form, working

urlpatterns = [
    path("f/<str:token>", public_form.form_page, name="lead-form"),
    path("f/<str:token>/embed", public_form.form_page, {"embedded": True}, name="lead-form-embedded"),
    path("leads/pool", pool.pool, name="lead-pool"),
    path("leads/claim", pool.claim_selected, name="leads-claim"),
    path("leads/release", pool.release_selected, name="leads-release"),
    path("leads/statistics", pool.statistics, name="lead-statistics"),
    path("leads/convert", converting.convert_selected, name="leads-convert"),
    path("leads/<uuid:lead_id>/convert", converting.convert_one, name="lead-convert"),
    path("leads/<uuid:lead_id>/reverse", converting.reverse_one, name="lead-reverse"),
    path("leads/<uuid:lead_id>/disqualify", working.disqualify, name="lead-disqualify"),
    path("leads/<uuid:lead_id>/recycle", working.recycle, name="lead-recycle"),
    path("leads/<uuid:lead_id>/reopen", working.reopen, name="lead-reopen"),
    path("leads/<uuid:lead_id>/existing", working.existing, name="lead-existing"),
    path("leads/<uuid:lead_id>/tick/<uuid:question_id>", working.tick, name="lead-tick"),
]
