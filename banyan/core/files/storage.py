"""Where the contents of files lie: a folder of the installation, or any S3-compatible store.

What belongs to an organization, which its key tells, is encrypted with the organization's key, piece by piece on
the way. Contents from before that are read as they are, and encrypted by ``reseal``.
"""

from __future__ import annotations

import io
import tempfile
import uuid
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import obstore
from django.conf import settings
from obstore.store import LocalStore, MemoryStore, from_url

from banyan.core.ciphers.envelopes import context_of
from banyan.core.ciphers.streams import StreamHead, is_stream, open_stream, seal_stream
from banyan.core.encryption.keyring import keyring_of
from banyan.core.kernel.ids import parse_id

CHUNK_BYTES = 1024 * 1024
#: Parts of a content, 5 MiB each as S3 wants them, that are on their way at once: they lie in memory until stored.
PARTS_AT_ONCE = 2
#: More than the head of a sealed content takes.
START_BYTES = 256
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
    """Store a content; ``content`` is bytes, a file open for reading, or pieces of bytes."""
    organization_id = _organization_of(key)
    if organization_id is None:
        obstore.put(store(), key, content, max_concurrency=PARTS_AT_ONCE)
        return
    used = keyring_of(organization_id).data[-1]
    head = StreamHead(used.suite, str(used.number).encode())
    sealed = seal_stream(head, used.secret, _context(organization_id, key), _pieces(content))
    obstore.put(store(), key, _gathered(sealed), max_concurrency=PARTS_AT_ONCE)


def read(key: str) -> Iterator[bytes]:
    """Return a content in pieces; raise ``FileNotFoundError`` when it is not there.

    The key is looked up at once: the pieces may be taken outside of any transaction. They raise ``Unreadable``
    when the content was changed in the store.
    """
    stored = map(bytes, obstore.get(store(), key).stream(min_chunk_size=CHUNK_BYTES))
    first = next(stored, b"")
    organization_id = _organization_of(key)
    if organization_id is None or not is_stream(first):
        return chain((first,), stored)
    secret = keyring_of(organization_id).data_key(_key_number(first)).secret
    return open_stream(chain((first,), stored), lambda _label: secret, _context(organization_id, key))


def reseal(key: str) -> bool:
    """Encrypt a content with the key in use unless it is so already; say whether something was done.

    The store puts the new content in the place of the old one at once. Raises ``FileNotFoundError``.
    """
    organization_id = _organization_of(key)
    if organization_id is None:
        return False
    size = obstore.head(store(), key)["size"]
    start = bytes(obstore.get_range(store(), key, start=0, end=min(size, START_BYTES))) if size else b""
    if is_stream(start) and _key_number(start) == keyring_of(organization_id).data[-1].number:
        return False
    # Not read from and written to the store at once: it may be the same place.
    with tempfile.TemporaryFile() as copy:
        for piece in read(key):
            copy.write(piece)
        copy.seek(0)
        write(key, copy)
    return True


def _organization_of(key: str) -> uuid.UUID | None:
    """Return the organization that a key names; what is ours alone, such as the doctor's probe, names none."""
    parts = key.split("/")
    return parse_id(parts[1] if parts[0] == EXPORTS and len(parts) > 1 else parts[0])


def _context(organization_id: uuid.UUID, key: str) -> bytes:
    return context_of(organization_id, "file", key)


def _key_number(start: bytes) -> int:
    return int(StreamHead.read(io.BytesIO(start)).label)


def _pieces(content: Any) -> Iterator[bytes]:
    if isinstance(content, (bytes, bytearray)):
        return iter((bytes(content),))
    if hasattr(content, "read"):
        return iter(lambda: content.read(CHUNK_BYTES), b"")
    return iter(content)


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield larger pieces: the store takes each by itself."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


def delete(key: str) -> None:
    """Erase a content."""
    obstore.delete(store(), key)
