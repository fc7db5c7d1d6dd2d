"""What proves a person besides the password. Like accounts, it belongs to the installation: it is asked for
before the organization is known.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.kernel.ids import new_id

ACCOUNT = "identity.Account"


class TotpFactor(models.Model):
    """An authenticator app that shows a new number every half minute; it counts once it was confirmed."""

    account = models.OneToOneField(ACCOUNT, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sealed_seed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    #: The half minute whose number was used last: no number works twice.
    last_step = models.BigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["created_at"]

    def __str__(self) -> str:
        return f"{self.account_id}"


class Passkey(models.Model):
    """A key that stays in a device or a password manager; only its public half is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Name"), max_length=80)
    credential_id = models.BinaryField(unique=True, max_length=1023)
    #: Identifier, key and kind of the authenticator, as it attested them.
    credential = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at"]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """A code on paper for the day on which the phone is lost; it works once and is stored as passwords are."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="+")
    code_hash = models.CharField(max_length=160)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.account_id}"


class KnownDevice(models.Model):
    """A browser in which an account was signed in before, known by a random cookie that is stored as a hash."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="+", db_index=False)
    secret_hash = models.CharField(max_length=64)
    user_agent = models.CharField(max_length=300, blank=True)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    #: Until then it stands for the second factor.
    trusted_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-last_seen_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "secret_hash"], name="known_device_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}"
