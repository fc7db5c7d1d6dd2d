"""The change log, and what a merge did so that it can be taken back."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class ChangeAction(models.TextChoices):
    """What happened to a record."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    RESTORE = "restore"
    MERGE = "merge"
    ERASE = "erase"


class Change(OrganizationOwned):
    """One change of one record: who, when, through which door, and ``{field: [old, new]}``.

    A creation lists no values: they follow from the record and its later changes. Rows of one
    piece of work share a ``batch_id``, by which it can be undone.
    """

    batch_id = models.UUIDField()
    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    action = models.CharField(max_length=10, choices=ChangeAction.choices)
    values: models.JSONField[Any, Any] = models.JSONField(default=dict)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=12)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "record_id", "-id"], name="change_record"),
            models.Index(fields=["organization", "batch_id"], name="change_batch"),
            # How records moved in a period; creations, which are most of the log, cost it nothing.
            models.Index(
                fields=["organization", "object_name", "at"],
                name="change_updates",
                condition=models.Q(action=ChangeAction.UPDATE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_name} {self.record_id}"


class Merge(OrganizationOwned):
    """A merge of records into one, with all that is needed to take it back within 30 days.

    ``moved`` maps ``table.column`` to the ids of the rows that pointed to each dropped record;
    ``before`` holds the kept record's values.
    """

    batch_id = models.UUIDField(unique=True)
    object_name = models.CharField(max_length=40)
    kept_id = models.UUIDField()
    dropped: models.JSONField[Any, Any] = models.JSONField(default=list)
    moved: models.JSONField[Any, Any] = models.JSONField(default=list)
    before: models.JSONField[Any, Any] = models.JSONField(default=dict)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["organization", "kept_id"], name="merge_kept")]

    def __str__(self) -> str:
        return f"{self.object_name} {self.kept_id}"
