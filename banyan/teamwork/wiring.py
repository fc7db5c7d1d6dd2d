"""What the teamwork app registers and subscribes to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import Module, modules
from banyan.core.objects.registry import register_object
from banyan.core.records.events import RecordsChanged
from banyan.core.web.notifications import notification_sources
from banyan.core.web.panels import DueField, TimelineSource, due_fields, timeline_sources, unread_counters
from banyan.teamwork import objects, reactions, views
from banyan.teamwork.choices import TaskStatus


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add("tasks", Module("tasks", _("Tasks"), _("Who does what until when.")))
    for spec in objects.OBJECTS:
        register_object(spec)
    subscribe(RecordsChanged, "teamwork.tell_people", reactions.tell_people)
    _register_pages()


def _register_pages() -> None:
    """Register what the app adds to pages: tasks and comments in timelines, the number of unread notices."""
    timeline_sources.add(
        "tasks",
        TimelineSource("tasks", _("Tasks"), "checkbox", views.load_tasks, position=20, module="tasks"),
    )
    timeline_sources.add(
        "comments",
        TimelineSource(
            "comments", _("Comments"), "message-circle", views.load_comments, covers=("comment",), position=30,
            module="tasks",
        ),
    )  # fmt: skip
    due_fields.add("task", DueField("task", ("task",), "due_on", {"status": (TaskStatus.OPEN,)}))
    unread_counters.add("teamwork", views.unread_notices)
    notification_sources.add("teamwork", views.TeamworkNotices())
