"""Work that nobody asks for: keeping every day how forecasts stand."""

from __future__ import annotations

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, periodic
from banyan.core.objects.modules import module_is_on
from banyan.forecasts.services.forecasts import take_snapshots


@periodic("40 15 * * *", name="forecasts.snapshots", queue=BULK)
def keep_the_day(actor: Actor) -> None:
    """Keep how the forecasts of everybody stand, shortly before midnight in China."""
    if module_is_on(actor.organization, "forecasts"):
        take_snapshots(actor)
