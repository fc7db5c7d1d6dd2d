"""Recovery codes: ten codes on paper, each of which replaces a lost second factor once.

They are stored as passwords are, so that neither a stolen dump nor a new secret of the installation says anything about
them or ends them. Codes of before, a hash keyed by the secret key of their time, work until they are used or made anew,
as long as that key is among the earlier ones.
"""

from __future__ import annotations

import secrets

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from banyan.core.identity.factors.models import RecoveryCode
from banyan.core.identity.models import Account
from banyan.core.kernel.clock import now
from banyan.core.kernel.secret_keys import secret_keys

CODES = 10
#: Without letters and digits that look alike on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 10
#: How long the keyed hash of an earlier code is.
KEYED_LENGTH = 64


@transaction.atomic
def make_recovery_codes(account: Account) -> list[str]:
    """Return fresh codes, which are shown this once; earlier ones end."""
    RecoveryCode.objects.filter(account=account).delete()
    codes = ["".join(secrets.choice(ALPHABET) for _letter in range(LENGTH)) for _code in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(account=account, code_hash=make_password(code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def use_recovery_code(account: Account, code: str) -> bool:
    """Use up a code; say whether it was one that still worked."""
    cleaned = "".join(letter for letter in code.lower() if letter in ALPHABET)
    if len(cleaned) != LENGTH:
        return False
    unused = RecoveryCode.objects.filter(account=account, used_at=None)
    fitting = next((row.pk for row in unused if _fits(account, row.code_hash, cleaned)), None)
    # Of two who use the same code at once, one is first.
    return fitting is not None and unused.filter(pk=fitting).update(used_at=now()) == 1


def codes_left(account: Account) -> int:
    """Return how many codes still work."""
    return RecoveryCode.objects.filter(account=account, used_at=None).count()


def keyed_codes_left() -> int:
    """Return how many unused codes of before there are, which end with the last secret key that they hang on."""
    return RecoveryCode.objects.filter(used_at=None).exclude(code_hash__contains="$").count()


def _fits(account: Account, stored: str, code: str) -> bool:
    if len(stored) == KEYED_LENGTH and "$" not in stored:
        salt = f"recovery code {account.pk}"
        keyed = (salted_hmac(salt, code, secret=key, algorithm="sha256").hexdigest() for key in secret_keys())
        return any(constant_time_compare(stored, each) for each in keyed)
    return check_password(code, stored)
