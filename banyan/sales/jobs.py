"""Nightly work on opportunities: a day that passes is a sign of risk by itself."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, job, periodic
from banyan.core.kernel.clock import now
from banyan.sales.queries import open_ids
from banyan.sales.reactions import refresh_risks

FIRST_HOUR = 0


@periodic("20 * * * *", name="sales.refresh_risks", queue=BULK)
def refresh_after_midnight(actor: Actor) -> None:
    """Look for signs of risk in all open opportunities once a new day has begun where the organization is.

    Only those whose signs differ are written.
    """
    if now().astimezone(ZoneInfo(actor.organization.time_zone)).hour == FIRST_HOUR:
        refresh_risks(actor.organization_id, open_ids())


@job("sales.find_risks", queue=BULK)
def find_risks(actor: Actor) -> None:
    """Do the same after the limits have been changed."""
    refresh_risks(actor.organization_id, open_ids())
