"""Imports and exports of everything in the background."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy, override

from banyan.core.access.actor import Actor
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.registration import BULK, defer, job, periodic
from banyan.core.jobs.runs import watched
from banyan.core.jobs.status import live_values
from banyan.core.kernel.clock import now
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.everything import services as everything
from banyan.core.transfer.everything.control import close_requests, note_run
from banyan.core.transfer.importing.engine import work
from banyan.core.transfer.importing.services import local_copy, make_ready
from banyan.core.transfer.models import ExportRequest, Import, ImportStatus

#: A command works on its import without a job; none takes that long.
LONGEST_COMMAND = timedelta(days=1)
UNDER_WAY = (ImportStatus.WAITING, ImportStatus.RUNNING, ImportStatus.STOPPING)


@job("transfer.import", label=gettext_lazy("A file is imported"), queue=BULK, attempts=5, in_transaction=False)
def run_import(actor: Actor, *, import_id: str) -> None:
    """Carry an import out; a worker that died leaves it where the next one goes on."""
    with organization_scope(actor.organization_id):
        file = Import.objects.select_related("file").get(pk=import_id).file
    if file is None:
        raise LookupError(f"Import {import_id} has no stored file.")
    with local_copy(file) as path:
        work(actor, uuid.UUID(import_id), path)


def start(actor: Actor, task: Import, *, is_dry_run: bool = False) -> Import:
    """Queue an import to run in the background and return it."""
    ready = make_ready(actor, task, is_dry_run=is_dry_run)
    defer(run_import, actor, lock=f"import-{task.pk}", import_id=str(task.pk))
    return ready


@job(everything.JOB, label=gettext_lazy("All data is exported"), queue=BULK, attempts=1, in_transaction=False)
def export_everything(actor: Actor, *, run_id: str) -> None:
    """Write all that the organization has into a file; what is beyond the number kept goes."""
    try:
        with watched(actor, run_id) as report:
            everything.make(actor, report)
    finally:
        with organization_scope(actor.organization_id):
            close_requests(actor, JobRun.objects.get(pk=run_id))
    with organization_scope(actor.organization_id):
        everything.forget_old(actor.organization)


def start_export(actor: Actor, request: ExportRequest | None = None) -> JobRun:
    """Ask for an export of everything, perhaps one that was approved, and queue it; raises what ``ask`` raises."""
    run = everything.ask(actor, is_approved=request is not None)
    if request is not None:
        note_run(request, run)
    defer(export_everything, actor, lock=f"{everything.JOB}-{actor.organization_id}", run_id=str(run.pk))
    return run


@periodic("0 17 * * *", name="transfer.weekly_export", queue=BULK)
def weekly_export(actor: Actor) -> None:
    """Export everything of the organizations that want it each week; at one in the morning in China."""
    if everything.is_due(actor.organization):
        start_export(actor)


@periodic("*/10 * * * *", name="transfer.end_interrupted")
def end_interrupted(actor: Actor) -> None:
    """Say of imports that nobody works on any more that they have failed, so that they can go on."""
    live = live_values(actor.organization_id, run_import.name, "import_id")
    without_job = Q(file__isnull=False) | Q(started_at__lt=now() - LONGEST_COMMAND)
    with override(actor.language):
        problem = gettext("The import was interrupted. What was imported so far is listed; it can go on.")
    Import.objects.filter(without_job, part_of__isnull=True, status__in=UNDER_WAY).exclude(pk__in=live).update(
        status=ImportStatus.FAILED, problem=problem, finished_at=now()
    )
