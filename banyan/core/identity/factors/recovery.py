"""Recovery codes: ten codes on paper, each of which replaces a lost second factor once."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils.crypto import salted_hmac

from banyan.core.identity.factors.models import RecoveryCode
from banyan.core.identity.models import Account
from banyan.core.kernel.clock import now

CODES = 10
#: Without letters and digits that look alike on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 10


@transaction.atomic
def make_recovery_codes(account: Account) -> list[str]:
    """Return fresh codes, which are shown this once; earlier ones end."""
    RecoveryCode.objects.filter(account=account).delete()
    codes = ["".join(secrets.choice(ALPHABET) for _letter in range(LENGTH)) for _code in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(account=account, code_hash=_hash(account, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def use_recovery_code(account: Account, code: str) -> bool:
    """Use up a code; say whether it was one that still worked."""
    cleaned = "".join(letter for letter in code.lower() if letter in ALPHABET)
    if len(cleaned) != LENGTH:
        return False
    unused = RecoveryCode.objects.filter(account=account, code_hash=_hash(account, cleaned), used_at=None)
    return unused.update(used_at=now()) == 1


def codes_left(account: Account) -> int:
    """Return how many codes still work."""
    return RecoveryCode.objects.filter(account=account, used_at=None).count()


def _hash(account: Account, code: str) -> str:
    """Return what is stored: keyed by the installation's secret, because ten letters could be tried out."""
    return salted_hmac(f"recovery code {account.pk}", code, algorithm="sha256").hexdigest()
