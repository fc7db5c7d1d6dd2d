"""Slowing down whoever guesses passwords: each failure makes the next attempt wait longer.

An attempt is counted before the password is looked at, so that attempts side by side gain nothing.
Addresses that belong to nobody are counted like others, so the answer tells nothing about them.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from banyan.core.identity.models import SignInAttempts
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError

ACCOUNT_FREE, ADDRESS_FREE = 5, 40
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


class TooManyAttempts(DomainError):
    """Somebody has to wait before the next attempt; ``details["seconds"]`` says how long."""

    status = 429


def wait_after(failures: int, *, free: int) -> timedelta:
    """Return how long to wait after so many failures; the first ``free`` of them cost nothing."""
    if failures < free:
        return timedelta()
    return min(timedelta(seconds=2 ** min(failures - free + 1, 30)), LONGEST_WAIT)


def begin_attempt(*, email: str, address: str) -> None:
    """Count an attempt to sign in, or raise ``TooManyAttempts``.

    Args:
        email: The address of the account, whether or not there is one.
        address: The network address the attempt comes from; empty when unknown.
    """
    with transaction.atomic():
        for key, free in sorted(_keys(email, address)):
            _count(key, free=free)


def end_attempt(*, email: str, address: str) -> None:
    """Take back what ``begin_attempt`` counted, because the password was right; drop what is long ago.

    The network address keeps its other failures: else an attacker's own account would clear them.
    """
    at = now()
    SignInAttempts.objects.filter(key=_key("address", address)).update(failures=F("failures") - 1)
    SignInAttempts.objects.filter(
        Q(key=_key("account", email)) | Q(failures__lte=0) | Q(last_failed_at__lt=at - FORGOTTEN_AFTER)
    ).delete()


def _keys(email: str, address: str) -> list[tuple[str, int]]:
    keys = [(_key("account", email), ACCOUNT_FREE)]
    return [*keys, (_key("address", address), ADDRESS_FREE)] if address else keys


def _key(subject: str, value: str) -> str:
    return hashlib.sha256(f"{subject}:{value.strip().lower()}".encode(errors="replace")).hexdigest()


def _count(key: str, *, free: int) -> None:
    at = now()
    SignInAttempts.objects.get_or_create(key=key, defaults={"last_failed_at": at})
    row = SignInAttempts.objects.select_for_update().get(key=key)
    if row.last_failed_at < at - FORGOTTEN_AFTER:
        row.failures = 0
    _refuse_early(row, at, free=free)
    row.failures += 1
    row.last_failed_at = at
    row.save(update_fields=["failures", "last_failed_at"])


def _refuse_early(row: SignInAttempts, at: datetime, *, free: int) -> None:
    remaining = row.last_failed_at + wait_after(row.failures, free=free) - at
    if remaining <= timedelta():
        return
    seconds = int(remaining.total_seconds()) + 1
    raise TooManyAttempts(
        "too_many_attempts", _("Too many attempts. Wait %(seconds)d seconds.") % {"seconds": seconds}, seconds=seconds
    )
