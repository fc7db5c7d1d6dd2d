"""Calling the workers: after the commit, at most one job of a kind waits for each organization."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from banyan.core.jobs.registration import DEFAULT, IMMEDIATE

logger = logging.getLogger(__name__)
WORK, WORK_NOW, DELIVER = "automation.work", "automation.work_now", "automation.deliver"
QUEUES = {WORK: DEFAULT, WORK_NOW: IMMEDIATE, DELIVER: DEFAULT}


@dataclass(frozen=True)
class _Call:
    """A job that is to be queued after the commit; equal ones are queued once."""

    name: str
    organization_id: uuid.UUID

    def __call__(self) -> None:
        try:
            if not _is_waiting(self.lock):
                queue = app.configure_task(self.name, queue=QUEUES[self.name], queueing_lock=self.lock)
                queue.defer(organization_id=str(self.organization_id), user_id=None)
        except exceptions.AlreadyEnqueued:
            pass
        except (DatabaseError, exceptions.ProcrastinateException):
            # What is to be done lies in the database; the job of every minute finds it.
            logger.exception("Job %s could not be queued.", self.name)

    @property
    def lock(self) -> str:
        return f"{self.name}:{self.organization_id}"


def wake(organization_id: uuid.UUID, name: str = WORK) -> None:
    """Have a job queued once the current transaction is committed.

    Not within it: a worker that takes the job up before the commit would find nothing to do. Should the process die
    in between, the job of every minute finds what is to be done.
    """
    call = _Call(name, organization_id)
    if not any(entry[1] == call for entry in connection.run_on_commit):
        transaction.on_commit(call)


def _is_waiting(lock: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo')", [lock]
        )
        return bool(cursor.fetchone()[0])
