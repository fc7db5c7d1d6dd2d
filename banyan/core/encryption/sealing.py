"""Sealing values of an organization, opening them, and the fingerprints by which they are found.

Everything sealed is bound to the organization and to a place: a purpose, a field of a record. A value that is
copied to another place or organization in the database does not open there.
"""

from __future__ import annotations

import base64
import uuid
from functools import lru_cache

from banyan.core.ciphers.envelopes import (
    context_of,
    from_text,
    is_sealed,
    key_number_of,
    open_envelope,
    seal,
    to_text,
)
from banyan.core.ciphers.suites import Unreadable
from banyan.core.encryption.keyring import Key, Keyring, keyring_of

__all__ = ["Unreadable", "fingerprint", "fingerprints", "is_sealed", "needs_resealing", "open_text", "seal_text"]

#: 120 bits: a fingerprint tells whether two values are equal, and no more.
FINGERPRINT_BYTES = 15
MOST_FIELD_KEYS = 2_000


def seal_text(organization_id: uuid.UUID, purpose: str, text: str, *place: object) -> str:
    """Return a text that only this organization opens again, for the same purpose and place.

    ``purpose`` is a fixed name such as ``identity.totp_seed``; ``place`` narrows it to a row, for example
    its id. Raises ``KeyUnavailable`` when the master key is not at hand.
    """
    key = keyring_of(organization_id).data[-1]
    context = context_of(organization_id, purpose, *place)
    return to_text(seal(key.suite, key.secret, key.number, text.encode(), context))


def open_text(organization_id: uuid.UUID, purpose: str, sealed: str, *place: object) -> str:
    """Return what ``seal_text`` was given.

    Raises ``Unreadable`` when the text was changed, or sealed for another organization, purpose or place, and
    ``KeyUnavailable`` when the master key is not at hand.
    """
    envelope = from_text(sealed)
    key = _key_for(organization_id, key_number_of(envelope))
    return open_envelope(key.secret, envelope, context_of(organization_id, purpose, *place)).decode()


def needs_resealing(organization_id: uuid.UUID, sealed: str) -> bool:
    """Say whether a sealed text was sealed with another key than the one in use."""
    return key_number_of(from_text(sealed)) != keyring_of(organization_id).data[-1].number


def fingerprint(organization_id: uuid.UUID, purpose: str, text: str) -> str:
    """Return the fingerprint of a text in its normal form, by which equal ones are found: 24 letters and digits."""
    return _fingerprint(keyring_of(organization_id).index[-1], organization_id, purpose, text)


def fingerprints(organization_id: uuid.UUID, purpose: str, text: str) -> list[str]:
    """Return the fingerprints that a text may have in the database, the one in use first."""
    ring: Keyring = keyring_of(organization_id)
    return [_fingerprint(key, organization_id, purpose, text) for key in reversed(ring.index)]


def _key_for(organization_id: uuid.UUID, number: int) -> Key:
    try:
        return keyring_of(organization_id).data_key(number)
    except Unreadable:
        # Another process may have made the key within the last minute.
        return keyring_of(organization_id, fresh=True).data_key(number)


def _fingerprint(key: Key, organization_id: uuid.UUID, purpose: str, text: str) -> str:
    made = key.suite.fingerprint(_purpose_key(key, organization_id, purpose), text.encode())
    return base64.b32encode(made[:FINGERPRINT_BYTES]).decode().lower()


@lru_cache(maxsize=MOST_FIELD_KEYS)
def _purpose_key(key: Key, organization_id: uuid.UUID, purpose: str) -> bytes:
    return key.suite.derive(key.secret, context_of("fingerprint", organization_id, purpose))
