"""Slowing down whoever guesses passwords: each failure makes the next attempt wait longer.

An attempt is counted before the password is looked at, so that attempts side by side gain nothing.
Addresses that belong to nobody are counted like others, so the answer tells nothing about them. After as
many failures as the account's organizations allow, the account is locked for a while.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from banyan.core.identity.models import SignInAttempts
from banyan.core.identity.policy.queries import rules_for_email
from banyan.core.identity.policy.rules import SignInRules
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError

ACCOUNT_FREE, ADDRESS_FREE = 5, 40
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
#: No lock lasts longer, so rows older than this say nothing any more.
LONGEST_LOCK = timedelta(days=7)
NO_LOCK = SignInRules(lock_failures=0)


class TooManyAttempts(DomainError):
    """Somebody has to wait before the next attempt; ``details["seconds"]`` says how long."""

    status = 429


def wait_after(failures: int, *, free: int, rules: SignInRules = NO_LOCK) -> timedelta:
    """Return how long to wait after so many failures; the first ``free`` of them cost nothing, a lock the most."""
    if rules.lock_failures and failures >= rules.lock_failures:
        return timedelta(minutes=rules.lock_minutes)
    if failures < free:
        return timedelta()
    return min(timedelta(seconds=2 ** min(failures - free + 1, 30)), LONGEST_WAIT)


def begin_attempt(*, email: str, address: str) -> bool:
    """Count an attempt to sign in, or raise ``TooManyAttempts``; say whether its failure locks the account.

    Args:
        email: The address of the account, whether or not there is one.
        address: The network address the attempt comes from; empty when unknown.
    """
    # In the order of the keys, so that two attempts never wait for each other.
    counters = sorted(
        (
            (_key("account", email), ACCOUNT_FREE, email),
            *([(_key("address", address), ADDRESS_FREE, "")] if address else []),
        )
    )
    with transaction.atomic():
        counted = [_count(key, free=free, email=whose) for key, free, whose in counters]
    return any(counted)


def end_attempt(*, email: str, address: str) -> None:
    """Take back what ``begin_attempt`` counted, because the password was right; drop what is long ago.

    The network address keeps its other failures: else an attacker's own account would clear them.
    """
    SignInAttempts.objects.filter(key=_key("address", address)).update(failures=F("failures") - 1)
    SignInAttempts.objects.filter(
        Q(key=_key("account", email)) | Q(failures__lte=0) | Q(last_failed_at__lt=now() - LONGEST_LOCK)
    ).delete()


def failures_of(email: str) -> int:
    """Return how often signing in failed for an account since it last worked."""
    row = SignInAttempts.objects.filter(key=_key("account", email)).first()
    return row.failures if row else 0


def is_locked(email: str) -> bool:
    """Say whether an account is locked by failures at the moment."""
    rules = rules_for_email(email)
    row = SignInAttempts.objects.filter(key=_key("account", email)).first()
    if row is None or not rules.lock_failures or row.failures < rules.lock_failures:
        return False
    return row.last_failed_at + timedelta(minutes=rules.lock_minutes) > now()


def unlock(email: str) -> None:
    """Forget the failures of an account, so that it may try again at once."""
    SignInAttempts.objects.filter(key=_key("account", email)).delete()


def _key(subject: str, value: str) -> str:
    return hashlib.sha256(f"{subject}:{value.strip().lower()}".encode(errors="replace")).hexdigest()


def _count(key: str, *, free: int, email: str) -> bool:
    at = now()
    SignInAttempts.objects.get_or_create(key=key, defaults={"last_failed_at": at})
    row = SignInAttempts.objects.select_for_update().get(key=key)
    # The first failures depend on no rules, so none are looked up, whoever asks.
    rules = rules_for_email(email) if email and row.failures >= min(free, 2) else NO_LOCK
    wait = wait_after(row.failures, free=free, rules=rules)
    _refuse_early(row, at, wait)
    if row.last_failed_at < at - FORGOTTEN_AFTER or (
        wait and rules.lock_failures and row.failures >= rules.lock_failures
    ):
        row.failures = 0
    row.failures += 1
    row.last_failed_at = at
    row.save(update_fields=["failures", "last_failed_at"])
    return rules.lock_failures == row.failures


def _refuse_early(row: SignInAttempts, at: datetime, wait: timedelta) -> None:
    remaining = row.last_failed_at + wait - at
    if remaining <= timedelta():
        return
    seconds = int(remaining.total_seconds()) + 1
    raise TooManyAttempts(
        "too_many_attempts", _("Too many attempts. Wait %(seconds)d seconds.") % {"seconds": seconds}, seconds=seconds
    )
