"""Browsers in which an account was signed in before, and those that stand for its second factor for a while."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from banyan.core.identity.factors.models import KnownDevice
from banyan.core.identity.models import Account
from banyan.core.identity.visitors import Visitor
from banyan.core.kernel.clock import now

#: Who stays away longer is told of a new device again.
FORGOTTEN_AFTER = timedelta(days=400)


@dataclass(frozen=True)
class Recognition:
    """A device at the moment of signing in: its secret for the cookie, and whether the account is new to it."""

    secret: str
    is_new: bool
    is_first: bool


def recognise(account: Account, secret: str, visitor: Visitor, *, trust_for: timedelta = timedelta()) -> Recognition:
    """Note that an account signs in on a device; a secret that does not look like ours gets a fresh one."""
    secret = secret if len(secret) == 43 else secrets.token_urlsafe(32)
    devices = KnownDevice.objects.filter(account=account)
    devices.filter(last_seen_at__lt=now() - FORGOTTEN_AFTER).delete()
    is_first = not devices.exists()
    device, is_new = KnownDevice.objects.update_or_create(
        account=account,
        secret_hash=_hash(secret),
        defaults={"user_agent": visitor.user_agent, "last_seen_at": now()},
    )
    if trust_for:
        device.trusted_until = now() + trust_for
        device.save(update_fields=["trusted_until"])
    return Recognition(secret, is_new, is_first)


def is_trusted(account: Account, secret: str, *, longest: timedelta) -> bool:
    """Say whether a device stands for the second factor, at most as long as the rules allow today."""
    if not secret or not longest:
        return False
    known = KnownDevice.objects.filter(account=account, secret_hash=_hash(secret), trusted_until__gt=now()).first()
    return known is not None and known.trusted_until is not None and known.trusted_until <= now() + longest


def forget_devices(account: Account) -> None:
    """Let no device stand for the second factor any more."""
    KnownDevice.objects.filter(account=account).update(trusted_until=None)


def _hash(secret: str) -> str:
    return hashlib.sha256(f"device {secret}".encode(errors="replace")).hexdigest()
