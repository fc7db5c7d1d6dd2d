"""What the pages of targets and forecasts share: tabs, the period an address asks for, figures as texts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Missing, NotAllowed
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.modules import module_is_on
from banyan.core.web.amounts import amounts_text
from banyan.core.web.middleware import SignedInRequest
from banyan.forecasts.queries.measures import MeasureSource, Slice, measures_on
from banyan.forecasts.queries.people import Company
from banyan.forecasts.queries.targets import Asked, usual_measures
from banyan.money.choices import PeriodKind
from banyan.money.public import FiscalPeriod, beside, fiscal_calendar, fiscal_period, period_label, read_code
from banyan.money.public import period_of as fiscal_year

MODULE = "forecasts"
FORECAST, ATTAINMENT, PLAN = "/forecast", "/targets/attainment", "/targets/plan"
SCREEN, SPREAD = "/targets/screen", "/targets/spread"
#: What is shown below another address belongs to this page.
SHOWN_BELOW = {SPREAD: PLAN}
TABS = (
    (FORECAST, gettext_lazy("Forecast"), "opportunity"),
    (ATTAINMENT, pgettext_lazy("targets", "Attainment"), "target"),
    (PLAN, gettext_lazy("Targets"), "target"),
)
ALL = "all"


def require_open(actor: Actor, object_name: str) -> None:
    """Raise ``Missing`` where the module is off, ``NotAllowed`` without any right to an object."""
    if not module_is_on(actor.organization, MODULE):
        raise Missing("not_found", _("There is no such page."))
    if not actor.may(object_name, "view"):
        raise NotAllowed("not_allowed", _("You do not have the right to do this. An administrator can give it to you."))


def tabs_of(actor: Actor, active: str) -> list[dict[str, Any]]:
    """Return the tabs that somebody may open."""
    return [
        {"label": str(label), "url": url, "active": url == active}
        for url, label, object_name in TABS
        if actor.may(object_name, "view")
    ]


def asked_period(request: SignedInRequest, usual: PeriodKind = PeriodKind.QUARTER) -> FiscalPeriod:
    """Return the period of an address; the current one when it makes no sense."""
    organization = request.actor.organization
    try:
        return read_code(fiscal_calendar(organization), request.GET.get("period", ""))
    except ValueError:
        return fiscal_period(organization, today(organization.time_zone), usual)


def period_choice(request: SignedInRequest, period: FiscalPeriod) -> dict[str, Any]:
    """Return the choice of a period for a page: kinds, the one before, the one after."""
    organization = request.actor.organization
    calendar, day = fiscal_calendar(organization), today(organization.time_zone)
    reference = day if period.first <= day <= period.last else period.first

    def url(other: FiscalPeriod) -> str:
        return with_query(request, period=other.code)

    return {
        "label": period_label(period),
        "days": f"{period.first.isoformat()} – {period.last.isoformat()}",
        "kinds": [
            {
                "label": str(kind.label),
                "url": url(fiscal_period(organization, reference, kind)),
                "active": kind == period.kind,
            }
            for kind in PeriodKind
        ],
        "previous": url(beside(calendar, period, -1)),
        "next": url(beside(calendar, period, 1)),
        "now": "" if period.first <= day <= period.last else url(fiscal_period(organization, day, period.kind)),
    }


def with_query(request: SignedInRequest, **changes: str | None) -> str:
    """Return the address of the page with other parameters; None takes one away."""
    values = {name: value for name, value in request.GET.items() if name not in changes}
    values |= {name: value for name, value in changes.items() if value is not None}
    path = SHOWN_BELOW.get(request.path, request.path)
    return f"{path}?{urlencode(values)}" if values else path


def asked_team(request: SignedInRequest, company: Company) -> uuid.UUID | None:
    """Return the department of an address, None for the whole company; raise ``Missing`` for one without open figures."""
    given = request.GET.get("team", "")
    if given == ALL:
        return None
    if not given:
        return company.own_team()
    department = parse_id(given)
    if department is None or company.team(department) is None:
        raise Missing("not_found", _("There is no such department, or you see nobody of it."))
    return department


def asked_measure(request: SignedInRequest, period: FiscalPeriod | None = None) -> Asked:
    """Return the measure and the part of the business of an address; without one, that of most targets of the year."""
    organization = request.actor.organization
    sources = measures_on(organization)
    named = request.GET.get("measure", "")
    source = next((entry for entry in sources if entry.name == named), None)
    if source is None:
        day = period.first if period else today(organization.time_zone)
        year = fiscal_year(fiscal_calendar(organization), day, PeriodKind.YEAR)
        source = next(iter(usual_measures(organization, year.first, year.last)), sources[0])
    dimension, part = request.GET.get("dimension", ""), request.GET.get("part", "")
    if dimension not in source.dimensions or not part:
        return Asked(source)
    return Asked(source, Slice(dimension, part))


def measure_tabs(request: SignedInRequest, asked: Asked) -> list[dict[str, Any]]:
    """Return the choice of a measure."""
    return [
        {
            "label": str(source.name.label),
            "url": with_query(request, measure=source.name.value, dimension=None, part=None),
            "active": source.name == asked.measure.name,
        }
        for source in measures_on(request.actor.organization)
    ]


def team_url(request: SignedInRequest, department: uuid.UUID | None) -> str:
    """Return the address of the same page for another team."""
    return with_query(request, team=str(department) if department else ALL, person=None)


def crumbs_of(request: SignedInRequest, company: Company, department: uuid.UUID | None) -> list[dict[str, str]]:
    """Return the way from the whole company down to a team."""
    return [{"label": team.name, "url": team_url(request, team.id)} for team in company.crumbs(department)]


def value_text(actor: Actor, source: MeasureSource | None, value: Decimal | None) -> str:
    """Return a figure of a measure as people read it: money in the organization's currency, or a number."""
    if value is None:
        return ""
    if source is not None and not source.is_money:
        return f"{value:,.0f}"
    return amounts_text(actor, {actor.currency: value})


def unknown_text(currencies: Mapping[str, Any] | set[str]) -> str:
    """Return what is said of currencies without a rate; an empty text without any."""
    if not currencies:
        return ""
    return _(
        "Amounts in %(currencies)s are left out: there is no exchange rate for them. Enter one in the settings."
    ) % {"currencies": ", ".join(sorted(currencies))}
