"""What people do with tasks and comments."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.access.scopes import Action
from banyan.core.identity.models import User
from banyan.core.kernel.clock import today
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.teamwork.choices import TaskStatus
from banyan.teamwork.models import Follower, Task
from banyan.teamwork.rules import next_due, shifted

COPIED = (
    "name", "notes", "priority", "assignee", "helpers", "repeat", "parent", "customer", "about", "shared_with", "tags",
    "owner",
)  # fmt: skip
MOST_PARTS = 200


@dataclass(frozen=True)
class Completed:
    """A task that is done, and the task with which it comes again, if it does."""

    task: Record
    again: Task | None = None


@transaction.atomic
def complete_task(
    actor: Actor, task_id: uuid.UUID, *, version: int | None = None, context: WriteContext | None = None
) -> Completed:
    """Mark a task as done; a repeated one comes back with its next date and an unticked checklist.

    Its parts come back with it. Completing a task that is done already changes nothing, so a second click
    makes no second copy. Raises ``Invalid`` with the code ``task_waits`` when the task waits for one that is
    open, unless ``context`` says that this was confirmed.
    """
    spec = spec_for(actor.organization, "task")
    context = context or WriteContext.for_actor(actor)
    before = door.lock(actor, spec, [task_id], Action.EDIT)[0]
    if not isinstance(before, Task) or before.status == TaskStatus.DONE:
        return Completed(before)
    done = door.update(actor, spec, task_id, {"status": TaskStatus.DONE}, expected_version=version, context=context)
    if before.repeat:
        start = before.due_on or today(actor.time_zone)
        values: dict[str, Any] = {name: door.value_of(before, spec, name) for name in COPIED}
        values["due_on"] = next_due(start, before.repeat, today=today(actor.time_zone))
        values["checklist"] = [{"text": item["text"], "done": False} for item in before.checklist]
        again = door.create(actor, spec, values, context=context)
        if isinstance(again, Task):
            _repeat_parts(actor, before, again, context)
            return Completed(done, again)
    return Completed(done)


def _repeat_parts(actor: Actor, before: Task, again: Task, context: WriteContext) -> None:
    """Give a task that comes again the parts of the one before, open and as far apart as they were."""
    spec = spec_for(actor.organization, "task")
    rows = []
    for part in restrict(Task.objects.filter(parent=before, deleted_at__isnull=True), actor, spec)[:MOST_PARTS]:
        values: dict[str, Any] = {name: door.value_of(part, spec, name) for name in COPIED}
        values["parent"] = again.pk
        values["due_on"] = shifted(part.due_on, old=before.due_on, new=again.due_on)
        values["checklist"] = [{"text": item["text"], "done": False} for item in part.checklist]
        rows.append(values)
    if rows:
        door.create_many(actor, spec, rows, context=context)


def reopen_task(actor: Actor, task_id: uuid.UUID, *, context: WriteContext | None = None) -> Record:
    """Open a task again."""
    spec = spec_for(actor.organization, "task")
    return door.update(actor, spec, task_id, {"status": TaskStatus.OPEN}, context=context)


@transaction.atomic
def tick(actor: Actor, task_id: uuid.UUID, *, position: int, done: bool) -> Record:
    """Tick or untick an item of a task's checklist."""
    spec = spec_for(actor.organization, "task")
    task = door.lock(actor, spec, [task_id], Action.EDIT)[0]
    items = [dict(item) for item in getattr(task, "checklist", [])]
    if 0 <= position < len(items):
        items[position]["done"] = done
    return door.update(actor, spec, task_id, {"checklist": items})


@transaction.atomic
def add_to_checklist(actor: Actor, task_id: uuid.UUID, text: str) -> Record:
    """Add an item to a task's checklist; an empty text adds nothing."""
    spec = spec_for(actor.organization, "task")
    task = door.lock(actor, spec, [task_id], Action.EDIT)[0]
    items = [*getattr(task, "checklist", []), *([{"text": text.strip(), "done": False}] if text.strip() else [])]
    return door.update(actor, spec, task_id, {"checklist": items})


@transaction.atomic
def share_task(
    actor: Actor, task_id: uuid.UUID, people: Iterable[uuid.UUID], *, context: WriteContext | None = None
) -> Record:
    """Let people see a task besides those who see it anyway; they are told of it.

    The list is the whole: who is no longer in it sees the task no longer.
    """
    spec = spec_for(actor.organization, "task")
    return door.update(actor, spec, task_id, {"shared_with": [str(person) for person in people]}, context=context)


def comment(actor: Actor, *, about: str, text: str, context: WriteContext | None = None) -> Record:
    """Write a comment on a record; people named with @ are mentioned and told."""
    spec = spec_for(actor.organization, "comment")
    return door.create(actor, spec, {"about": about, "text": text, "mentions": mentioned(text)}, context=context)


def mentioned(text: str) -> list[uuid.UUID]:
    """Return the people whose names follow an ``@`` in a text; the longest name that fits wins."""
    if "@" not in text:
        return []
    people = list(User.objects.filter(is_active=True).values_list("pk", "name"))
    people.sort(key=lambda pair: len(pair[1]), reverse=True)
    found: list[uuid.UUID] = []
    for place in re.finditer("@", text):
        rest = text[place.end() : place.end() + 120].casefold()
        match = next((pk for pk, name in people if rest.startswith(name.casefold())), None)
        if match and match not in found:
            found.append(match)
    return found


def follow(actor: Actor, about: str) -> None:
    """Let the actor hear of comments and changes of a record."""
    if actor.user is not None:
        Follower.objects.get_or_create(organization=actor.organization, about=about, user=actor.user)


def unfollow(actor: Actor, about: str) -> None:
    """Stop following a record."""
    Follower.objects.filter(about=about, user=actor.user).delete()


def visible_tasks(actor: Actor) -> Any:
    """Return the live tasks that the actor may see, also those shared with the actor."""
    spec = spec_for(actor.organization, "task")
    return restrict(Task.objects.filter(deleted_at__isnull=True), actor, spec)
