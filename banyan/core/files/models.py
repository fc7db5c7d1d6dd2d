"""Files, and the records they are attached to."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.encryption.columns import SealedTextField
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class File(OrganizationOwned):
    """A file in the store; its content lies under ``key`` and never changes."""

    name = models.CharField(_("File name"), max_length=255)
    key = models.CharField(max_length=120)
    content_type = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(default=now)
    #: When its content was last scanned; none was asked while there was no scanner, or it was silent.
    scanned_at = models.DateTimeField(null=True, editable=False)
    #: What the scanner called the malware that it found later on (see ``rescanning``); empty for what is clean.
    threat = models.CharField(max_length=200, blank=True, editable=False)
    #: What the scanner does not take, or the store does not hold, waits until then, so that others have their turn.
    scan_put_off_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-uploaded_at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "sha256"], name="file_sha256"),
            models.Index(fields=["organization", "scanned_at"], name="file_scanned"),
        ]

    def __str__(self) -> str:
        return self.name


class Attachment(OrganizationOwned):
    """A file attached to a record; ``version`` grows when a file of the same name is attached again."""

    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=90)
    version = models.PositiveIntegerField(default=1)
    attached_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    attached_at = models.DateTimeField(default=now)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-attached_at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "about", "-attached_at"], name="attachment_about"),
            models.Index(fields=["organization", "file"], name="attachment_file"),
        ]

    def __str__(self) -> str:
        return self.about


class TextState(models.TextChoices):
    """How far the text of a file is known."""

    WAITING = "waiting"
    READ = "read"
    NONE = "none"
    FAILED = "failed"


class FileText(OrganizationOwned):
    """What a file is found by: the words of its name, and of the text in it once that was read.

    ``text`` is for the preview and encrypted, ``search`` has its words one by one; ``problem`` says why a text could not be read (see ``texts.extraction``).
    """

    file = models.OneToOneField(File, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=TextState.choices, default=TextState.WAITING)
    text = SealedTextField(blank=True)
    problem = models.CharField(max_length=20, blank=True)
    search = SearchVectorField(null=True, editable=False)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["organization", "search"], name="file_text_search")]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.state}"
