"""Secrets that have to be read again, such as the seed of a one-time password: sealed before they are stored.

The key comes from the installation's secret key. Each value is bound to a purpose, so that a sealed
text moved to another column or row cannot be opened there.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX = "s1:"
NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed value was changed, belongs to another purpose, or was sealed under another key."""


def seal(secret: str, *, purpose: str) -> str:
    """Return a secret as a text that may be stored; ``purpose`` names the place it belongs to."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher().encrypt(nonce, secret.encode(), purpose.encode())
    return PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(text: str, *, purpose: str) -> str:
    """Return the secret of a sealed text; raise ``SealBroken`` when it cannot be opened for this purpose."""
    try:
        raw = base64.urlsafe_b64decode(text.removeprefix(PREFIX))
        return _cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
    except (InvalidTag, ValueError):
        raise SealBroken(purpose) from None


def _cipher() -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"banyan secret values")
    return AESGCM(derive.derive(str(settings.SECRET_KEY).encode()))
