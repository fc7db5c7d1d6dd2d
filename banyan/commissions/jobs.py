"""Work that nobody asks for: drafts of the running period, so that people see what they have earned so far."""

from __future__ import annotations

from banyan.commissions.models import CommissionPlan
from banyan.commissions.services.statements import calculate_period
from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, periodic
from banyan.core.kernel.clock import today
from banyan.core.objects.modules import module_is_on
from banyan.money.public import beside, fiscal_calendar, fiscal_period


@periodic("10 18 * * *", name="commissions.drafts", queue=BULK)
def keep_drafts(actor: Actor) -> None:
    """Calculate the drafts of the running period and of the one before anew, in the small hours in China."""
    organization = actor.organization
    if not module_is_on(organization, "commissions"):
        return
    for plan in CommissionPlan.objects.filter(is_active=True):
        period = fiscal_period(organization, today(organization.time_zone), plan.interval)
        for each in (beside(fiscal_calendar(organization), period, -1), period):
            calculate_period(actor, plan, each)
