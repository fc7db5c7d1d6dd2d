"""Links for people without an account, what was done with them, and what was said there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.tenancy.models import OrganizationOwned
from banyan.portal.choices import VisitKind
from banyan.portal.references import address_of


class PortalLink(OrganizationOwned):
    """A link to one page about one record; the database has only the hash of its secret.

    ``recipient`` is whom it was made for, ``expires_at`` the end of its last day, ``looks`` how often it was opened.
    """

    purpose = models.CharField(max_length=40)
    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    token_hash = models.CharField(max_length=64)
    recipient = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=10, choices=LANGUAGES, blank=True)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)
    looks = models.PositiveIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "token_hash"], name="portal_link_token")
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "object_name", "record_id", "-created_at"], name="portal_link_record")
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.recipient}"

    @property
    def url(self) -> str:
        """Return the address to give away."""
        return address_of(self.organization_id, self.pk, self.token_hash)

    @property
    def is_open(self) -> bool:
        """Say whether the link still leads to its page."""
        return self.withdrawn_at is None and self.expires_at > now()


class PortalVisit(OrganizationOwned):
    """Something that was done at a link: when, from which part of the network, in which words if it was an answer."""

    link = models.ForeignKey(PortalLink, on_delete=models.CASCADE, related_name="visits", db_index=False)
    kind = models.CharField(max_length=10, choices=VisitKind.choices)
    at = models.DateTimeField(default=now)
    network = models.CharField(max_length=45, blank=True)
    text = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["organization", "link", "-at"], name="portal_visit_link")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class PortalComment(OrganizationOwned):
    """What a visitor wrote about a record, or somebody of the organization answered."""

    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    link = models.ForeignKey(PortalLink, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    name = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "object_name", "record_id", "at"], name="portal_comment_record")
        ]

    def __str__(self) -> str:
        return self.text[:80]
