"""Nightly work on opportunities: a day that passes is a sign of risk by itself."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, job, periodic
from banyan.core.kernel.clock import now
from banyan.sales.queries import open_ids
from banyan.sales.reactions import refresh_risks

EVERY = timedelta(minutes=10)


@periodic("*/10 * * * *", name="sales.refresh_risks", queue=BULK)
def refresh_in_time(actor: Actor) -> None:
    """Look for signs of risk in what imports and bulk work have changed, and in all after midnight.

    A day begins where the organization is. Only opportunities whose signs differ are written.
    """
    at = now().astimezone(ZoneInfo(actor.organization.time_zone))
    is_new_day = at.hour == 0 and at.minute < EVERY.total_seconds() // 60
    refresh_risks(actor.organization_id, open_ids(changed_since=None if is_new_day else at - 2 * EVERY))


@job("sales.find_risks", queue=BULK)
def find_risks(actor: Actor) -> None:
    """Do the same after the limits have been changed."""
    refresh_risks(actor.organization_id, open_ids())
