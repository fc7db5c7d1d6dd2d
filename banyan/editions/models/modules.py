"""Modules that have come."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class ModuleStart(OrganizationOwned):
    """A module that an organization has switched on: since when, by whom, and whether its guide was put away.

    ``samples`` are records made for trying it, as ``[object, id]`` in the order in which they were made.
    """

    module = models.CharField(max_length=40)
    switched_on_at = models.DateTimeField(default=now)
    switched_on_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    put_away_at = models.DateTimeField(null=True)
    samples: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-switched_on_at", "module"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "module"], name="module_start_unique"),
        ]

    def __str__(self) -> str:
        return self.module
