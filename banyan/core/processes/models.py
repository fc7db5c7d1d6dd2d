"""Processes with their versions, and where records have stayed in them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned

LONGEST_STAGE = 100


class Process(OrganizationOwned):
    """How records of an object go from stage to stage.

    The stages are values of ``field_name``: the values of a choice, or the records that a link leads to.
    ``condition`` is a filter that says which records it governs; of several that fit, the first by ``position``
    does. ``definition`` is what is in force (see ``rules.Definition``), ``draft`` what is being changed; a process
    of ``version`` 0 has never been in force.
    """

    key = models.CharField(max_length=60)
    labels: models.JSONField[Any, Any] = models.JSONField(default=dict)
    object_name = models.CharField(max_length=40)
    field_name = models.CharField(max_length=60)
    condition: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(_("In force"), default=False)
    version = models.PositiveIntegerField(default=0)
    definition: models.JSONField[Any, Any] = models.JSONField(default=dict)
    draft: models.JSONField[Any, Any] = models.JSONField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["object_name", "position", "created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "key"], name="process_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.object_name}.{self.field_name}: {self.key}"


class ProcessVersion(OrganizationOwned):
    """What a process was from one day to the next change; ``moved`` says where records of lost stages went."""

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    definition: models.JSONField[Any, Any] = models.JSONField(default=dict)
    moved: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    published_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "process", "number"], name="process_version_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.process_id} v{self.number}"


class Stay(OrganizationOwned):
    """A record's stay in a stage of a process, until ``left_at``.

    ``version`` is the process's at entry. ``due_at`` is when it has taken too long; ``remind_at`` some time before.
    ``reminded_at`` and ``escalated_at`` say that people were told, once. ``reason`` and ``comment`` were given
    on entry. Instants of stays that were ``backfilled`` come from the change log.
    """

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="+", db_index=False)
    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    stage = models.CharField(max_length=LONGEST_STAGE)
    version = models.PositiveIntegerField(default=0)
    entered_at = models.DateTimeField(default=now)
    left_at = models.DateTimeField(null=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    left_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=100, blank=True)
    comment = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    backfilled = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-entered_at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "record_id", "-entered_at"], name="stay_record"),
            models.Index(fields=["organization", "process", "stage", "entered_at"], name="stay_stage"),
            models.Index(
                fields=["organization", "due_at"],
                name="stay_due",
                condition=models.Q(left_at__isnull=True, due_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "record_id", "process"],
                condition=models.Q(left_at__isnull=True),
                name="stay_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} in {self.stage}"


class Tick(OrganizationOwned):
    """An item of a stage's checklist that was done for a record: by whom and when."""

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="+", db_index=False)
    record_id = models.UUIDField()
    stage = models.CharField(max_length=LONGEST_STAGE)
    item = models.CharField(max_length=40)
    ticked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ticked_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["ticked_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "record_id", "process", "stage", "item"], name="tick_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id}: {self.item}"
