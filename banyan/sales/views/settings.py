"""Settings of deal work: the organization's competitors, and from when on an opportunity is at risk."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from banyan.core.jobs.registration import defer
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.plain_forms import add_problem
from banyan.core.web.settings.pages import require_page, saved, settings_answer, settings_form
from banyan.core.web.views.base import signed_in
from banyan.sales.forms import CompetitorForm, LimitsForm
from banyan.sales.jobs import find_risks
from banyan.sales.models import Competitor, RiskLimits
from banyan.sales.rules import Limits
from banyan.sales.services.deal_work import remove_competitor, save_competitor, save_limits

COMPETITORS, COMPETITORS_URL = "competitors", "/settings/competitors"
RISKS, RISKS_URL = "risk-signs", "/settings/risk-signs"


@signed_in("GET")
def competitors(request: SignedInRequest) -> HttpResponse:
    """List the competitors."""
    require_page(request.actor, COMPETITORS)
    rows = list(Competitor.objects.order_by("name"))
    actions = [
        {
            "label": _("New competitor"),
            "url": f"{COMPETITORS_URL}/new",
            "icon": "plus",
            "opens": "dialog",
            "primary": True,
        }
    ]
    return settings_answer(
        request, COMPETITORS, "sales/competitor_settings.html", {"competitors": rows, "actions": actions}
    )


@signed_in("GET", "POST")
def new_competitor(request: SignedInRequest) -> HttpResponse:
    """Write down a competitor."""
    require_page(request.actor, COMPETITORS)
    return _competitor_form(request, None, _("New competitor"))


@signed_in("GET", "POST")
def competitor(request: SignedInRequest, competitor_id: uuid.UUID) -> HttpResponse:
    """Change what is known of a competitor."""
    require_page(request.actor, COMPETITORS)
    row = Competitor.objects.filter(pk=competitor_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such competitor."))
    return _competitor_form(request, row, row.name)


def _competitor_form(request: SignedInRequest, row: Competitor | None, title: str) -> HttpResponse:
    form = CompetitorForm(request.POST or None, initial=_values(row))
    if request.method == "POST" and form.is_valid():
        try:
            save_competitor(request.actor, row.pk if row else None, form.cleaned_data)
        except DomainError as problem:
            add_problem(form, problem)
        else:
            return saved(request, _("The competitor is saved."), COMPETITORS_URL)
    return settings_form(request, COMPETITORS, form, title=title, cancel_url=COMPETITORS_URL)


def _values(row: Competitor | None) -> dict[str, object]:
    return {name: getattr(row, name) for name in CompetitorForm.base_fields} if row else {"is_active": True}


@signed_in("POST")
def delete_competitor(request: SignedInRequest, competitor_id: uuid.UUID) -> HttpResponse:
    """Take a competitor off the list that no opportunity names."""
    require_page(request.actor, COMPETITORS)
    remove_competitor(request.actor, competitor_id)
    return saved(request, _("The competitor is deleted."), COMPETITORS_URL)


@signed_in("GET", "POST")
def risk_signs(request: SignedInRequest) -> HttpResponse:
    """Say from when on an opportunity is at risk."""
    require_page(request.actor, RISKS)
    row = RiskLimits.objects.first() or RiskLimits()
    form = LimitsForm(request.POST or None, initial={name: getattr(row, name) for name in LimitsForm.base_fields})
    if request.method == "POST" and form.is_valid():
        try:
            save_limits(request.actor, Limits(**form.cleaned_data))
        except DomainError as problem:
            add_problem(form, problem)
        else:
            defer(find_risks, request.actor, lock=f"risks-{request.actor.organization_id}")
            return saved(request, _("Saved. Signs of risk are being looked for again."), RISKS_URL)
    return settings_form(
        request, RISKS, form, title=_("Signs of risk"), cancel_url="/settings/",
        text=_("0 switches a sign off. How long an opportunity may stay in a stage is set with the stages of its pipeline."),
    )  # fmt: skip


competitor_routes = (
    path("competitors", competitors, name="settings-competitors"),
    path("competitors/new", new_competitor, name="settings-competitor-new"),
    path("competitors/<uuid:competitor_id>", competitor, name="settings-competitor"),
    path("competitors/<uuid:competitor_id>/delete", delete_competitor, name="settings-competitor-delete"),
)
risk_routes = (path("risk-signs", risk_signs, name="settings-risk-signs"),)
