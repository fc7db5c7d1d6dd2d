"""Cost scenarios that an organization keeps by name."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class KeptScenario(OrganizationOwned):
    """A scenario of the cost model as its document (``cost.files``), by a name that is unique in the organization."""

    name = models.CharField(max_length=120)
    document: models.JSONField[Any, Any] = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="kept_scenario_name"),
        ]

    def __str__(self) -> str:
        return self.name
