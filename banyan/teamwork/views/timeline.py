"""Tasks and comments in the timeline of what they are about."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.registry import spec_for
from banyan.core.web.menu import may
from banyan.core.web.notifications import Notice
from banyan.core.web.panels import TimelineEntry, TimelineQuestion
from banyan.core.web.presenting import near_day
from banyan.teamwork.choices import TaskStatus
from banyan.teamwork.models import Comment, Notification
from banyan.teamwork.notices import mark_read, mark_unread, unread_count


def unread_notices(actor: Actor) -> int:
    """Return how many notifications the person has not read."""
    return unread_count(actor.user_id) if actor.user_id is not None else 0


class TeamworkNotices:
    """The notices that this app keeps, as the bell reads them."""

    def latest(self, actor: Actor, *, limit: int) -> list[Notice]:
        """Return the person's notices, newest first."""
        return [_notice(row) for row in _own_notices(actor).select_related("actor")[:limit]]

    def find(self, actor: Actor, notice_id: uuid.UUID) -> Notice | None:
        """Return one of the person's notices."""
        row = _own_notices(actor).select_related("actor").filter(pk=notice_id).first()
        return _notice(row) if row else None

    def mark_read(self, actor: Actor, notice_ids: Iterable[uuid.UUID] | None) -> None:
        """Mark the person's notices as read."""
        if actor.user is not None:
            mark_read(actor.user, notice_ids)

    def mark_unread(self, actor: Actor, notice_id: uuid.UUID) -> None:
        """Mark one of the person's notices as not read yet."""
        if actor.user is not None:
            mark_unread(actor.user, notice_id)


def load_comments(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return the comments on a record, newest first; whoever sees the record sees what was said about it."""
    rows = Comment.objects.filter(
        organization_id=question.actor.organization_id,
        about=reference_to(question.spec.name, question.record_id),
        deleted_at__isnull=True,
    )
    if question.before is not None:
        rows = rows.filter(created_at__lt=question.before)
    newest = rows.order_by("-created_at", "-pk").values("id", "created_at", "text", "created_by__name")
    return [
        TimelineEntry(
            row["created_at"],
            row["id"],
            {
                "icon": "message-circle",
                "color": "blue",
                "who": row["created_by__name"] or _("The system"),
                "title": _("commented"),
                "text": row["text"],
                "about": reference_to("comment", row["id"]),
            },
        )
        for row in newest[: question.limit + 1]
    ]


def load_tasks(question: TimelineQuestion) -> list[TimelineEntry]:
    """Return the tasks of a record that the reader may see, newest first: open ones since they exist, done ones as done."""
    actor = question.actor
    spec = spec_for(actor.organization, "task")
    about = Q(about=reference_to(question.spec.name, question.record_id))
    if question.spec.name == "customer":
        about |= Q(customer=question.record_id)
    rows = restrict(live_rows(actor, spec), actor, spec).filter(about).annotate(at=Coalesce("done_at", "created_at"))
    if question.before is not None:
        rows = rows.filter(at__lt=question.before)
    names = ("id", "name", "status", "due_on", "at", "assignee_id", "created_by_id")
    newest = rows.order_by("-at", "-pk").values(*names, "assignee__name", "created_by__name")
    day, can_edit = today(actor.time_zone), may(actor, spec, Action.EDIT)
    return [
        TimelineEntry(row["at"], row["id"], _task_shown(row, spec.plural, day, can_edit=can_edit))
        for row in newest[: question.limit + 1]
    ]


def _task_shown(row: Mapping[str, Any], plural: str, day: date, *, can_edit: bool) -> dict[str, Any]:
    url = f"/{plural}/{row['id']}"
    is_open = row["status"] == TaskStatus.OPEN
    shown: dict[str, Any] = {
        "icon": "checkbox" if is_open else "circle-check",
        "color": "yellow" if is_open else "green",
        "who": row["created_by__name"] or _("The system"),
        "title": _("added a task"),
        "links": [{"text": row["name"], "href": url}],
    }
    if row["status"] == TaskStatus.DONE:
        return {**shown, "who": row["assignee__name"] or shown["who"], "title": _("completed a task")}
    if row["assignee_id"] not in {None, row["created_by_id"]}:
        shown["title"] = _("gave %(person)s a task") % {"person": row["assignee__name"]}
    if is_open and row["due_on"]:
        written = near_day(row["due_on"], day)
        done_url = f"{url}/complete" if can_edit else ""
        shown["next"] = {"date": written, "text": "", "overdue": row["due_on"] < day, "done_url": done_url}
    return shown


def _own_notices(actor: Actor) -> QuerySet[Notification]:
    return Notification.objects.filter(user=actor.user)


def _notice(row: Notification) -> Notice:
    return Notice(
        id=row.pk,
        text=row.text,
        at=row.created_at,
        about=row.about,
        who=row.actor.name if row.actor else "",
        is_unread=row.read_at is None,
    )
