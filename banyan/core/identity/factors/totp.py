"""Authenticator apps: a seed that phone and server share, and the number that follows from it every half minute."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.identity.factors.models import TotpFactor
from banyan.core.identity.models import Account
from banyan.core.identity.secret_values import reseal, seal, unseal
from banyan.core.kernel.clock import now

ISSUER = "Banyan CRM"
STEP_SECONDS = 30
#: Phones' clocks differ: the numbers before and after the current one are taken as well.
TOLERATED_STEPS = 1


def begin_totp(account: Account, *, anew: bool = True) -> str:
    """Return the seed that an account is to confirm: a fresh one, or the one that waits when a page is shown again.

    A seed that somebody else was shown, say with a stolen password, must not be confirmed by the owner later.
    """
    factor = TotpFactor.objects.filter(account=account).first()
    if factor is not None and factor.confirmed_at is not None:
        raise ValueError("The account has an authenticator app already.")
    if factor is not None and not anew:
        return _seed(factor)
    seed = pyotp.random_base32()
    sealed = seal(seed, purpose=seed_purpose(account.pk))
    TotpFactor.objects.update_or_create(account=account, defaults={"sealed_seed": sealed, "last_step": 0})
    return seed


def confirm_totp(account: Account, code: str) -> bool:
    """Let the authenticator app count from now on, if it shows the right number."""
    return _accept(account, code, confirmed=False)


def check_totp(account: Account, code: str) -> bool:
    """Say whether a number is the app's current one; each number works once."""
    return _accept(account, code, confirmed=True)


def has_totp(account: Account) -> bool:
    """Say whether an account has a confirmed authenticator app."""
    return TotpFactor.objects.filter(account=account, confirmed_at__isnull=False).exists()


def setup_address(account: Account, seed: str) -> str:
    """Return the ``otpauth`` address that authenticator apps read from a QR code."""
    return pyotp.TOTP(seed).provisioning_uri(name=account.email, issuer_name=ISSUER)


def qr_code(address: str) -> str:
    """Return an address as a QR code in SVG, without style so that a strict content security policy takes it."""
    import segno  # noqa: PLC0415 loads a library that most requests never need

    code = segno.make(address, error="m")
    return str(code.svg_inline(border=3, dark="#000", light="#fff", title=_("QR code"), omitsize=True, lineclass=""))


def _accept(account: Account, code: str, *, confirmed: bool) -> bool:
    with transaction.atomic():
        factor = TotpFactor.objects.select_for_update().filter(account=account).first()
        if factor is None or (factor.confirmed_at is not None) != confirmed:
            return False
        step = _matching_step(_seed(factor), code, now())
        if step is None or step <= factor.last_step:
            return False
        factor.last_step = step
        factor.confirmed_at = factor.confirmed_at or now()
        factor.sealed_seed = reseal(factor.sealed_seed, purpose=seed_purpose(account.pk))
        factor.save(update_fields=["last_step", "confirmed_at", "sealed_seed"])
    return True


def _matching_step(seed: str, code: str, at: datetime) -> int | None:
    given = "".join(code.split())
    current = int(at.timestamp()) // STEP_SECONDS
    numbers = pyotp.TOTP(seed)
    for step in range(current - TOLERATED_STEPS, current + TOLERATED_STEPS + 1):
        if hmac.compare_digest(numbers.generate_otp(step).encode(), given.encode(errors="replace")):
            return step
    return None


def _seed(factor: TotpFactor) -> str:
    return unseal(factor.sealed_seed, purpose=seed_purpose(factor.account_id))


def seed_purpose(account_id: object) -> str:
    """Return what an account's sealed seed is bound to."""
    return f"totp {account_id}"
