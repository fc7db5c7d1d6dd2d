"""What an administrator may know of an organization's jobs, and do about them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from procrastinate.contrib.django import app

from banyan.core.kernel.clock import now

FAILED, WAITING = "failed", "todo"
#: Workers write down every few seconds that they live; a busy machine may keep them from it.
ALIVE_SECONDS = 45


@dataclass(frozen=True)
class JobRow:
    """One job: its name, state and times; ``state`` is todo, doing, succeeded, failed, cancelled or aborted."""

    id: int
    name: str
    state: str
    attempts: int
    scheduled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


def jobs_of(organization_id: uuid.UUID, *, state: str = "", limit: int = 100) -> list[JobRow]:
    """Return an organization's latest jobs, newest first; ``state`` limits them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT job.id, job.task_name, job.status::text, job.attempts, job.scheduled_at,
                   max(event.at) FILTER (WHERE event.type = 'started'),
                   max(event.at) FILTER (WHERE event.type IN ('succeeded', 'failed', 'cancelled', 'aborted'))
              FROM procrastinate_jobs AS job LEFT JOIN procrastinate_events AS event ON event.job_id = job.id
             WHERE job.args->>'organization_id' = %s AND (%s = '' OR job.status::text = %s)
             GROUP BY job.id ORDER BY job.id DESC LIMIT %s
            """,
            [str(organization_id), state, state, limit],
        )
        return [JobRow(*row) for row in cursor.fetchall()]


def counts_of(organization_id: uuid.UUID) -> dict[str, int]:
    """Return how many jobs of an organization are in each state."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status::text, count(*) FROM procrastinate_jobs WHERE args->>'organization_id' = %s GROUP BY 1",
            [str(organization_id)],
        )
        return dict(cursor.fetchall())


def live_values(organization_id: uuid.UUID, task_name: str, argument: str) -> set[str]:
    """Return what the organization's waiting and running jobs of a name were given as an argument."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT args->>%s FROM procrastinate_jobs
             WHERE task_name = %s AND args->>'organization_id' = %s AND status IN ('todo', 'doing')
            """,
            [argument, task_name, str(organization_id)],
        )
        return {value for (value,) in cursor.fetchall() if value is not None}


def retry_job(organization_id: uuid.UUID, job_id: int) -> bool:
    """Queue a failed job of the organization again; say whether there was such a job."""
    if not any(row.id == job_id for row in jobs_of(organization_id, state=FAILED, limit=1_000)):
        return False
    app.job_manager.retry_job_by_id(job_id, retry_at=now())
    return True


def waiting_seconds() -> float:
    """Return how long the oldest job that could run has been waiting, in seconds; 0 when none waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT COALESCE(EXTRACT(EPOCH FROM now() - min(event.at)), 0)
              FROM procrastinate_jobs AS job
              JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
             WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
            """
        )
        return float(cursor.fetchone()[0])


def is_worker_alive() -> bool:
    """Say whether some worker has shown a sign of life lately; without one, jobs wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - %s * interval '1 second')",
            [ALIVE_SECONDS],
        )
        return bool(cursor.fetchone()[0])
