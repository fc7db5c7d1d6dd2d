"""What exactly is hashed: rows as one canonical text, segments as another, under a named suite."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from banyan.core.kernel.secret_keys import secret_keys

#: Half of a hash of 256 bits: finding a second row for it is as hard as anybody needs.
LEAF_BYTES = 16
#: By the names that hashlib knows; a segment names its own, so that both may stand in one chain.
SUITES = ("sha256", "sm3")

ENTRY_COLUMNS = (
    "id", "organization_id", "at", "user_id", "person", "channel", "address", "kind", "object_name", "record_id",
    "result", "details",
)  # fmt: skip
CHANGE_COLUMNS = (
    "id", "organization_id", "batch_id", "object_name", "record_id", "action", "values", "actor_id", "channel", "at",
)  # fmt: skip


def current_suite() -> str:
    """Return the suite that new segments are sealed with."""
    return str(settings.AUDIT_SUITE)


def canonical(values: Any) -> bytes:
    """Return JSON with sorted keys and no spaces; ids and instants are texts, instants in UTC to the microsecond."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()


def leaf(suite: str, row: Sequence[Any]) -> bytes:
    """Return the short hash of a row given as the values of its columns."""
    return _digest(suite, canonical(list(row)))[:LEAF_BYTES]


def leaves_of(joined: bytes) -> list[bytes]:
    """Return the short hashes that a segment holds one after the other."""
    return [bytes(joined[place : place + LEAF_BYTES]) for place in range(0, len(joined), LEAF_BYTES)]


def segment_hash(
    suite: str,
    *,
    organization_id: uuid.UUID,
    number: int,
    bounds: tuple[uuid.UUID, uuid.UUID],
    leaves: Iterable[bytes],
    previous: str,
) -> str:
    """Return the hash of a segment, which chains it to the one before."""
    parts = [str(organization_id), number, *bounds, *(_digest(suite, bytes(part)).hex() for part in leaves), previous]
    return _digest(suite, canonical(["segment", suite, *parts])).hex()


def sign(suite: str, *parts: Any) -> str:
    """Return a signature that nobody can make who knows the database but not the installation's key."""
    return hmac.new(_keys()[0], canonical([suite, *parts]), suite).hexdigest()


def is_signed(signature: str, suite: str, *parts: Any) -> bool:
    """Say whether a signature is that of this installation, by its secret key or an earlier one."""
    content = canonical([suite, *parts])
    return any(hmac.compare_digest(signature, hmac.new(key, content, suite).hexdigest()) for key in _keys())


def key_id() -> str:
    """Return a name of the installation's key that tells nothing about it."""
    return _name(_keys()[0])


def is_own_key(name: str) -> bool:
    """Say whether a key of that name is the installation's, or was before its secret key was changed."""
    return name in map(_name, _keys())


def _name(key: bytes) -> str:
    return hmac.new(key, b"name", "sha256").hexdigest()[:16]


def _keys() -> list[bytes]:
    return [hmac.new(secret.encode(), b"banyan audit chain", "sha256").digest() for secret in secret_keys()]


def _digest(suite: str, content: bytes) -> bytes:
    if suite not in SUITES:
        raise ValueError(f"{suite} is no known suite.")
    return hashlib.new(suite, content).digest()


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)
