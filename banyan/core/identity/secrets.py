"""Secrets that travel in links and headers: random, shown once, stored as a hash.

The organization's id is part of the text, so that the row can be looked up under row-level security.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid

from banyan.core.kernel.ids import parse_id

PREFIX = "bny"


def make_secret(organization_id: uuid.UUID) -> tuple[str, str]:
    """Return a new secret text and the hash to store."""
    secret = secrets.token_urlsafe(32)
    return f"{PREFIX}_{organization_id.hex}_{secret}", hash_secret(secret)


def read_secret(text: str) -> tuple[uuid.UUID, str] | None:
    """Return the organization and hash of a secret text, or None when it is not one."""
    parts = text.strip().split("_", 2)
    if len(parts) != 3 or parts[0] != PREFIX:
        return None
    organization_id = parse_id(parts[1])
    return (organization_id, hash_secret(parts[2])) if organization_id else None


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a secret; its 256 random bits make a slow hash needless."""
    return hashlib.sha256(secret.encode()).hexdigest()
