"""Work in the background: drafts of the running period every night, and what is too much for a request."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from banyan.commissions.models import CommissionPlan
from banyan.commissions.services.statements import calculate_period, people_of_period
from banyan.core.access.actor import Actor
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.registration import BULK, defer, job, periodic
from banyan.core.jobs.runs import begin_run, latest_run, watched
from banyan.core.kernel.clock import today
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.scope import organization_scope
from banyan.money.public import FiscalPeriod, beside, fiscal_calendar, fiscal_period, read_code

CALCULATE = "commissions.calculate"
#: So many people are calculated in one transaction: enough that reading all sales again for them does not matter.
AT_ONCE = 250
#: Statements of more people than these are calculated in the background.
MOST_IN_REQUEST = 40


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


@job(CALCULATE, label=gettext_lazy("Commissions are calculated"), queue=BULK, attempts=2, in_transaction=False)
def calculate_many(actor: Actor, *, run_id: str, plans: list[str], period: str) -> None:
    """Calculate the drafts of a period, so many people at a time; what was done before it stopped is done again alike."""
    with watched(actor, run_id) as report:
        with organization_scope(actor.organization_id):
            asked = read_code(fiscal_calendar(actor.organization), period)
            parts = [
                (plan, people[start : start + AT_ONCE])
                for plan in CommissionPlan.objects.filter(pk__in=plans).order_by("pk")
                if (people := people_of_period(plan, asked))
                for start in range(0, len(people), AT_ONCE)
            ]
        total, done, changed, kept = sum(len(people) for _plan, people in parts), 0, 0, 0
        for plan, people in parts:
            report(plan.name, done, total)
            with organization_scope(actor.organization_id):
                outcome = calculate_period(actor, plan, asked, people=set(people))
            done += len(people)
            changed += len(outcome.changes)
            kept += outcome.kept
        report.outcome = {"calculated": changed, "kept": kept}


def start_calculation(actor: Actor, plans: Sequence[CommissionPlan], period: FiscalPeriod) -> JobRun:
    """Have the drafts of a period calculated in the background, one such calculation after the other."""
    require_ability(actor, Ability.KEEP_ACCOUNTS)
    running = latest_run(CALCULATE, subject=period.code)
    if running is not None and running.is_under_way:
        return running
    run = begin_run(actor, CALCULATE, subject=period.code)
    lock = f"{CALCULATE}:{actor.organization_id}"
    defer(
        calculate_many, actor, lock=lock, run_id=str(run.pk), plans=[str(plan.pk) for plan in plans], period=period.code
    )
    return run
