"""What the teamwork app looks up."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Count, Q

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.listing.filters import live_rows
from banyan.core.objects.registry import spec_for
from banyan.teamwork.choices import TaskStatus
from banyan.teamwork.models import Follower


def tasks_about(actor: Actor, about: str, *, limit: int) -> list[dict[str, Any]]:
    """Return the open tasks about a record that the actor may see, the most urgent first."""
    spec = spec_for(actor.organization, "task")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(Q(about=about), status=TaskStatus.OPEN)
    names = ("pk", "name", "due_on", "assignee__name", "priority")
    return list(rows.order_by("due_on", "pk").values(*names)[:limit])


def parts_of(actor: Actor, task_id: uuid.UUID) -> tuple[int, int]:
    """Return how many parts of a task are done and how many there are, among those that the actor may see."""
    spec = spec_for(actor.organization, "task")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(parent_id=task_id)
    counted = rows.exclude(status=TaskStatus.CANCELLED).aggregate(
        done=Count("pk", filter=Q(status=TaskStatus.DONE)), total=Count("pk")
    )
    return counted["done"], counted["total"]


def awaited_task(actor: Actor, task_id: uuid.UUID) -> dict[str, Any] | None:
    """Return the task that another one waits for, if the actor may see it."""
    spec = spec_for(actor.organization, "task")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(pk=task_id)
    return rows.values("pk", "name", "status").first()


def is_following(actor: Actor, about: str) -> bool:
    """Say whether the actor hears of what happens to a record."""
    return Follower.objects.filter(about=about, user=actor.user).exists()


def followers_of(abouts: list[str]) -> dict[str, list[uuid.UUID]]:
    """Return who follows each of these records."""
    found: dict[str, list[uuid.UUID]] = {}
    for about, user_id in Follower.objects.filter(about__in=abouts).values_list("about", "user_id"):
        found.setdefault(about, []).append(user_id)
    return found
