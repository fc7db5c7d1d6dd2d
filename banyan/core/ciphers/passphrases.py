"""Keys under a passphrase: recovery copies of the master key, and backups that can be read elsewhere."""

from __future__ import annotations

import base64
import binascii
import os
import textwrap

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.utils.translation import gettext_lazy as _

from banyan.core.ciphers.envelopes import context_of, open_envelope, seal
from banyan.core.ciphers.master import MasterKey, read_keys
from banyan.core.ciphers.suites import AES, KEY_BYTES, Unreadable
from banyan.core.kernel.errors import Refused

SALT_BYTES = 16
SHORTEST = 12
BEGIN, END = "-----BEGIN BANYAN MASTER KEY-----", "-----END BANYAN MASTER KEY-----"
LINE = 64
_CONTEXT = context_of("passphrase")
#: About 128 MB and a third of a second for each guess.
_COST = 2**17


def lock(content: bytes, passphrase: str) -> bytes:
    """Return a content as only the passphrase gives it back; refuse a short passphrase."""
    if len(passphrase) < SHORTEST:
        raise Refused("encryption.short_passphrase", _("A passphrase needs at least 12 characters."))
    salt = os.urandom(SALT_BYTES)
    return salt + seal(AES, _key(passphrase, salt), 0, content, _CONTEXT)


def unlock(locked: bytes, passphrase: str) -> bytes:
    """Return the content; raise ``Unreadable`` for another passphrase."""
    return open_envelope(_key(passphrase, locked[:SALT_BYTES]), locked[SALT_BYTES:], _CONTEXT)


def recovery_copy(keys: list[MasterKey], passphrase: str) -> str:
    """Return the master keys as a text to print and lock away."""
    locked = lock("\n".join(key.text for key in keys).encode(), passphrase)
    return "\n".join([BEGIN, *textwrap.wrap(base64.b64encode(locked).decode(), LINE), END, ""])


def read_recovery_copy(text: str, passphrase: str) -> list[MasterKey]:
    """Return the master keys of a recovery copy; raise ``Refused`` when the passphrase or the text is wrong."""
    body = text.partition(BEGIN)[2].partition(END)[0]
    try:
        locked = base64.b64decode("".join(body.split()), validate=True)
        return read_keys(unlock(locked, passphrase).decode())
    except (Unreadable, binascii.Error, ValueError):
        message = _("This is no recovery copy of a master key, or the passphrase is another one.")
        raise Refused("encryption.wrong_passphrase", message) from None


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=_COST, r=8, p=1).derive(passphrase.encode())
