"""Every night: the figures of the day before, what follows a trial, and the end of the adviser's trial organizations."""

from __future__ import annotations

import logging

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, installation_periodic, periodic
from banyan.editions.adviser import trials
from banyan.editions.growth.figures import gather
from banyan.editions.growth.wording import note_new
from banyan.editions.licences.services import end_trial

logger = logging.getLogger(__name__)


@periodic("40 18 * * *", name="editions.growth", queue=BULK)
def gather_figures(actor: Actor) -> None:
    """Write down how the organization was used yesterday, and notice what that says."""
    gather(actor)
    note_new(actor)


@periodic("10 * * * *", name="editions.trials", queue=BULK)
def end_trials(actor: Actor) -> None:
    """Do what follows a trial, in the first hour after its last day where the organization is."""
    end_trial(actor)


@installation_periodic("20 18 * * *", name="editions.end_adviser_trials", queue=BULK)
def end_adviser_trials() -> None:
    """Delete what is in the adviser's trials whose last day has passed, in the small hours in China."""
    for organization in trials.due_trials():
        try:
            trials.end_trial(organization)
        except Exception:
            # One that cannot be deleted does not keep the others; it is tried again tomorrow.
            logger.exception("The trial %s could not be ended.", organization.pk)
