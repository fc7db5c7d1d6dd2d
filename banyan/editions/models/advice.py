"""Advice of the adviser that an organization keeps."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class KeptAdvice(OrganizationOwned):
    """The answers that somebody gave, and what was advised then: edition, modules that are needed, the cost of a year."""

    answers: models.JSONField[Any, Any] = models.JSONField(default=dict)
    edition = models.CharField(max_length=20)
    modules: models.JSONField[Any, Any] = models.JSONField(default=list)
    currency = models.CharField(max_length=3)
    low = models.DecimalField(max_digits=18, decimal_places=2)
    likely = models.DecimalField(max_digits=18, decimal_places=2)
    high = models.DecimalField(max_digits=18, decimal_places=2)
    kept_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    kept_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-kept_at"]

    def __str__(self) -> str:
        return f"{self.edition} {self.kept_at:%Y-%m-%d}"
