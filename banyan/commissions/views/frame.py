"""What the pages of commissions share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.commissions.choices import State
from banyan.commissions.models import CommissionPlan, CommissionStatement
from banyan.commissions.rules import Terms
from banyan.core.access.actor import Actor
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Missing
from banyan.core.objects.kinds import Money
from banyan.core.objects.modules import module_is_on
from banyan.core.records.drafts import reading_for
from banyan.core.web.middleware import SignedInRequest
from banyan.money.choices import PeriodKind
from banyan.money.public import FiscalPeriod, beside, fiscal_calendar, fiscal_period, period_label, read_code

MODULE = "commissions"
URL, SETTINGS = "/commissions", "/settings/commissions"
LONGEST_MONTH = 31
COLORS = {State.DRAFT: "grey", State.APPROVED: "blue", State.PAID: "green"}


def require_module(actor: Actor) -> None:
    """Raise ``Missing`` where the module is off."""
    if not module_is_on(actor.organization, MODULE):
        raise Missing("not_found", _("There is no such page."))


def asked_period(request: SignedInRequest) -> FiscalPeriod:
    """Return the month or quarter of an address; the last month that is over when it makes no sense."""
    organization = request.actor.organization
    calendar = fiscal_calendar(organization)
    try:
        period = read_code(calendar, request.GET.get("period", ""))
    except ValueError:
        period = None
    if period is None or period.kind == PeriodKind.YEAR:
        return beside(calendar, fiscal_period(organization, today(organization.time_zone), PeriodKind.MONTH), -1)
    return period


def period_choice(request: SignedInRequest, period: FiscalPeriod) -> dict[str, Any]:
    """Return the choice of a month or quarter for a page, in the shape that ``commissions/parts.html`` takes."""
    organization = request.actor.organization
    calendar = fiscal_calendar(organization)
    kinds = (PeriodKind.MONTH, PeriodKind.QUARTER)
    return {
        "label": period_label(period),
        "kinds": [
            {
                "label": str(kind.label),
                "url": f"{URL}?period={fiscal_period(organization, period.first, kind).code}",
                "active": kind == period.kind,
            }
            for kind in kinds
        ],
        "previous": f"{URL}?period={beside(calendar, period, -1).code}",
        "next": f"{URL}?period={beside(calendar, period, 1).code}",
    }


def money(actor: Actor, amount: Decimal | None, currency: str = "") -> str:
    """Return an amount to the cent, as statements show it."""
    if amount is None:
        return ""
    return Money().display(amount, replace(reading_for(actor), currency=currency or actor.currency))


def fiscal_of(actor: Actor, statement: CommissionStatement) -> FiscalPeriod:
    """Return the month or quarter of a statement."""
    kind = PeriodKind.MONTH if (statement.last_day - statement.first_day).days < LONGEST_MONTH else PeriodKind.QUARTER
    return fiscal_period(actor.organization, statement.first_day, kind)


def period_of(actor: Actor, statement: CommissionStatement) -> str:
    """Return what the period of a statement is called."""
    return period_label(fiscal_of(actor, statement))


def terms_in_words(actor: Actor, terms: Terms) -> list[str]:
    """Return how a plan pays, as sentences."""
    by_goal = terms.measured == "attainment"

    def limit(value: Decimal) -> str:
        return f"{value.normalize():f} %" if by_goal else money(actor, value)

    words = []
    for tier in terms.tiers:
        rate = f"{tier.rate.normalize():f}"
        if tier.end is None:
            text = _("from %(start)s: %(rate)s %%") if tier.start else _("everything: %(rate)s %%")
        else:
            text = _("%(start)s to %(end)s: %(rate)s %%")
        words.append(text % {"start": limit(tier.start), "end": limit(tier.end or Decimal(0)), "rate": rate})
    if len(terms.tiers) > 1:
        whole = _("The tier that is reached counts for the whole amount.")
        words.append(whole if terms.mode == "whole" else _("Each tier counts for the part that lies in it."))
    if by_goal:
        words.append(_("The limits are per cent of the person's target."))
    words += [
        _("%(category)s counts %(percent)s %%.") % {"category": name, "percent": f"{percent.normalize():f}"}
        for name, percent in terms.category_percents.items()
    ]
    words += [
        _("From %(percent)s %% of the target, everything times %(factor)s.")
        % {"percent": f"{step.from_percent.normalize():f}", "factor": f"{step.factor.normalize():f}"}
        for step in terms.accelerators
    ]
    if terms.cap is not None:
        words.append(_("At most %(amount)s.") % {"amount": money(actor, terms.cap)})
    return words


def plan_suits(plan: CommissionPlan, period: FiscalPeriod) -> bool:
    """Say whether a plan makes statements for periods of this length."""
    return plan.is_active and str(plan.interval) == str(period.kind)


def day_text(day: date | None) -> str:
    """Return a day as statements show it."""
    return day.isoformat() if day else ""
