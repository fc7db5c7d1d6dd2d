"""What the teamwork app shows on other pages: tasks of a record, a task's checklist, following, my tasks of the day."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.kernel.clock import today
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.web.answers import macro
from banyan.core.web.day import DayList, FirstStep
from banyan.core.web.menu import may
from banyan.core.web.presenting import near_day
from banyan.teamwork.choices import TaskRepeat, TaskStatus
from banyan.teamwork.queries import awaited_task, is_following, parts_of, tasks_about
from banyan.teamwork.rules import MINE, checklist_progress

TASK = "task"
TEMPLATE = "teamwork/tasks.html"
TASKS_SHOWN = 6
DAYS_AHEAD = 7


def due_tasks(actor: Actor) -> dict[str, Any]:
    """Return the filter of one's own open tasks that are late or due within a week."""
    day = (today(actor.time_zone) + timedelta(days=DAYS_AHEAD)).isoformat()
    return {
        "all": [
            {"any": MINE},
            {"field": "status", "op": "eq", "value": TaskStatus.OPEN.value},
            {"field": "due_on", "op": "lte", "value": day},
        ]
    }


TASKS_DUE = DayList(
    "tasks",
    gettext_lazy("My tasks"),
    TASK,
    due_tasks,
    sort="due_on",
    shows=("customer", "priority"),
    meta="due_on",
    empty=gettext_lazy("No task is due within a week."),
    create="/tasks/quick",
    tick=lambda row: f"/tasks/{row['id']}/complete",
    limit=8,
)


def task_state(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the line above a task: done or not, how it repeats, and its checklist."""
    url = f"/{spec.plural}/{row['id']}"
    can_edit = may(actor, spec, Action.EDIT)
    # What is masked for the reader is a text of stars.
    checklist, waits_for = row.get("checklist"), row.get("waits_for")
    items = checklist if isinstance(checklist, list) else []
    done, total = checklist_progress(items)
    is_open = row.get("status") == TaskStatus.OPEN
    repeat = dict(TaskRepeat.choices).get(str(row.get("repeat") or ""))
    parts_done, parts = parts_of(actor, row["id"])
    awaited = awaited_task(actor, waits_for) if isinstance(waits_for, uuid.UUID) and is_open else None
    shown = {
        "parts_done": parts_done,
        "parts": parts,
        "waits_for": {
            "name": awaited["name"],
            "url": f"/{spec.plural}/{awaited['pk']}",
            "is_open": awaited["status"] == TaskStatus.OPEN,
        }
        if awaited
        else None,
        "live_url": f"{url}/state",
        "complete_url": f"{url}/complete" if can_edit and is_open else "",
        "reopen_url": f"{url}/reopen" if can_edit and not is_open else "",
        "share_url": f"{url}/share" if can_edit else "",
        "repeat": _("Comes again: %(how_often)s") % {"how_often": repeat} if repeat and is_open else "",
        "items": [{"text": item["text"], "done": item["done"]} for item in items],
        "done": done,
        "total": total,
        "tick_url": f"{url}/checklist" if can_edit else "",
    }
    return macro(TEMPLATE, "task_state", shown)


def record_tasks(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the open tasks about a record, with the place to add one; None without the right to see tasks."""
    task_spec = specs_on(actor.organization).get(TASK)
    if task_spec is None or not may(actor, task_spec, Action.VIEW):
        return None
    about = reference_to(spec.name, row["id"])
    day = today(actor.time_zone)
    can_edit = may(actor, task_spec, Action.EDIT)
    entries = [
        {
            "url": f"/{task_spec.plural}/{task['pk']}",
            "title": task["name"],
            "who": task["assignee__name"] or "",
            "due": near_day(task["due_on"], day) if task["due_on"] else "",
            "is_late": bool(task["due_on"] and task["due_on"] < day),
            "tick_url": f"/{task_spec.plural}/{task['pk']}/complete" if can_edit else "",
        }
        for task in tasks_about(actor, about, limit=TASKS_SHOWN)
    ]
    can_create = may(actor, task_spec, Action.CREATE)
    shown = {
        "entries": entries,
        "create_url": f"/{task_spec.plural}/quick?about={about}" if can_create else "",
        "live_url": f"/{task_spec.plural}/about/{spec.plural}/{row['id']}",
        "title": str(task_spec.label_plural),
    }
    return macro(TEMPLATE, "record_tasks", shown)


def follow_button(actor: Actor, spec: ObjectSpec, row: Mapping[str, Any]) -> Markup | None:
    """Return the button by which somebody hears of what happens to a record, or no longer does."""
    if actor.user is None or not spec.timeline:
        return None
    about = reference_to(spec.name, row["id"])
    return macro(TEMPLATE, "follow_button", f"/follow/{spec.plural}/{row['id']}", is_following(actor, about))


def _has_any(actor: Actor) -> bool:
    spec = spec_for(actor.organization, TASK)
    return restrict(live_rows(actor, spec), actor, spec).exists()


def may_create(actor: Actor) -> bool:
    """Say whether somebody may add tasks."""
    return may(actor, spec_for(actor.organization, TASK), Action.CREATE)


def may_edit(actor: Actor) -> bool:
    """Say whether somebody may change tasks."""
    return may(actor, spec_for(actor.organization, TASK), Action.EDIT)


FIRST_STEP = FirstStep(
    TASK,
    gettext_lazy("Give somebody a task"),
    gettext_lazy("Or yourself. It appears here when it is due."),
    "/tasks/quick",
    "checkbox",
    is_done=_has_any,
    may=may_create,
    position=30,
    module="tasks",
)
