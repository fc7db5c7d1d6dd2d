"""Every night: the figures of the day before, and what follows a trial that is over."""

from __future__ import annotations

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, periodic
from banyan.editions.growth.figures import gather
from banyan.editions.growth.wording import note_new
from banyan.editions.licences.services import end_trial


@periodic("40 18 * * *", name="editions.growth", queue=BULK)
def gather_figures(actor: Actor) -> None:
    """Write down how the organization was used yesterday, and notice what that says."""
    gather(actor)
    note_new(actor)


@periodic("10 * * * *", name="editions.trials", queue=BULK)
def end_trials(actor: Actor) -> None:
    """Do what follows a trial, in the first hour after its last day where the organization is."""
    end_trial(actor)
