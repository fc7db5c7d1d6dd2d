"""Watching long work: begin a run, report its progress from the job, read it on a page."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.jobs.models import JobRun, RunState
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, Missing
from banyan.core.tenancy.scope import organization_scope

#: A page asks once a second; more writes than that would be for nobody.
REPORT_SECONDS = 0.5


class Reporter:
    """What a job tells about itself; call it with step, amount done and total, as often as it likes."""

    def __init__(self, run: JobRun) -> None:
        self.run = run
        self.outcome: dict[str, Any] = {}
        self._told_at = 0.0

    def __call__(self, step: str, done: int, total: int | None = None) -> None:
        """Write the progress down, at most twice a second."""
        moment = time.monotonic()
        if moment - self._told_at < REPORT_SECONDS:
            return
        self._told_at = moment
        _change(self.run, step=step[:60], done=done, total=total or 0)


def begin_run(actor: Actor, name: str, *, subject: str = "") -> JobRun:
    """Note that somebody asked for long work; give the run's id to the job."""
    return JobRun.objects.create(
        organization_id=actor.organization_id, name=name, subject=subject[:200], asked_by_id=actor.user_id
    )


@contextmanager
def watched(actor: Actor, run_id: str | uuid.UUID) -> Iterator[Reporter]:
    """Run the block as the work of a run: it is noted when it begins, gets on, and how it ends.

    Each note is a transaction of its own; use it in jobs that are not in one (``in_transaction=False``).
    An error is noted and raised again.
    """
    with organization_scope(actor.organization_id):
        run = JobRun.objects.get(pk=run_id)
    _change(run, state=RunState.RUNNING, started_at=now(), ended_at=None, problem="", step="", done=0, total=0)
    reporter = Reporter(run)
    try:
        yield reporter
    except Exception as error:
        _change(run, state=RunState.FAILED, ended_at=now(), problem=words_of(error))
        raise
    _change(run, state=RunState.DONE, ended_at=now(), outcome=reporter.outcome)


def latest_run(name: str, *, subject: str | None = None) -> JobRun | None:
    """Return the newest run of a job in the current organization."""
    rows = JobRun.objects.filter(name=name)
    return (rows if subject is None else rows.filter(subject=subject)).first()


def find_run(run_id: uuid.UUID, name: str) -> JobRun:
    """Return a run of a job in the current organization; raise ``Missing`` when there is none."""
    run = JobRun.objects.filter(pk=run_id, name=name).first()
    if run is None:
        raise Missing("not_found", _("There is no such job."))
    return run


def words_of(error: Exception) -> str:
    """Return what went wrong for people; the cause of an unforeseen error is in the log alone."""
    if isinstance(error, DomainError):
        return f"{error.message} {error.details.get('advice', '')}".strip()
    return _("An unexpected error occurred. The log of the worker says more.")


def _change(run: JobRun, **values: Any) -> None:
    for name, value in values.items():
        setattr(run, name, value)
    with organization_scope(run.organization_id):
        JobRun.objects.filter(pk=run.pk).update(**values)
