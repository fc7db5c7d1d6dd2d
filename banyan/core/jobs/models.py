"""Long work that somebody watches: how far it is, and how it ended."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class RunState(models.TextChoices):
    """How far a piece of work is."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", pgettext_lazy("state", "Done")
    FAILED = "failed", _("Failed")


class JobRun(OrganizationOwned):
    """One piece of long work; ``name`` is that of its job, ``subject`` what it is about.

    ``done`` and ``total`` count bytes, rows or steps, whatever the job counts; ``outcome`` is what it
    made, in JSON's terms; ``problem`` says in words why it failed.
    """

    name = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.WAITING)
    step = models.CharField(max_length=60, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    outcome: models.JSONField[Any, Any] = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-asked_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "name", "-asked_at"], name="job_run_asked")]

    def __str__(self) -> str:
        return f"{self.name} {self.subject}".strip()

    @property
    def is_under_way(self) -> bool:
        """Whether it waits or runs."""
        return self.state in {RunState.WAITING, RunState.RUNNING}
