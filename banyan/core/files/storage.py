"""Where the contents of files lie: a folder of the installation, or any S3-compatible store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import obstore
from django.conf import settings
from obstore.store import LocalStore, MemoryStore, from_url

CHUNK_BYTES = 1024 * 1024
#: Below it lie exports of everything: they can be made anew, so backups leave them out.
EXPORTS = "exports"


@lru_cache(maxsize=1)
def store() -> Any:
    """Return the store that the configuration names; access keys of S3 come from the usual variables."""
    address: str = settings.CONFIGURATION.files_url
    if address.startswith("memory:"):
        return MemoryStore()
    if "://" in address and not address.startswith("file:"):
        return from_url(address)
    folder = Path(address.removeprefix("file://"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(str(folder), mkdir=True)


def key_of(organization_id: uuid.UUID, file_id: uuid.UUID) -> str:
    """Return the key of a file's content; one folder per organization, so that it can be backed up alone."""
    return f"{organization_id}/{file_id.hex[-2:]}/{file_id}"


def write(key: str, content: Any) -> None:
    """Store a content; ``content`` is bytes or a file open for reading."""
    obstore.put(store(), key, content)


def read(key: str) -> Iterator[bytes]:
    """Yield a content in pieces; raise ``FileNotFoundError`` when it is not there."""
    for piece in obstore.get(store(), key).stream(min_chunk_size=CHUNK_BYTES):
        yield bytes(piece)


def delete(key: str) -> None:
    """Erase a content."""
    obstore.delete(store(), key)
