"""Rules with their versions, runs with their steps, what leaves the installation, and figures."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.automation.choices import (
    ActsAs,
    DeliveryKind,
    DeliveryState,
    Priority,
    RuleState,
    RunState,
    StepState,
)
from banyan.core.encryption.columns import SealedTextField
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned

USUAL_MOST_PER_HOUR = 20_000
DUE = models.Q(state__in=[RunState.READY, RunState.WAITING])


class AutomationRule(OrganizationOwned):
    """A rule: when, if, then.

    ``version`` is the one in force, 0 before the first; ``draft`` is what is being worked on. ``key`` names the rule
    where ids mean nothing. ``scanned_until`` and ``next_at`` belong to rules that look at the clock, ``counted_from`` to the guard against storms,
    ``secret_hash`` to
    those that are called from outside. ``signing_secret`` signs what the rule sends.
    """

    key = models.CharField(max_length=60)
    name = models.CharField(_("Name"), max_length=120)
    description = models.CharField(_("Description"), max_length=300, blank=True)
    object_name = models.CharField(max_length=40)
    trigger = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=RuleState.choices, default=RuleState.OFF)
    acts_as = models.CharField(_("Acts as"), max_length=8, choices=ActsAs.choices, default=ActsAs.SYSTEM)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    version = models.PositiveIntegerField(default=0)
    draft: models.JSONField[Any, Any] = models.JSONField(default=dict)
    recipe = models.CharField(max_length=40, blank=True)
    most_per_hour = models.PositiveIntegerField(_("At most in an hour"), default=USUAL_MOST_PER_HOUR)
    paused_because = models.TextField(blank=True)
    next_at = models.DateTimeField(null=True)
    scanned_until = models.DateTimeField(null=True)
    counted_from = models.DateTimeField(null=True)
    secret_hash = models.CharField(max_length=64, blank=True)
    signing_secret = SealedTextField(max_length=120, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "key"], name="automation_rule_key"),
            models.UniqueConstraint(fields=["organization", "name"], name="automation_rule_name"),
        ]

    def __str__(self) -> str:
        return self.name


class RuleVersion(OrganizationOwned):
    """A rule as it was put into effect: ``definition`` has ``trigger``, ``condition`` and ``steps``."""

    rule = models.ForeignKey(AutomationRule, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    definition: models.JSONField[Any, Any] = models.JSONField(default=dict)
    note = models.CharField(max_length=200, blank=True)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    saved_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "rule", "number"], name="automation_version_number"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.number}"


class Run(OrganizationOwned):
    """One event for one rule, from the moment it happened until all steps are done.

    The row is written in the transaction of the event. ``position`` is the instruction that comes next, None before
    the condition was looked at. ``cause`` says what happened and who did it, ``memory`` what later steps need to know.
    ``depth`` counts how many rules led to each other, ``root`` is the first of these runs and ``parent`` the last.
    """

    rule = models.ForeignKey(AutomationRule, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.READY)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.USUAL)
    position = models.SmallIntegerField(null=True)
    due_at = models.DateTimeField(null=True, default=now)
    cause: models.JSONField[Any, Any] = models.JSONField(default=dict)
    memory: models.JSONField[Any, Any] = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    depth = models.PositiveSmallIntegerField(default=0)
    root = models.UUIDField(null=True)
    parent = models.UUIDField(null=True)
    once_key = models.CharField(max_length=160, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "rule", "once_key"],
                name="automation_run_once",
                condition=~models.Q(once_key=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "priority", "due_at", "id"], name="automation_run_due", condition=DUE),
            models.Index(fields=["organization", "rule", "-id"], name="automation_run_rule"),
            models.Index(fields=["organization", "record_id", "-id"], name="automation_run_record"),
            models.Index(
                fields=["organization", "-id"], name="automation_run_failed", condition=models.Q(state=RunState.FAILED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.record_id}"


class RunStep(OrganizationOwned):
    """A line of a run's log: which step, what became of it, and why."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False)
    step_id = models.CharField(max_length=20)
    kind = models.CharField(max_length=30)
    state = models.CharField(max_length=8, choices=StepState.choices)
    text = models.TextField(blank=True)
    details: models.JSONField[Any, Any] = models.JSONField(default=dict)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["organization", "run", "id"], name="automation_step_run")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Delivery(OrganizationOwned):
    """Something on its way out of the installation; it may arrive twice, with the same ``key``.

    ``request`` is what is sent, ``answer`` what came back.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False)
    step_id = models.CharField(max_length=20)
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=DeliveryKind.choices)
    request: models.JSONField[Any, Any] = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=now)
    answer: models.JSONField[Any, Any] = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "run"], name="automation_delivery_run"),
            models.Index(
                fields=["organization", "due_at"],
                name="automation_delivery_due",
                condition=models.Q(state=DeliveryState.WAITING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Tally(OrganizationOwned):
    """How many runs of a rule one piece of work ended, for figures and for the guard against storms."""

    rule = models.ForeignKey(AutomationRule, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)
    begun = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "rule", "-at"],
                include=["begun", "done", "skipped", "failed"],
                name="automation_tally_rule",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.at}"
