"""What the teamwork app registers and subscribes to."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from banyan.core.access.events import RecordShared
from banyan.core.identity.events import PeopleToTell, SecurityEvent
from banyan.core.kernel.events import subscribe
from banyan.core.objects.modules import Module, modules
from banyan.core.objects.presence import register_tables_at_records
from banyan.core.objects.registry import register_object
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.events import RecordsChanged
from banyan.core.web.day import first_steps
from banyan.core.web.notifications import notification_sources
from banyan.core.web.panels import (
    Composer,
    DayPanel,
    DueField,
    QuickAction,
    RecordPanel,
    RowAction,
    TimelineAddition,
    TimelineSource,
    composers,
    day_panels,
    due_fields,
    quick_actions,
    record_panels,
    row_actions,
    timeline_additions,
    timeline_sources,
    unread_counters,
)
from banyan.customers.events import ReleaseAhead
from banyan.customers.public import composer_kinds
from banyan.teamwork import api, objects, panels, reactions, security_notices
from banyan.teamwork.choices import TaskStatus
from banyan.teamwork.models import Comment, Task
from banyan.teamwork.views import reacting, talk, timeline

MODULE = "tasks"


def register() -> None:
    """Register module, objects and subscriptions."""
    modules.add(
        MODULE,
        Module(
            MODULE,
            _("Tasks"),
            _("Who does what until when."),
            needed_by=_("Teams in which one person asks another to do something."),
            spared_by=_("Whoever works alone, or plans in another program already."),
            chapters=("tasks",),
            start="/tasks",
        ),
    )
    for spec in objects.OBJECTS:
        register_object(spec)
    register_tables_at_records(MODULE, Task, Comment)
    subscribe(RecordsChanged, "teamwork.tell_people", reactions.tell_people)
    subscribe(RecordShared, "teamwork.tell_shared", reactions.tell_shared)
    subscribe(ReleaseAhead, "teamwork.tell_of_release", reactions.tell_of_release)
    subscribe(SecurityEvent, "teamwork.tell_owner", security_notices.tell_owner)
    subscribe(PeopleToTell, "teamwork.tell_watchers", reactions.tell_watchers)
    _register_timeline()
    _register_tasks()
    api.register()
    unread_counters.add("teamwork", timeline.unread_notices)
    notification_sources.add("teamwork", timeline.TeamworkNotices())


def _register_timeline() -> None:
    """Register what the app adds to timelines: tasks, comments, the box for comments, following."""
    timeline_sources.add(
        "tasks",
        TimelineSource("tasks", _("Tasks"), "checkbox", timeline.load_tasks, position=20, module=MODULE, table=Task),
    )
    timeline_sources.add(
        "comments",
        TimelineSource(
            "comments", _("Comments"), "message-circle", timeline.load_comments, covers=("comment",), position=30,
            module=MODULE, table=Comment,
        ),
    )  # fmt: skip
    timeline_additions.add("reactions", TimelineAddition("reactions", reacting.for_timeline, module=MODULE))
    composer_kinds.add(talk.COMMENT_KIND.value, talk.COMMENT_KIND)
    # Where there is a box for follow-ups it comes first and has the comment as one of its kinds.
    composers.add("comment", Composer("comment", talk.composer, position=900, module=MODULE))
    follow = RecordPanel("follow", panels.follow_button, position=900, module=MODULE, label=_("Follow"))
    record_panels.add(follow.name, follow)


def _register_tasks() -> None:
    """Register what the app shows of tasks: on records, in lists, on my day."""
    due_fields.add("task", DueField("task", ("task",), "due_on", {"status": (TaskStatus.OPEN,)}))
    state = RecordPanel(
        "task_state", panels.task_state, objects=("task",), place="before", module=MODULE, label=_("State of the task")
    )
    tasks = RecordPanel(
        "record_tasks",
        panels.record_tasks,
        label=_("Tasks"),
        objects=("contact", "opportunity", "order", "product"),
        position=10,
        module=MODULE,
    )
    for panel in (state, tasks):
        record_panels.add(panel.name, panel)
    row_actions.add(
        "complete",
        RowAction(
            "complete", _("Mark as done"), "check", complete_url, may=panels.may_edit, opens="post", objects=("task",),
            position=5, module=MODULE,
        ),
    )  # fmt: skip
    quick_actions.add(
        "task",
        QuickAction(
            "task", _("Task"), "/tasks/quick", "checkbox", key="t", position=50, module=MODULE, may=panels.may_create,
            words=(_("to do"), _("assign")), creates="task",
        ),
    )  # fmt: skip
    day_panels.add(
        panels.TASKS_DUE.name, DayPanel(panels.TASKS_DUE.name, panels.TASKS_DUE.render, position=10, module=MODULE)
    )
    first_steps.add(panels.FIRST_STEP.name, panels.FIRST_STEP)


def complete_url(spec: ObjectSpec, task_id: uuid.UUID) -> str:
    """Return the address that marks a task as done."""
    return f"/{spec.plural}/{task_id}/complete"
