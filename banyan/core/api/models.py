"""Answers kept for clients that repeat a request because they did not get to see its answer."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from banyan.core.encryption.columns import SealedTextField
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class IdempotencyKey(OrganizationOwned):
    """A key that a user sent along with a request, and the answer that the request got.

    ``status`` is empty only within the transaction that does the work.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    operation = models.CharField(max_length=300)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers: models.JSONField[Any, Any] = models.JSONField(default=dict)
    answer = SealedTextField(default="")
    created_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "api_idempotency"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user", "key"], name="api_idempotency_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "created_at"], name="api_idempotency_age")]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"
