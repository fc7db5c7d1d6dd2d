"""Background work of processes: bringing running records along, and watching time limits."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.registration import BULK, defer, job, periodic
from banyan.core.jobs.runs import begin_run, watched
from banyan.core.kernel.clock import now
from banyan.core.objects.modules import specs_on
from banyan.core.processes.active import has_process
from banyan.core.processes.models import Process
from banyan.core.processes.settling import settle
from banyan.core.processes.staying import forget_stays_of_purged
from banyan.core.processes.watching import AT_A_TIME, escalate, remind
from banyan.core.records.recycle import KEEP

SETTLE = "processes.settle"


@job(
    SETTLE,
    label=gettext_lazy("Records find their stages in a changed process"),
    queue=BULK,
    attempts=5,
    in_transaction=False,
)
def settle_records(actor: Actor, *, run_id: str, process_id: str, moved: Mapping[str, str]) -> None:
    """Move records out of stages that are gone and write down where all of them are; a run that was cut off goes on."""
    with watched(actor, run_id) as report:
        report.outcome = settle(actor, uuid.UUID(process_id), moved, report)


def start_settling(actor: Actor, row: Process, *, moved: Mapping[str, str] | None = None) -> JobRun:
    """Have the records of a process brought along in the background."""
    run = begin_run(actor, SETTLE, subject=str(row.pk))
    defer(
        settle_records,
        actor,
        lock=f"{SETTLE}:{row.pk}",
        run_id=str(run.pk),
        process_id=str(row.pk),
        moved=dict(moved or {}),
    )
    return run


@periodic("*/5 * * * *", name="processes.watch_limits")
def watch_limits(actor: Actor) -> None:
    """Remind and escalate where the time of a stage is nearly up, or is up."""
    while remind(actor) == AT_A_TIME:
        pass
    while escalate(actor) == AT_A_TIME:
        pass


@periodic("50 18 * * *", name="processes.forget_purged", queue=BULK)
def forget_purged(actor: Actor) -> None:
    """Forget, by night in China, where records stayed that the recycle bin has let go."""
    for spec in specs_on(actor.organization).values():
        if has_process(spec):
            forget_stays_of_purged(spec, now() - KEEP)
