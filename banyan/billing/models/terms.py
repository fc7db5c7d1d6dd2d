"""What was agreed about paying: terms, limits and reminders."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.billing.choices import (
    CreditMode,
    Stage,
)
from banyan.billing.models.columns import by, money
from banyan.billing.models.payments import PaymentPlan
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Customer
from banyan.orders.public import Order


class PlanTemplate(OrganizationOwned):
    """A usual way to pay: instalments as ``[{name, percent, event, days_after}]`` that make 100 %."""

    name = models.CharField(_("Payment terms"), max_length=80)
    rows: models.JSONField[Any, Any] = models.JSONField(default=list)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="plan_template_name"),
        ]

    def __str__(self) -> str:
        return self.name


class BillingSettings(OrganizationOwned):
    """What an organization decides about payment: terms, reminders, credit limits by level; one row each."""

    term_days = models.PositiveIntegerField(_("Days to pay without a plan"), default=30)
    needs_confirmation = models.BooleanField(_("Receipts are confirmed before they count"), default=False)
    credit_mode = models.CharField(
        _("Beyond the credit limit"), max_length=5, choices=CreditMode.choices, default=CreditMode.OFF
    )
    level_limits: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    reminds_owner = models.BooleanField(_("Remind the owner"), default=True)
    reminds_customer = models.BooleanField(_("Remind the customer by e-mail"), default=False)
    first_days = models.PositiveIntegerField(_("First reminder after days"), default=7)
    second_days = models.PositiveIntegerField(_("Second reminder after days"), default=15)
    third_days = models.PositiveIntegerField(_("Third reminder after days"), default=30)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization"], name="billing_settings_one")]

    def __str__(self) -> str:
        return str(self.organization_id)


class CustomerTerms(OrganizationOwned):
    """What holds for one customer: credit limit, days to pay, where reminders go."""

    customer = by(Customer, _("Customer"))
    credit_limit = money(_("Credit limit"), null=True, blank=True)
    credit_mode = models.CharField(
        _("Beyond the credit limit"), max_length=5, choices=CreditMode.choices, blank=True, default=""
    )
    term_days = models.PositiveIntegerField(_("Days to pay without a plan"), null=True, blank=True)
    email = models.EmailField(_("E-mail for reminders"), max_length=254, blank=True)
    has_no_reminders = models.BooleanField(_("No reminders"), default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "customer"], name="customer_terms_one"),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)


class CreditRelease(OrganizationOwned):
    """That somebody with the right let an order pass beyond the credit limit, and why."""

    order = by(Order, _("Order"))
    reason = models.CharField(_("Reason"), max_length=500)
    limit = money(_("Credit limit"), null=True)
    exposure = money(_("Outstanding"))
    at = models.DateTimeField(default=now)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["organization", "order"], name="credit_release_order")]

    def __str__(self) -> str:
        return self.reason


class Reminder(OrganizationOwned):
    """A reminder about an instalment, at most one of each stage: to whom it went and what it said."""

    plan = by(PaymentPlan, _("Instalment"))
    stage = models.CharField(_("Stage"), max_length=8, choices=Stage.choices)
    at = models.DateTimeField(default=now)
    told_owner = models.BooleanField(default=False)
    recipient = models.CharField(_("E-mail"), max_length=254, blank=True)
    language = models.CharField(max_length=10, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "plan", "stage"], name="reminder_once"),
        ]

    def __str__(self) -> str:
        return self.subject
