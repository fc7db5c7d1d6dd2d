"""Periodic work of the teamwork app."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.jobs.registration import IMMEDIATE, periodic
from banyan.core.kernel.clock import now
from banyan.core.objects.kinds import reference_to
from banyan.teamwork.choices import NotificationKind, TaskStatus
from banyan.teamwork.models import Task
from banyan.teamwork.notices import notify

MOST_AT_ONCE = 500


@periodic("* * * * *", name="teamwork.remind", queue=IMMEDIATE)
def remind(actor: Actor) -> None:
    """Remind assignees of tasks whose reminder is due; each reminder is given once."""
    due = Task.objects.filter(
        status=TaskStatus.OPEN, deleted_at__isnull=True, reminded_at=None, remind_at__lte=now(), assignee__isnull=False
    )
    tasks = due.select_related("assignee__organization").select_for_update(skip_locked=True, of=("self",))
    for task in tasks[:MOST_AT_ONCE]:
        if task.assignee is not None:
            notify(
                [task.assignee],
                kind=NotificationKind.REMINDER,
                text=gettext_noop("Reminder: %(name)s"),
                about=reference_to("task", task.pk),
                values={"name": task.name},
            )
        task.reminded_at = now()
        task.save(update_fields=["reminded_at"])
