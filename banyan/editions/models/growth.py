"""How an organization grows, how long people wait, and which advice it does not want to hear for now."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class GrowthDay(OrganizationOwned):
    """The figures of one day, as ``growth.figures`` writes them."""

    day = models.DateField()
    figures: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-day"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "day"], name="growth_day_unique")]

    def __str__(self) -> str:
        return f"{self.day}"


class ResponseTimes(OrganizationOwned):
    """How many requests of a day were answered within each of ``growth.rules.BOUNDS``, and beyond the last."""

    day = models.DateField()
    counts: ArrayField[list[int], list[int]] = ArrayField(models.PositiveBigIntegerField())

    class Meta:
        ordering: ClassVar = ["-day"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "day"], name="response_times_unique")]

    def __str__(self) -> str:
        return f"{self.day}"


class DismissedAdvice(OrganizationOwned):
    """An advice that stays quiet until a day."""

    key = models.CharField(max_length=80)
    until = models.DateField()
    dismissed_at = models.DateTimeField(default=now)
    dismissed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["key"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "key"], name="dismissed_advice_key")]

    def __str__(self) -> str:
        return self.key
