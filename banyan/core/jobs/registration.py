"""Jobs: functions that run later, in another process, within an organization's scope.

A job is queued on the connection of the current transaction, so it exists exactly if the change that
caused it was committed.
"""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Callable
from typing import Any

import procrastinate
from django.utils import timezone, translation
from procrastinate.contrib.django import app

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.standing import actor_for
from banyan.core.identity.models import User
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

logger = logging.getLogger(__name__)

Job = Callable[..., None]
IMMEDIATE, DEFAULT, BULK = "immediate", "default", "bulk"
QUEUES = (IMMEDIATE, DEFAULT, BULK)


#: What each job is called where people look at them.
labels: dict[str, Any] = {}


def label_of(name: str) -> str:
    """Return what a job is called in the language in use; a job of a version before has its name alone."""
    return str(labels.get(name, name))


def job(
    name: str, *, label: Any, queue: str = DEFAULT, attempts: int = 3, in_transaction: bool = True
) -> Callable[[Job], procrastinate.tasks.Task]:
    """Make a function a job; it is called with the actor and the values given to ``defer``.

    ``label`` says what it does, where administrators look at what runs.
    The function runs in one transaction of the organization and may run again when the worker died,
    so it must be right to run it twice. With ``in_transaction=False`` it opens scopes itself, for
    long work that commits on the way. A failing job is tried ``attempts`` times, each wait longer.
    """

    def decorate(function: Job) -> procrastinate.tasks.Task:
        @functools.wraps(function)
        def run(*, organization_id: str, user_id: str | None = None, **values: Any) -> None:
            actor = actor_of(uuid.UUID(organization_id), uuid.UUID(user_id) if user_id else None)
            with translation.override(actor.language), timezone.override(actor.time_zone):
                if in_transaction:
                    with organization_scope(actor.organization_id):
                        function(actor, **values)
                else:
                    function(actor, **values)

        labels[name] = label
        retry = procrastinate.RetryStrategy(max_attempts=attempts, exponential_wait=5) if attempts > 1 else False
        return app.task(name=name, queue=queue, retry=retry)(run)

    return decorate


def defer(task: procrastinate.tasks.Task, actor: Actor, *, lock: str | None = None, **values: Any) -> int:
    """Queue a job for an actor in the current transaction and return its id.

    ``values`` must be plain JSON. Jobs with the same ``lock`` run one after the other.
    """
    configured = task.configure(lock=lock) if lock else task
    job_id: int = configured.defer(
        organization_id=str(actor.organization_id),
        user_id=str(actor.user_id) if actor.user_id else None,
        **values,
    )
    return job_id


def periodic(cron: str, *, name: str, queue: str = DEFAULT) -> Callable[[Callable[[Actor], None]], Any]:
    """Run a function for every organization at the times of a cron line (UTC), each in its own transaction.

    One organization's failure is logged and does not keep the others waiting.
    """

    def decorate(function: Callable[[Actor], None]) -> procrastinate.tasks.Task:
        @functools.wraps(function)
        def run(timestamp: int) -> None:
            failed = [organization.name for organization in Organization.objects.all() if not _attempt(organization)]
            if failed:
                raise RuntimeError(f"{name} failed for {len(failed)} organizations; see the log.")

        def _attempt(organization: Organization) -> bool:
            try:
                with organization_scope(organization.pk):
                    function(system_actor(organization))
            except Exception:
                logger.exception("Periodic job %s failed for organization %s.", name, organization.pk)
                return False
            return True

        task = app.task(name=name, queue=queue, pass_context=False)(run)
        return app.periodic(cron=cron, periodic_id=name)(task)

    return decorate


def installation_periodic(cron: str, *, name: str, queue: str = DEFAULT) -> Callable[[Callable[[], None]], Any]:
    """Run a function for the whole installation at the times of a cron line (UTC)."""

    def decorate(function: Callable[[], None]) -> procrastinate.tasks.Task:
        @functools.wraps(function)
        def run(timestamp: int) -> None:
            function()

        return app.periodic(cron=cron, periodic_id=name)(app.task(name=name, queue=queue)(run))

    return decorate


def actor_of(organization_id: uuid.UUID, user_id: uuid.UUID | None) -> Actor:
    """Return the person who asked for a job, with the rights of now; the system when nobody did.

    A person who may no longer sign in has no rights left: the job then fails with ``LookupError``.
    """
    with organization_scope(organization_id):
        if user_id is None:
            return system_actor(Organization.objects.get(pk=organization_id))
        user = User.objects.select_related("organization").filter(pk=user_id, is_active=True).first()
        if user is None:
            raise LookupError(f"User {user_id} is no longer active.")
        return actor_for(user, channel=Channel.JOB)
