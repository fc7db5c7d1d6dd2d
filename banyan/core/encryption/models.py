"""The keys of organizations and of the installation, wrapped by the master key."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from banyan.core.encryption.instants import ClockTimestamp
from banyan.core.tenancy.models import OrganizationOwned


class KeyPurpose(models.TextChoices):
    """What a key is for: sealing values, or making the fingerprints by which they are found."""

    DATA = "data"
    INDEX = "index"


class DataKey(OrganizationOwned):
    """One version of an organization's key for one purpose; the highest number is the one in use.

    Older ones stay: what they sealed may lie in a backup, or in the change log. ``wrapped`` can be
    unwrapped by the master key alone.
    """

    purpose = models.CharField(max_length=10, choices=KeyPurpose.choices)
    number = models.PositiveIntegerField()
    suite = models.CharField(max_length=20)
    wrapped = models.TextField()
    # Told by the database's clock, so that it compares with the beginning of a transaction.
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        ordering: ClassVar = ["purpose", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "purpose", "number"], name="data_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}"


class InstallationKey(models.Model):
    """One version of the key for what belongs to no organization; the highest number is the one in use."""

    number = models.PositiveIntegerField(primary_key=True)
    suite = models.CharField(max_length=20)
    wrapped = models.TextField()
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return f"{self.number}"
