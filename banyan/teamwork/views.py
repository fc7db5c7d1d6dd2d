"""Tasks and comments in the timeline of what they are about."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.kernel.clock import today
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.registry import spec_for
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import relative_day
from banyan.teamwork.choices import TaskStatus
from banyan.teamwork.models import Comment
from banyan.teamwork.notices import unread_count


def unread_notices(actor: Actor) -> int:
    """Return how many notifications the person has not read."""
    return unread_count(actor.user_id) if actor.user_id is not None else 0


def load_comments(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return the comments on a record, newest first; whoever sees the record sees what was said about it."""
    rows = Comment.objects.filter(
        organization_id=question.actor.organization_id,
        about=reference_to(question.spec.name, question.record_id),
        deleted_at__isnull=True,
    )
    if question.before is not None:
        rows = rows.filter(created_at__lt=question.before)
    found = rows.select_related("created_by").order_by("-created_at", "-pk")[: question.limit + 1]
    return [
        TimelineEntry(
            row.created_at,
            row.pk,
            {
                "icon": "message-circle",
                "color": "blue",
                "who": row.created_by.name if row.created_by else _("The system"),
                "title": _("commented"),
                "text": row.text,
            },
        )
        for row in found
    ]


def load_tasks(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return the tasks of a record that the reader may see, newest first."""
    actor = question.actor
    spec = spec_for(actor.organization, "task")
    about = Q(about=reference_to(question.spec.name, question.record_id))
    if question.spec.name == "customer":
        about |= Q(customer=question.record_id)
    rows = restrict(live_rows(actor, spec), actor, spec).filter(about)
    if question.before is not None:
        rows = rows.filter(created_at__lt=question.before)
    found: list[Any] = list(
        rows.select_related("created_by", "assignee").order_by("-created_at", "-pk")[: question.limit + 1]
    )
    return [TimelineEntry(row.created_at, row.pk, _task_shown(question, spec.plural, row)) for row in found]


def _task_shown(question: TimelineQuestion, plural: str, row: Any) -> dict[str, Any]:
    is_open = row.status == TaskStatus.OPEN
    title = _("gave %(person)s a task") % {"person": row.assignee.name} if row.assignee else _("added a task")
    if row.assignee_id is not None and row.assignee_id == row.created_by_id:
        title = _("added a task")
    shown: dict[str, Any] = {
        "icon": "checkbox" if is_open else "circle-check",
        "color": "yellow" if is_open else "green",
        "who": row.created_by.name if row.created_by else _("The system"),
        "title": title,
        "links": [{"text": row.name, "href": f"/{plural}/{row.pk}"}],
    }
    if is_open and row.due_on:
        day = today(question.actor.time_zone)
        written = relative_day(row.due_on, day) or row.due_on.isoformat()
        shown["next"] = {"date": written, "text": "", "overdue": row.due_on < day}
    return shown
