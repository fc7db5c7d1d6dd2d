"""Imports: what was asked for, how far it is, and the rows that could not be taken."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.encryption.columns import SealedJSONField
from banyan.core.files.models import File
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.models import OrganizationOwned


class ImportStatus(models.TextChoices):
    """How far an import is."""

    DRAFT = "draft", _("Being prepared")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    STOPPING = "stopping", _("Stopping")
    STOPPED = "stopped", _("Stopped")
    DONE = "done", pgettext_lazy("state", "Done")
    FAILED = "failed", _("Failed")
    UNDONE = "undone", _("Undone")


class Import(OrganizationOwned):
    """One import of one file into one object.

    ``plan`` says what each column is and what to do with duplicates. ``position`` is the number of rows
    worked off: it is stored together with their result, so an interrupted import goes on without
    repeating or losing a row. The counts add up: read = created + updated + unchanged + rejected.
    """

    object_name = models.CharField(max_length=40)
    file = models.ForeignKey(File, on_delete=models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(max_length=255)
    plan: models.JSONField[Any, Any] = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=ImportStatus.choices, default=ImportStatus.DRAFT)
    is_dry_run = models.BooleanField(default=False)
    batch_id = models.UUIDField(default=new_id)
    position = models.PositiveIntegerField(default=0)
    estimated_rows = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    filled: models.JSONField[Any, Any] = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    # Whoever carries out several imports as one piece of work runs and lists them.
    part_of = models.UUIDField(null=True)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "-created_at"], name="import_created")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_balanced(self) -> bool:
        """Whether every row that was read is accounted for."""
        return self.read == self.created + self.updated + self.unchanged + self.rejected

    @property
    def seconds(self) -> float:
        """How long it has run."""
        if self.started_at is None:
            return 0.0
        return ((self.finished_at or now()) - self.started_at).total_seconds()


class _ComplainedRow(OrganizationOwned):
    """A row of an import with its cells, and what is wrong: ``[{field, column, code, message}]``."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    # What came in a file may be of the fields that are encrypted.
    cells = SealedJSONField(default=list)
    errors = SealedJSONField(default=list)

    class Meta:
        abstract = True
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return f"{self.source_id}: {self.number}"


class RejectedRow(_ComplainedRow):
    """A row that could not be taken."""

    class Meta(_ComplainedRow.Meta):
        indexes: ClassVar = [models.Index(fields=["organization", "source", "number"], name="rejected_row_number")]


class IncompleteRow(_ComplainedRow):
    """A row that was taken without some of its values."""

    class Meta(_ComplainedRow.Meta):
        indexes: ClassVar = [models.Index(fields=["organization", "source", "number"], name="incomplete_row_number")]


class SourceKey(OrganizationOwned):
    """Which record something in another system became: by its ``key`` among things of that ``kind`` there.

    Several keys may mean one record, when the other system had it twice. A second delivery finds its records by
    these keys, and links between files are resolved by them.
    """

    system = models.CharField(max_length=40)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()

    class Meta:
        ordering: ClassVar = ["system", "kind", "key"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "system", "kind", "key"], name="source_key_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "record_id"], name="source_key_record")]

    def __str__(self) -> str:
        return f"{self.system} {self.kind} {self.key}"


class RememberedMapping(OrganizationOwned):
    """Which field each column of a kind of file was, the last time one was imported."""

    object_name = models.CharField(max_length=40)
    signature = models.CharField(max_length=64)
    mapping: models.JSONField[Any, Any] = models.JSONField(default=dict)
    used_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-used_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "object_name", "signature"], name="remembered_mapping_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_name} {self.signature[:8]}"


class ExportState(models.TextChoices):
    """How far an export that needs approval is."""

    WAITING = "waiting", _("Waits for approval")
    DENIED = "denied", _("Denied")
    MAKING = "making", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")


class ExportRequest(OrganizationOwned):
    """An export of more rows than anybody may take without being asked: what is wanted, and what came of it.

    ``selection`` is ``{"ids": [...]}`` or ``{"matching": "the list's address"}``; ``rows`` is how many it was when it
    was asked for, which is what is approved.
    """

    object_name = models.CharField(max_length=40)
    format = models.CharField(max_length=10)
    selection: models.JSONField[Any, Any] = models.JSONField(default=dict)
    rows = models.PositiveIntegerField()
    reason = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=10, choices=ExportState.choices, default=ExportState.WAITING)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=now)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=400, blank=True)
    entry_id = models.UUIDField(default=new_id)
    size = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "-asked_at"], name="export_request_asked")]

    def __str__(self) -> str:
        return f"{self.object_name} {self.rows}"
