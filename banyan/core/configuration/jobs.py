"""Background work on trial copies: making them, deleting them, and throwing away those whose time is over."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.configuration.documents import BadDocument
from banyan.core.configuration.models import TrialCopy
from banyan.core.configuration.trials import (
    begin_deleting,
    begin_trial,
    delete_trial,
    due_trials,
    make_trial,
    note_failure,
)
from banyan.core.jobs.registration import BULK, DEFAULT, defer, job, periodic
from banyan.core.jobs.runs import words_of

MAKE, DELETE = "configuration.make_trial", "configuration.delete_trial"


@job(MAKE, label=gettext_lazy("A trial copy is made"), queue=DEFAULT, attempts=1, in_transaction=False)
def make_trial_copy(actor: Actor, *, trial_id: str) -> None:
    """Make a trial copy; why it failed stands on its page."""
    try:
        make_trial(actor, uuid.UUID(trial_id))
    except Exception as problem:
        note_failure(actor, uuid.UUID(trial_id), words_of(problem))
        if not isinstance(problem, BadDocument):
            raise


@job(DELETE, label=gettext_lazy("A trial copy is deleted"), queue=BULK, attempts=3, in_transaction=False)
def delete_trial_copy(actor: Actor, *, trial_id: str) -> None:
    """Delete a trial copy."""
    delete_trial(actor, uuid.UUID(trial_id))


def start_trial(actor: Actor, *, name: str, days: int, sample_rows: int) -> TrialCopy:
    """Have a trial copy made in the background; raises as ``begin_trial``."""
    row = begin_trial(actor, name=name, days=days, sample_rows=sample_rows)
    defer(make_trial_copy, actor, lock=f"{MAKE}:{actor.organization_id}", trial_id=str(row.pk))
    return row


def start_deleting(actor: Actor, trial_id: uuid.UUID) -> TrialCopy:
    """Have a trial copy deleted in the background; nobody can enter it any more. Raises as ``begin_deleting``."""
    row = begin_deleting(actor, trial_id)
    defer(delete_trial_copy, actor, lock=f"{DELETE}:{row.pk}", trial_id=str(row.pk))
    return row


@periodic("40 18 * * *", name="configuration.end_trials", queue=BULK)
def end_trials(actor: Actor) -> None:
    """Delete the trial copies whose time is over, in the small hours in China."""
    for row in due_trials(actor):
        start_deleting(actor, row.pk)
