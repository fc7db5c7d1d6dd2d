"""Addresses of the contracts app beside the generic ones."""

from __future__ import annotations

from django.urls import path

from banyan.contracts.views import parts, steps

CONTRACT, AMENDMENT = "contracts/<uuid:contract_id>", "contract-amendments/<uuid:amendment_id>"

urlpatterns = [
    path(f"{CONTRACT}/sign", steps.sign, name="contract-sign"),
    path(f"{CONTRACT}/reopen", steps.reopen, name="contract-reopen"),
    path(f"{CONTRACT}/terminate", steps.terminate, name="contract-terminate"),
    path(f"{CONTRACT}/renew", steps.renew, name="contract-renew"),
    path(f"{CONTRACT}/instalments", parts.edit_plan, name="contract-instalments"),
    path(f"{CONTRACT}/terms", parts.term_page, name="contract-terms"),
    path(f"{CONTRACT}/terms/choose", parts.choose_terms, name="contract-terms-choose"),
    path(f"{CONTRACT}/terms/new", parts.write_term, name="contract-term-new"),
    path(f"{CONTRACT}/terms/<uuid:term_id>/edit", parts.write_term, name="contract-term"),
    path(f"{CONTRACT}/terms/<uuid:term_id>/<slug:act>", parts.change_terms, name="contract-term-act"),
    path(f"{AMENDMENT}/sign", steps.sign_amendment, name="amendment-sign"),
    path(f"{AMENDMENT}/reopen", steps.reopen_amendment, name="amendment-reopen"),
    path(f"{AMENDMENT}/instalments", parts.edit_proposed_plan, name="amendment-instalments"),
    path(f"{AMENDMENT}/terms", parts.edit_proposed_terms, name="amendment-terms"),
]
