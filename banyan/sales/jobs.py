"""Nightly work on opportunities: a day that passes is a sign of risk by itself."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.jobs.registration import BULK, defer, job, periodic
from banyan.core.kernel.clock import now
from banyan.core.objects.events import ModulesSwitched
from banyan.core.objects.modules import module_is_on
from banyan.core.tenancy.models import Organization
from banyan.sales.choices import DEAL_WORK
from banyan.sales.queries import open_ids
from banyan.sales.reactions import refresh_risks

EVERY = timedelta(minutes=10)


@periodic("*/10 * * * *", name="sales.refresh_risks", queue=BULK)
def refresh_in_time(actor: Actor) -> None:
    """Look for signs of risk in what imports and bulk work have changed, and in all after midnight.

    A day begins where the organization is. Only opportunities whose signs differ are written.
    """
    if not module_is_on(actor.organization, DEAL_WORK):
        return
    at = now().astimezone(ZoneInfo(actor.organization.time_zone))
    is_new_day = at.hour == 0 and at.minute < EVERY.total_seconds() // 60
    refresh_risks(actor.organization_id, open_ids(changed_since=None if is_new_day else at - 2 * EVERY))


@job("sales.find_risks", label=gettext_lazy("Risk signs of opportunities are looked for"), queue=BULK)
def find_risks(actor: Actor) -> None:
    """Do the same after the limits have been changed."""
    refresh_risks(actor.organization_id, open_ids())


def catch_up(event: ModulesSwitched) -> None:
    """Find the signs of risk of all opportunities when deal work comes: while it was off nobody looked for them."""
    if DEAL_WORK in event.on:
        defer(find_risks, system_actor(Organization.objects.get(pk=event.organization_id)))
