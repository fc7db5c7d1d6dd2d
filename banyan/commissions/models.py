"""Commission plans, who has them, and statements with their lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.commissions.choices import Base, Interval, LineKind, Measured, Mode, State
from banyan.core.identity.models import Role, User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class CommissionPlan(OrganizationOwned):
    """How people are paid for what they sell.

    ``tiers`` are ``[{start, end, rate}]``, ``category_percents`` ``{category: per cent}``, ``accelerators``
    ``[{from_percent, factor}]``, amounts and rates as texts. Statements keep the terms that they were made by.
    """

    name = models.CharField(_("Name"), max_length=120)
    base = models.CharField(_("Earned"), max_length=10, choices=Base.choices, default=Base.ORDERED)
    interval = models.CharField(_("Statement for a"), max_length=10, choices=Interval.choices, default=Interval.MONTH)
    mode = models.CharField(_("How tiers count"), max_length=10, choices=Mode.choices, default=Mode.MARGINAL)
    measured = models.CharField(
        _("Limits of the tiers"), max_length=10, choices=Measured.choices, default=Measured.AMOUNT
    )
    tiers: models.JSONField[Any, Any] = models.JSONField(default=list)
    category_percents: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    accelerators: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    cap = models.DecimalField(_("At most in one statement"), max_digits=18, decimal_places=2, null=True, blank=True)
    counts_overlays = models.BooleanField(_("Credit beside the hundred per cent counts, too"), default=True)
    is_active = models.BooleanField(_("In use"), default=True)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="commission_plan_name"),
        ]

    def __str__(self) -> str:
        return self.name


class CommissionAssignment(OrganizationOwned):
    """Who has a plan, and from when until when, both days included: one person, or everybody with a role."""

    plan = models.ForeignKey(CommissionPlan, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    role = models.ForeignKey(Role, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["starts_on"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, role__isnull=True)
                | models.Q(person__isnull=True, role__isnull=False),
                name="commission_assignment_to_one",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "plan"], name="commission_assignment_plan")]

    def __str__(self) -> str:
        return f"{self.person_id or self.role_id} from {self.starts_on}"


class CommissionStatement(OrganizationOwned):
    """What one person earns by a plan in a period; once it is approved nothing in it changes any more.

    ``terms`` are those of the plan when it was calculated, ``goal`` the target of the person, if the terms need one.
    ``factor`` is what each line of a sale is worth after accelerator and cap. ``problems`` keep it from being approved.
    ``earlier_amount`` is what it came to before it was calculated the last time.
    """

    number = models.CharField(max_length=40)
    plan = models.ForeignKey(CommissionPlan, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    currency = models.CharField(max_length=3)
    base = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    earlier_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    factor = models.DecimalField(max_digits=28, decimal_places=18, default=Decimal(1))
    goal = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    terms: models.JSONField[Any, Any] = models.JSONField(default=dict)
    problems: models.JSONField[Any, Any] = models.JSONField(default=list)
    calculated_at = models.DateTimeField(default=now)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    paid_on = models.DateField(null=True)
    paid_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["-first_day", "person__name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "plan", "person", "first_day"], name="commission_statement_period"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "first_day"], name="commission_statement_day"),
            models.Index(fields=["organization", "person", "-first_day"], name="commission_statement_of"),
        ]

    def __str__(self) -> str:
        return self.number


class CommissionLine(OrganizationOwned):
    """One line of a statement: of which sale, how much credit, by which rule, and what it earns.

    ``key`` is the same for the same sale in every statement; ``slices`` are ``[{base, rate}]``; ``percent`` what its
    product category counts.
    """

    statement = models.ForeignKey(CommissionStatement, on_delete=models.CASCADE, related_name="+", db_index=False)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=LineKind.choices)
    key = models.CharField(max_length=200, blank=True)
    object_name = models.CharField(max_length=40, blank=True)
    record_id = models.UUIDField(null=True)
    title = models.CharField(max_length=300, blank=True)
    day = models.DateField(null=True)
    whole = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    share = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    base = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    category = models.CharField(max_length=100, blank=True)
    percent = models.DecimalField(max_digits=9, decimal_places=2, default=100)
    slices: models.JSONField[Any, Any] = models.JSONField(default=list)
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "statement", "position"], name="commission_line_of"),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.amount}"
