"""Moves in the background: carrying them out, and saying of those that nobody works on that they stopped."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy, override

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import BULK, defer, job, periodic
from banyan.core.jobs.status import live_values
from banyan.core.kernel.clock import now
from banyan.migration.choices import UNDER_WAY, MoveState
from banyan.migration.models import Move
from banyan.migration.services import running

#: Moves of up to so many rows are worked off while the person waits; that takes a few seconds.
AT_ONCE_ROWS = 100
LONGEST_COMMAND = timedelta(days=1)


@job("migration.move", label=gettext_lazy("Data comes from another CRM"), queue=BULK, attempts=5, in_transaction=False)
def run_move(actor: Actor, *, move_id: str) -> None:
    """Carry a move out; a worker that died leaves it where the next one goes on."""
    running.work(actor, uuid.UUID(move_id))


def start(actor: Actor, move: Move, *, is_dry_run: bool = False, may_wait: bool = False) -> Move:
    """Begin a move, or let it go on: in the background, or at once when it is small and somebody may wait for it."""
    ready = running.make_ready(actor, move, is_dry_run=is_dry_run)
    if may_wait and sum(table.rows for table in running.tables_of(ready)) <= AT_ONCE_ROWS:
        return running.work(actor, ready.pk)
    defer(run_move, actor, lock=f"move-{move.pk}", move_id=str(move.pk))
    return ready


@periodic("*/10 * * * *", name="migration.end_interrupted")
def end_interrupted(actor: Actor) -> None:
    """Say of moves that nobody works on any more that they have failed, so that they can go on."""
    live = live_values(actor.organization_id, run_move.name, "move_id")
    with override(actor.language):
        problem = gettext("The move was interrupted. What was taken over so far is listed; it can go on.")
    # A command works on its move without a job; none takes a day.
    without_command = Q(started_by__isnull=False) | Q(started_at__lt=now() - LONGEST_COMMAND)
    Move.objects.filter(without_command, state__in=UNDER_WAY).exclude(pk__in=live).update(
        state=MoveState.FAILED, problem=problem, finished_at=now()
    )
