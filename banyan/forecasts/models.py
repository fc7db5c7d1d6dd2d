"""Targets, and what was forecast when."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.identity.models import Department, User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.forecasts.choices import Dimension, Measure, SubmissionKind
from banyan.money.choices import PeriodKind

LIVE = models.Q(deleted_at__isnull=True)


class Target(Record):
    """What one person, the people of departments, or everybody together, want to reach in a period.

    ``month`` is the first day of the period, once it is saved. Of several of the same period, people, measure and part
    of the business the amounts add up. ``dimension`` with ``part`` narrows it, to a product category for example.
    """

    name = models.CharField(_("Target"), max_length=200, blank=True, editable=False)
    person = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=pgettext_lazy("colleague", "Person"),
        help_text=_("Empty for the target of the whole team."),
    )
    departments: ArrayField[list[uuid.UUID], list[uuid.UUID]] = ArrayField(
        models.UUIDField(),
        verbose_name=_("Department"),
        default=list,
        blank=True,
        help_text=_("With all departments below it. Empty for one person, or for everybody."),
    )
    measure = models.CharField(_("Measure"), max_length=30, choices=Measure.choices, default=Measure.AMOUNT_WON)
    period = models.CharField(_("Period"), max_length=10, choices=PeriodKind.choices, default=PeriodKind.MONTH)
    month = models.DateField(pgettext_lazy("target", "Month"), help_text=_("Any day of the period."))
    dimension = models.CharField(_("Only for a"), max_length=20, choices=Dimension.choices, blank=True, default="")
    part = models.CharField(
        _("Namely"), max_length=200, blank=True, default="", help_text=_("The product, category, territory or level.")
    )
    amount = models.DecimalField(pgettext_lazy("target", "Amount"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)

    class Meta:
        ordering: ClassVar = ["-month"]
        indexes: ClassVar = [
            *record_indexes("target"),
            models.Index(fields=["organization", "month"], name="target_month"),
        ]

    def __str__(self) -> str:
        return self.name


class ForecastSubmission(OrganizationOwned):
    """A figure that somebody stood for, with what the opportunities said at that moment; never changed afterwards.

    ``person`` is whose forecast it is; a forecast of a team has the ``department`` instead, none for everybody. The last
    one counts. ``figures`` are the sums by category, as texts.
    """

    kind = models.CharField(max_length=10, choices=SubmissionKind.choices)
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    period = models.CharField(max_length=10, choices=PeriodKind.choices)
    first_day = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=500, blank=True)
    figures: models.JSONField[Any, Any] = models.JSONField(default=dict)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "period", "first_day", "person", "-at"], name="forecast_submitted"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.department_id} {self.period} {self.first_day}: {self.amount}"


class ForecastSnapshot(OrganizationOwned):
    """What one person's opportunities of a month were worth by category at the end of a day.

    A row is written when it differs from the one before, so the latest on or before a day tells how things stood.
    Amounts are in the organization's currency at the rates of that day.
    """

    day = models.DateField()
    month = models.DateField()
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    pipeline = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    best_case = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    commit = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    closed = models.DecimalField(max_digits=18, decimal_places=2, default=0)

    class Meta:
        ordering: ClassVar = ["month", "person", "day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "month", "person", "day"], name="forecast_snapshot_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.month} on {self.day}"
