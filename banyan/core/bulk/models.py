"""Bulk work: what was asked for, how far it is, and what could not be done."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.encryption.columns import SealedJSONField
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.models import OrganizationOwned


class BulkAction(models.TextChoices):
    """What is done with each record."""

    UPDATE = "update", _("Change")
    TAG = "tag", _("Tag")
    DELETE = "delete", _("Delete")
    HAND_OVER = "hand_over", _("Hand over")


class BulkStatus(models.TextChoices):
    """How far bulk work is."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    STOPPING = "stopping", _("Stopping")
    STOPPED = "stopped", _("Stopped")
    DONE = "done", pgettext_lazy("state", "Done")
    FAILED = "failed", _("Failed")
    UNDOING = "undoing", _("Being taken back")
    UNDONE = "undone", _("Undone")


class BulkTask(OrganizationOwned):
    """One piece of work on all records that fit a list.

    ``selection`` is the list: ``{"filter": tree, "search": text}``; ``values`` what each record gets, or,
    for tags, ``{"field", "add", "remove"}``, and for a hand-over ``{"field", "people"}``, who get them in turn. ``last_id`` is the last record worked on: it is stored
    together with the result, so that interrupted work goes on without doing a record twice. The counts
    add up: position = updated + unchanged + deleted + rejected. ``problems`` are the first rejected
    records: ``[{"id", "errors"}]``. ``batch_id`` takes the work back, as any other.
    """

    object_name = models.CharField(max_length=40)
    action = models.CharField(max_length=10, choices=BulkAction.choices)
    # What is looked for and what is written may be of the fields that are encrypted.
    selection = SealedJSONField(default=dict)
    values = SealedJSONField(default=dict)
    channel = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=BulkStatus.choices, default=BulkStatus.WAITING)
    batch_id = models.UUIDField(default=new_id)
    last_id = models.UUIDField(null=True)
    total = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    undone = models.PositiveIntegerField(default=0)
    conflicts = models.PositiveIntegerField(default=0)
    problems = SealedJSONField(default=list)
    problem = models.TextField(blank=True)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-created_at"], name="bulk_task_created"),
            models.Index(fields=["organization", "batch_id"], name="bulk_task_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_name}"
