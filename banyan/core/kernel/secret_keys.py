"""The installation's secret keys: the one that signs, and earlier ones, whose signatures still count."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings

from banyan.core.kernel.private_files import write_private

LENGTH = 50
FILE = "secret_key"


def secret_keys() -> tuple[str, ...]:
    """Return the secret keys, the one in use first."""
    return (str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS))


def new_secret_key() -> str:
    """Return a fresh secret key."""
    return secrets.token_urlsafe(LENGTH)


def put_new_key_into(home: Path) -> int:
    """Make a new key the one in use, in the data folder's file; return how many earlier ones stand below it.

    Takes effect when the processes start again. Raises ``OSError``.
    """
    path = home / FILE
    earlier = path.read_text(encoding="utf-8").split()
    write_private(path, "\n".join([new_secret_key(), *earlier]) + "\n")
    return len(earlier)


def drop_earlier_keys_of(home: Path) -> int:
    """Leave only the key in use in the data folder's file; return how many earlier ones are gone."""
    path = home / FILE
    current, *earlier = path.read_text(encoding="utf-8").split()
    write_private(path, f"{current}\n")
    return len(earlier)
