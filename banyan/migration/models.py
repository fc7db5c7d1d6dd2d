"""Moves from another system: the files that came, the tables found in them, and how people and stages are mapped."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from banyan.core.encryption.columns import SealedJSONField
from banyan.core.files.models import Attachment, File
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned
from banyan.core.transfer.models import Import
from banyan.migration.choices import FileState, MoveState


class Move(OrganizationOwned):
    """One delivery of files from another system that become records together.

    ``system`` is where they come from. ``people`` maps what files call a user to ``{"name", "email", "user"}``; an
    empty user is kept as text. ``stages`` maps their stages to ours, by id. ``relations`` are columns of spreadsheets
    that were found to name rows of another one, and whether they are followed; see ``services.relating``.
    """

    system = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=MoveState.choices, default=MoveState.DRAFT)
    is_dry_run = models.BooleanField(default=False)
    match = models.CharField(max_length=10, default="update")
    people = SealedJSONField(default=dict)
    stages: models.JSONField[Any, Any] = models.JSONField(default=dict)
    relations: models.JSONField[Any, Any] = models.JSONField(default=list)
    problem = models.TextField(blank=True)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "-created_at"], name="move_created")]

    def __str__(self) -> str:
        return f"{self.system} {self.created_at:%Y-%m-%d}"


class MoveFile(OrganizationOwned):
    """A file as it was delivered; ``problem`` says why it could not be read."""

    move = models.ForeignKey(Move, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    problem = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.name


class MoveTable(OrganizationOwned):
    """A table of a file, or those of its rows that become records of one object.

    ``member`` is its name in an archive, ``sheet`` in a workbook. ``kind`` is what its rows are in the other system and
    ``part`` which of them it takes; without an object nobody has said yet what they become. ``task`` imports the
    table; ``sets_links`` marks the second round, which sets links to records of the same file. ``lists_files`` marks a list
    of attachments. ``links`` says of a spreadsheet which column is its key, and which ones name rows of another.
    """

    move = models.ForeignKey(Move, on_delete=models.CASCADE, related_name="tables")
    source = models.ForeignKey(MoveFile, on_delete=models.CASCADE, related_name="tables")
    member = models.CharField(max_length=500, blank=True)
    sheet = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255)
    system = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=60, blank=True)
    part = models.CharField(max_length=40, blank=True)
    object_name = models.CharField(max_length=40, blank=True)
    rows = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    is_left_out = models.BooleanField(default=False)
    lists_people = models.BooleanField(default=False)
    sets_links = models.BooleanField(default=False)
    lists_files = models.BooleanField(default=False)
    links: models.JSONField[Any, Any] = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    task = models.ForeignKey(Import, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class MoveAttachment(OrganizationOwned):
    """A file of the export that belongs to a record: where its content lies, whose it is, and what became of it.

    The content is the ``member`` of an archive, a delivered file of its own (no member), or stands in ``row`` of the
    ``table`` that lists it; without any of these it was not delivered. ``keys`` are what the record may be called there,
    the likeliest first, as one of ``kinds`` (of any kind where there are none).
    """

    move = models.ForeignKey(Move, on_delete=models.CASCADE, related_name="attachments")
    table = models.ForeignKey(MoveTable, on_delete=models.CASCADE, null=True, related_name="+")
    source = models.ForeignKey(MoveFile, on_delete=models.CASCADE, null=True, related_name="+")
    member = models.CharField(max_length=1000, blank=True)
    row = models.PositiveIntegerField(null=True)
    name = models.CharField(max_length=255)
    keys: models.JSONField[Any, Any] = models.JSONField(default=list)
    kinds: models.JSONField[Any, Any] = models.JSONField(default=list)
    author = models.CharField(max_length=255, blank=True)
    created = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=FileState.choices, default=FileState.WAITING)
    problem = models.TextField(blank=True)
    attachment = models.ForeignKey(Attachment, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["organization", "move", "state"], name="move_attachment_state")]

    def __str__(self) -> str:
        return self.name
