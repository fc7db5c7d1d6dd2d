"""The master key of the installation, which wraps every other key: in a file, the environment, or a KMS.

Where the key lies in a file or variable, there may be several, separated by lines or commas: the first wraps,
the others still open what was wrapped before. A KMS is asked by a command, which is called with ``wrap`` or
``unwrap`` as its last argument, given bytes and expected to answer with bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import shlex
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from banyan.core.ciphers.envelopes import context_of, from_text, open_envelope, seal, to_text
from banyan.core.ciphers.suites import AES, KEY_BYTES, Unreadable
from banyan.core.kernel.configuration import Configuration
from banyan.core.kernel.errors import DomainError
from banyan.core.kernel.private_files import write_private

FILE_NAME = "master_key"
LOCAL, KMS = "local", "kms"
KMS_TIMEOUT_SECONDS = 30
_CONTEXT = context_of("master key")


class KeyUnavailable(DomainError):
    """A key cannot be had: the master key is lost or changed, or the KMS does not answer."""

    status = 503


@dataclass(frozen=True, repr=False)
class MasterKey:
    """One master key; its ``name`` is a fingerprint that says nothing of it."""

    secret: bytes

    @property
    def name(self) -> str:
        """Return what the key is told apart by."""
        return hashlib.sha256(b"banyan master key" + self.secret).hexdigest()[:16]

    @property
    def text(self) -> str:
        """Return the key as it stands in the file or variable."""
        return base64.b64encode(self.secret).decode()


def new_master_key() -> MasterKey:
    """Return a random key."""
    return MasterKey(secrets.token_bytes(KEY_BYTES))


def read_keys(text: str) -> list[MasterKey]:
    """Return the keys that a file or variable holds; raise ``KeyUnavailable`` when one is malformed."""
    keys = []
    for part in text.replace(",", "\n").split():
        try:
            secret = base64.b64decode(part, validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_BYTES:
            raise KeyUnavailable("encryption.bad_master_key", _("A master key must be 32 bytes in Base64."))
        keys.append(MasterKey(secret))
    return keys


class MasterKeys:
    """Wraps and unwraps keys as the configuration says; keeps no key in memory itself."""

    def __init__(self, configuration: Configuration) -> None:
        self._given = configuration.master_key
        self._command = configuration.kms_command
        self.path = configuration.home / FILE_NAME

    @property
    def source(self) -> str:
        """Return where the key that wraps lies: ``file``, ``environment`` or ``kms``."""
        return KMS if self._command else "environment" if self._given else "file"

    def local_keys(self) -> list[MasterKey]:
        """Return the keys of this machine, the one that wraps first; a first start makes the file."""
        if self._given:
            return read_keys(self._given)
        if not self.path.exists():
            if self._command:
                return []
            write_keys(self.path, [new_master_key()], only_first=True)
        try:
            return read_keys(self.path.read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError):
            message = _("The master key in the data folder cannot be read.")
            raise KeyUnavailable("encryption.no_master_key", message) from None

    def wrap(self, key: bytes) -> str:
        """Return a key as only this master key gives it back."""
        if self._command:
            return f"{KMS}:{base64.b64encode(self._ask('wrap', key)).decode()}"
        master = self.local_keys()[0]
        return f"{LOCAL}:{master.name}:{to_text(seal(AES, master.secret, 0, key, _CONTEXT))}"

    def unwrap(self, wrapped: str) -> bytes:
        """Return the key; raise ``KeyUnavailable`` when its master key is not at hand."""
        how, _colon, rest = wrapped.partition(":")
        if how == KMS and self._command:
            return self._ask("unwrap", base64.b64decode(rest))
        name, _colon, sealed = rest.partition(":")
        for master in self.local_keys() if how == LOCAL else []:
            if secrets.compare_digest(master.name, name):
                try:
                    return open_envelope(master.secret, from_text(sealed), _CONTEXT)
                except Unreadable:
                    break
        message = _("The master key that protects this is not here. Bring it back from its recovery copy.")
        raise KeyUnavailable("encryption.other_master_key", message)

    def is_current(self, wrapped: str) -> bool:
        """Say whether a key is wrapped by the key that wraps today."""
        if self._command:
            return wrapped.startswith(f"{KMS}:")
        return wrapped.startswith(f"{LOCAL}:{self.local_keys()[0].name}:")

    def add_new(self) -> MasterKey:
        """Make a new key the one that wraps; the old ones stay behind it. Only a file can be changed so."""
        if self.source != "file":
            message = _("The master key lies in the environment or a KMS: put the new one there, before the old.")
            raise KeyUnavailable("encryption.master_key_elsewhere", message)
        key = new_master_key()
        write_keys(self.path, [key, *self.local_keys()])
        return key

    def adopt(self, keys: list[MasterKey]) -> int:
        """Add keys of a recovery copy behind those of the file; return how many were new."""
        own = read_keys(self.path.read_text(encoding="ascii")) if self.path.exists() else []
        missing = [key for key in keys if key not in own]
        if missing:
            write_keys(self.path, [*own, *missing])
        return len(missing)

    def note_copied(self) -> None:
        """Note that there is a recovery copy of the keys of this machine."""
        names = "".join(f"{key.name}\n" for key in self.local_keys())
        self._copied.write_text(names, encoding="ascii")

    def has_copy(self) -> bool:
        """Say whether there is a recovery copy of the key that wraps; other sources have copies of their own."""
        if self.source != "file" or not self.path.exists():
            return True
        try:
            return self.local_keys()[0].name in self._copied.read_text(encoding="ascii").split()
        except FileNotFoundError:
            return False

    @property
    def _copied(self) -> Path:
        return self.path.with_name(f"{FILE_NAME}.copied")

    def is_open_to_others(self) -> bool:
        """Say whether other accounts of the machine can read the file."""
        return self.path.exists() and bool(stat.S_IMODE(self.path.stat().st_mode) & 0o077)

    def _ask(self, verb: str, content: bytes) -> bytes:
        """Run the command of the KMS; what it writes to its error output may be told, its answer never."""
        try:
            done = subprocess.run(  # noqa: S603 the administrator's own command
                [*shlex.split(self._command), verb],
                input=content,
                capture_output=True,
                timeout=KMS_TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            done = None
        if done is None or done.returncode or not done.stdout:
            message = _("The key management service did not answer. Try again in a moment.")
            raise KeyUnavailable("encryption.kms_failed", message)
        return done.stdout


def write_keys(path: Path, keys: list[MasterKey], *, only_first: bool = False) -> None:
    """Write a file of keys; see ``write_private``."""
    write_private(path, "".join(f"{key.text}\n" for key in keys), only_first=only_first)
