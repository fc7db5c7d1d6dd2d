"""Background work of the training: emptying places for practising, and closing those that nobody uses."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, defer, job, periodic
from banyan.core.kernel.clock import now
from banyan.training.models import Sandbox
from banyan.training.queries import Learner
from banyan.training.services import begin_closing, begin_closing_unused, close_sandbox

CLOSE = "training.close_sandbox"
#: Nobody comes back to an exercise after so many days; the progress stays.
UNUSED_DAYS = 14


@job(CLOSE, label=gettext_lazy("A place for practising is emptied"), queue=BULK, attempts=3, in_transaction=False)
def close_practice(actor: Actor, *, row_id: str) -> None:
    """Empty a place for practising."""
    close_sandbox(actor, uuid.UUID(row_id))


def start_closing(learner: Learner) -> bool:
    """Have the learner's place for practising removed in the background; return whether there was one."""
    sandbox = begin_closing(learner)
    if sandbox is None:
        return False
    with learner.at_home():
        defer(close_practice, learner.home, lock=f"{CLOSE}:{sandbox.pk}", row_id=str(sandbox.pk))
    return True


@periodic("50 18 * * *", name="training.end_sandboxes", queue=BULK)
def end_sandboxes(actor: Actor) -> None:
    """Close the places for practising that nobody has used for two weeks, in the small hours in China."""
    for row in Sandbox.objects.filter(used_at__lt=now() - timedelta(days=UNUSED_DAYS), is_closing=False):
        begin_closing_unused(actor, row)
    for row in Sandbox.objects.filter(is_closing=True):
        defer(close_practice, actor, lock=f"{CLOSE}:{row.pk}", row_id=str(row.pk))
