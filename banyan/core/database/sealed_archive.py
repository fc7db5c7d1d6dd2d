"""Encrypted backups: the archive as a sealed stream, whose key the master key or a passphrase gives back.

Each backup has a key of its own. The head of the file holds it twice at most: wrapped by the master key, and
locked by the passphrase in BANYAN_BACKUP_PASSPHRASE if there is one. The master key itself is in no backup.
"""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.utils.translation import gettext_lazy as _

from banyan.core.ciphers.envelopes import context_of
from banyan.core.ciphers.master import KeyUnavailable, MasterKeys
from banyan.core.ciphers.passphrases import lock, unlock
from banyan.core.ciphers.streams import MAGIC, SealedFile, StreamHead, is_stream
from banyan.core.ciphers.suites import AES, KEY_BYTES, Unreadable
from banyan.core.kernel.configuration import Configuration
from banyan.core.kernel.errors import Refused

_CONTEXT = context_of("backup")


class BackupKeys:
    """Makes the keys of new backups and finds those of existing ones."""

    def __init__(self, configuration: Configuration, passphrase: str = "") -> None:
        self._master = MasterKeys(configuration)
        self._passphrase = passphrase or configuration.backup_passphrase
        self.is_encrypting = configuration.backups_encrypted

    def new(self) -> tuple[StreamHead, bytes]:
        """Return the head of a new backup, and its key."""
        key = os.urandom(KEY_BYTES)
        label = {"master": self._master.wrap(key)}
        if self._passphrase:
            label["passphrase"] = base64.b64encode(lock(key, self._passphrase)).decode()
        return StreamHead(AES, json.dumps(label).encode()), key

    def find(self, label: bytes) -> bytes:
        """Return the key of a backup; raise ``Refused`` when neither the master key nor the passphrase fits."""
        try:
            held: dict[str, str] = json.loads(label)
            wrapped, locked = held["master"], held.get("passphrase", "")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unreadable from None
        try:
            return self._master.unwrap(wrapped)
        except KeyUnavailable:
            try:
                if locked and self._passphrase:
                    return unlock(base64.b64decode(locked), self._passphrase)
            except Unreadable:
                pass
        raise Refused(
            "backup.key_needed",
            _(
                "This backup is encrypted, and its key is not here. Bring the master key back with “banyan keys "
                "import”, or give the passphrase of the backup with --passphrase."
            ),
        )


@contextmanager
def sealed_for_writing(file: IO[bytes], keys: BackupKeys | None) -> Iterator[IO[bytes]]:
    """Give an empty file as one whose content is encrypted on the way; as it is without keys."""
    if keys is None or not keys.is_encrypting:
        yield file
        return
    head, key = keys.new()
    with SealedFile.create(file, head, key, _CONTEXT) as sealed:
        yield sealed  # type: ignore[misc]  # it writes, seeks and tells, and more is not needed


@contextmanager
def opened_for_reading(path: Path, keys: BackupKeys | None) -> Iterator[IO[bytes]]:
    """Give the content of a backup, encrypted or not; raise ``Unreadable``, or ``Refused`` without its key."""
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
        file.seek(0)
        if not is_stream(start):
            yield file
            return
        if keys is None:
            raise Unreadable
        with io.BufferedReader(SealedFile.open(file, keys.find, _CONTEXT), 256 * 1024) as content:
            yield content
