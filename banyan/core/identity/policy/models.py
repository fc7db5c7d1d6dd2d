"""The rules for signing in that an organization has chosen, and the passwords that may not come again."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from banyan.core.identity.policy.rules import SignInRules
from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.models import OrganizationOwned

STANDARD = SignInRules()


def _number(name: str, least: int, most: int) -> models.PositiveIntegerField:
    limits = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveIntegerField(default=getattr(STANDARD, name), validators=limits)


class SignInPolicy(OrganizationOwned):
    """The rules of one organization; without a row the standard rules hold. ``rules.py`` says what each means."""

    min_length = _number("min_length", 8, 64)
    character_classes = _number("character_classes", 1, 4)
    history = _number("history", 0, 24)
    expiry_days = _number("expiry_days", 0, 3650)
    idle_minutes = _number("idle_minutes", 5, 14 * 24 * 60)
    absolute_hours = _number("absolute_hours", 1, 30 * 24)
    max_sessions = _number("max_sessions", 0, 100)
    lock_failures = _number("lock_failures", 0, 1000)
    lock_minutes = _number("lock_minutes", 1, 7 * 24 * 60)
    remember_device_days = _number("remember_device_days", 0, 90)
    only_single_sign_on = models.BooleanField(default=False)
    #: Who may sign in with a password all the same, for the day on which the provider is down.
    emergency_user_ids: ArrayField[Any, Any] = ArrayField(models.UUIDField(), default=list, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization"], name="sign_in_policy_unique")]

    def __str__(self) -> str:
        return f"{self.organization_id}"

    @property
    def rules(self) -> SignInRules:
        """Return the rules as values."""
        return SignInRules(**{entry.name: getattr(self, entry.name) for entry in fields(SignInRules)})


class FormerPassword(models.Model):
    """The hash of a password that an account had; it belongs to the installation as accounts do."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey("identity.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    password = models.CharField(max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["account", "-created_at"], name="former_password_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.created_at:%Y-%m-%d}"
