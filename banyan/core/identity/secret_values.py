"""Secrets that have to be read again, such as the seed of a one-time password: sealed before they are stored.

An organization's secrets are sealed with its own data key, those of accounts with the installation's; both are wrapped
by the master key. Each value is bound to a purpose, so that a sealed text moved to another column or row cannot be
opened there.
"""

from __future__ import annotations

import base64
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from banyan.core.ciphers.suites import NONCE_BYTES
from banyan.core.encryption.installation import (
    needs_installation_key,
    open_installation_text,
    seal_installation_text,
)
from banyan.core.encryption.sealing import Unreadable, needs_resealing, open_text, seal_text
from banyan.core.kernel.secret_keys import secret_keys

#: What begins so was sealed before there was a master key, by a key that comes from ``SECRET_KEY``. It is still opened.
EARLIER_PREFIX = "s1:"
SECRET = "identity.secret"  # noqa: S105 the name of a purpose


class SealBroken(Exception):
    """A sealed value was changed, belongs to another purpose, or was sealed under another key."""


def seal(secret: str, *, purpose: str, organization_id: uuid.UUID | None = None) -> str:
    """Return a secret as a text that may be stored; ``purpose`` names the place it belongs to.

    Without an organization the secret belongs to the installation. Raises ``KeyUnavailable`` when the master key is
    not at hand.
    """
    if organization_id is None:
        return seal_installation_text(SECRET, secret, purpose)
    return seal_text(organization_id, SECRET, secret, purpose)


def unseal(text: str, *, purpose: str, organization_id: uuid.UUID | None = None) -> str:
    """Return the secret of a sealed text.

    Raises ``SealBroken`` when it cannot be opened for this purpose, ``KeyUnavailable`` when the master key is not at
    hand.
    """
    try:
        if text.startswith(EARLIER_PREFIX):
            return _unseal_earlier(text, purpose)
        if organization_id is None:
            return open_installation_text(SECRET, text, purpose)
        return open_text(organization_id, SECRET, text, purpose)
    except (InvalidTag, Unreadable, ValueError):
        raise SealBroken(purpose) from None


def is_outdated(text: str, *, organization_id: uuid.UUID | None = None) -> bool:
    """Say whether a sealed text was sealed under another key than the one in use."""
    if text.startswith(EARLIER_PREFIX):
        return True
    try:
        return needs_installation_key(text) if organization_id is None else needs_resealing(organization_id, text)
    except Unreadable:
        raise SealBroken from None


def reseal(text: str, *, purpose: str, organization_id: uuid.UUID | None = None) -> str:
    """Return a sealed text under the key in use; the same text when it is already."""
    if not is_outdated(text, organization_id=organization_id):
        return text
    secret = unseal(text, purpose=purpose, organization_id=organization_id)
    return seal(secret, purpose=purpose, organization_id=organization_id)


def _unseal_earlier(text: str, purpose: str) -> str:
    raw = base64.urlsafe_b64decode(text.removeprefix(EARLIER_PREFIX))
    for key in secret_keys():
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"banyan secret values")
        try:
            clear = AESGCM(derive.derive(key.encode())).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode())
        except InvalidTag:
            continue
        return clear.decode()
    raise InvalidTag
