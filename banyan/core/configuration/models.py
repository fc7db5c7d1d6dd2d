"""Former configurations, files that somebody looks at before applying them, and organizations for trying things."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.encryption.columns import SealedTextField
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class Occasion(models.TextChoices):
    """Why a configuration was replaced."""

    APPLIED = "apply", _("File applied")
    TEMPLATE = "template", _("Template applied")
    PROMOTED = "promote", _("Taken over from a trial copy")
    RESTORED = "restore", _("Former configuration put back")


class Snapshot(OrganizationOwned):
    """The configuration as it was before something was applied, and what was done then.

    ``summary`` lists ``{"part", "key", "title", "action", "fields"}`` of every change. Filters of views may name values that
    are encrypted elsewhere, so the document is, too.
    """

    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=now)
    occasion = models.CharField(max_length=10, choices=Occasion.choices, default=Occasion.APPLIED)
    source = models.CharField(max_length=200, blank=True)
    document = SealedTextField()
    summary: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-made_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["organization", "-made_at"], name="snapshot_made")]

    def __str__(self) -> str:
        return f"{self.source} {self.made_at:%Y-%m-%d}"


class Proposal(OrganizationOwned):
    """A document that somebody looks at before it is applied: files laid over one another, a template, a trial copy."""

    made_by = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    made_at = models.DateTimeField(default=now)
    occasion = models.CharField(max_length=10, choices=Occasion.choices, default=Occasion.APPLIED)
    source = models.CharField(max_length=200, blank=True)
    #: ``[{"source", "text"}]``, in the order in which they are laid over one another.
    layers = SealedTextField()
    #: The key of the industry's template that it is, and whether the template's demo records come along.
    template = models.CharField(max_length=60, blank=True)
    with_demo_data = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-made_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["organization", "-made_at"], name="proposal_made")]

    def __str__(self) -> str:
        return self.source


class AppliedTemplate(OrganizationOwned):
    """The template of an industry as it was when the organization took it, to tell its changes from the organization's own."""

    template = models.CharField(max_length=60)
    version = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=10, blank=True)
    applied_at = models.DateTimeField(default=now)
    applied_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    document = SealedTextField()

    class Meta:
        ordering: ClassVar = ["-applied_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "template"], name="applied_template_once")
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.version}"


class DemoRecord(OrganizationOwned):
    """The mark of a record that came with a template: what it is known by, and what the file says of it."""

    object_name = models.CharField(max_length=60)
    key = models.CharField(max_length=100)
    record_id = models.UUIDField()
    values: models.JSONField[Any, Any] = models.JSONField(default=dict)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "object_name", "key"], name="demo_record_key"),
            models.UniqueConstraint(fields=["organization", "record_id"], name="demo_record_once"),
        ]

    def __str__(self) -> str:
        return f"{self.object_name}.{self.key}"


class TrialState(models.TextChoices):
    """How far a trial copy is."""

    MAKING = "making", _("Being made")
    READY = "ready", pgettext_lazy("trial copy", "Ready")
    FAILED = "failed", pgettext_lazy("trial copy", "Failed")
    DELETING = "deleting", pgettext_lazy("trial copy", "Being deleted")


class TrialCopy(OrganizationOwned):
    """An organization for trying things in: made from this one, used by those who may customise, thrown away later."""

    trial_id = models.UUIDField(null=True)
    name = models.CharField(_("Name"), max_length=200)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=now)
    ends_on = models.DateField(_("Until"))
    state = models.CharField(max_length=10, choices=TrialState.choices, default=TrialState.MAKING)
    sample_rows = models.PositiveIntegerField(default=0)
    records: models.JSONField[Any, Any] = models.JSONField(default=dict)
    problem = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.name
