"""Nightly work on opportunities: a day that passes is a sign of risk by itself."""

from __future__ import annotations

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, job, periodic
from banyan.sales.queries import open_ids
from banyan.sales.reactions import refresh_risks


@periodic("20 * * * *", name="sales.refresh_risks", queue=BULK)
def refresh_every_hour(actor: Actor) -> None:
    """Look for signs of risk in all open opportunities; only those whose signs differ are written."""
    refresh_risks(actor.organization_id, open_ids())


@job("sales.find_risks", queue=BULK)
def find_risks(actor: Actor) -> None:
    """Do the same after the limits have been changed."""
    refresh_risks(actor.organization_id, open_ids())
