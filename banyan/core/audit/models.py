"""The log, the segments of its chain, and the chain's end."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import Organization, OrganizationOwned


class Result(models.TextChoices):
    """How it went."""

    DONE = "done", _("Succeeded")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")


class Kept(OrganizationOwned):
    """Base of what outlives everything else of its organization: nothing deletes it along."""

    organization = models.ForeignKey(
        Organization, on_delete=models.DO_NOTHING, related_name="+", editable=False, db_index=False
    )

    class Meta:
        abstract = True


class Entry(Kept):
    """Something that somebody did: who, when, from where, to what.

    Names are those of that time. Changes of records stand in the change log alone; the chain seals both.
    ``details`` are in JSON's terms and hold no values of records.
    """

    at = models.DateTimeField(default=now)
    user_id = models.UUIDField(null=True)
    person = models.CharField(max_length=254, blank=True)
    channel = models.CharField(max_length=12, blank=True)
    address = models.GenericIPAddressField(null=True)
    kind = models.CharField(max_length=60)
    object_name = models.CharField(max_length=40, blank=True)
    record_id = models.UUIDField(null=True)
    result = models.CharField(max_length=10, choices=Result.choices, default=Result.DONE)
    details: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "entries"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="audit_entry_latest"),
            models.Index(fields=["organization", "user_id", "-id"], name="audit_entry_user"),
            models.Index(fields=["organization", "kind", "-id"], name="audit_entry_kind"),
            models.Index(
                fields=["organization", "record_id", "-id"],
                name="audit_entry_record",
                condition=models.Q(record_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person}".strip()


class Segment(Kept):
    """A sealed piece of the log: all entries and changes whose ids are from ``after`` to before ``before``.

    ``entry_leaves`` and ``change_leaves`` hold a short hash of each row in the order of the ids. ``hash`` covers
    them, the bounds and the hash of the segment before; ``signature`` is made of it with the installation's key.
    """

    number = models.PositiveBigIntegerField()
    after = models.UUIDField()
    before = models.UUIDField()
    entry_leaves = models.BinaryField()
    change_leaves = models.BinaryField()
    first_entry = models.PositiveBigIntegerField()
    suite = models.CharField(max_length=20)
    previous = models.CharField(max_length=128, blank=True)
    hash = models.CharField(max_length=128)
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "number"], name="audit_segment_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:12]}"

    @property
    def leaves(self) -> tuple[bytes, bytes]:
        """The hashes of its entries and of its changes, each one after the other."""
        return bytes(self.entry_leaves), bytes(self.change_leaves)


class Head(Kept):
    """The end of an organization's chain, by which a cut-off tail is noticed; signed as segments are.

    ``before`` is how far the log is sealed; ``shipped`` the last segment that went to the collector of logs.
    """

    number = models.PositiveBigIntegerField(default=0)
    entries = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=128, blank=True)
    before = models.UUIDField()
    suite = models.CharField(max_length=20)
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)
    shipped = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization"], name="audit_head_organization")]

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:12]}"


class Activity(Kept):
    """How much one person did within one hour, in whole numbers: what the rules for alerts look at.

    ``views`` are records opened one by one, ``rows`` those delivered in lists, ``refusals`` what could not be
    opened or done for want of a right.
    """

    user_id = models.UUIDField()
    hour = models.DateTimeField()
    views = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    exports = models.PositiveIntegerField(default=0)
    exported_rows = models.PositiveIntegerField(default=0)
    refusals = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "activities"
        ordering: ClassVar = ["-hour"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user_id", "hour"], name="audit_activity_hour"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "hour"], name="audit_activity_recent")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.hour:%Y-%m-%d %H}"


class Alert(Kept):
    """Something conspicuous that a person did, until somebody has looked at it.

    ``measured`` is what was counted, ``expected`` the limit or what is usual for the person.
    """

    user_id = models.UUIDField()
    person = models.CharField(max_length=254)
    kind = models.CharField(max_length=40)
    hour = models.DateTimeField()
    measured = models.PositiveIntegerField()
    expected = models.PositiveIntegerField()
    at = models.DateTimeField(default=now)
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user_id", "kind", "hour"], name="audit_alert_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "-at"], name="audit_alert_latest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.person}"
