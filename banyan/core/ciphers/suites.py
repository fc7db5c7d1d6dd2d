"""Cipher suites: what a value is encrypted and what a fingerprint is made with, exchangeable as a whole.

A suite is authenticated encryption plus a keyed hash. Its ``code`` is written into everything that it
sealed, so that values of several suites live side by side and each is opened by its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from banyan.core.kernel.registry import Registry

NONCE_BYTES = 12
TAG_BYTES = 16
#: Keys that lie prepared in memory.
MOST_PREPARED = 256
#: Keys are kept at this length whatever the suite; each derives from it what its cipher takes.
KEY_BYTES = 32


class Unreadable(Exception):
    """What was sealed was changed since, belongs elsewhere, or another key is needed; nothing of it is told."""


@dataclass(frozen=True)
class Suite:
    """Authenticated encryption (in Galois/counter mode) with a block cipher, and the hash that goes with it."""

    name: str
    code: int
    label: str
    cipher: Any
    key_bytes: int
    hash: Any

    def seal(self, key: bytes, nonce: bytes, content: bytes, context: bytes) -> bytes:
        """Return the encrypted content followed by its tag; ``context`` is authenticated, not stored."""
        encryptor = Cipher(self.cipher(key[: self.key_bytes]), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(context)
        return encryptor.update(content) + encryptor.finalize() + encryptor.tag

    def open(self, key: bytes, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        """Return the content; raise ``Unreadable`` unless every byte and the context are those sealed."""
        if len(sealed) < TAG_BYTES or len(nonce) != NONCE_BYTES:
            raise Unreadable
        content, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        decryptor = Cipher(self.cipher(key[: self.key_bytes]), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(context)
        try:
            return decryptor.update(content) + decryptor.finalize()
        except InvalidTag:
            raise Unreadable from None

    def fingerprint(self, key: bytes, content: bytes) -> bytes:
        """Return the keyed hash of a content."""
        keyed = HMAC(key, self.hash())
        keyed.update(content)
        return keyed.finalize()

    def derive(self, key: bytes, purpose: bytes, salt: bytes = b"") -> bytes:
        """Return a key of its own for one purpose, from which neither the key nor its other offspring can be told."""
        return HKDF(algorithm=self.hash(), length=KEY_BYTES, salt=salt or None, info=purpose).derive(key)


class AesSuite(Suite):
    """AES by the interface that the library has for it alone, which takes a third of the time for short values."""

    def seal(self, key: bytes, nonce: bytes, content: bytes, context: bytes) -> bytes:
        """Return the encrypted content followed by its tag."""
        return _aes(key).encrypt(nonce, content, context)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        """Return the content; raise ``Unreadable`` unless every byte and the context are those sealed."""
        if len(sealed) < TAG_BYTES or len(nonce) != NONCE_BYTES:
            raise Unreadable
        try:
            return _aes(key).decrypt(nonce, sealed, context)
        except InvalidTag:
            raise Unreadable from None


@lru_cache(maxsize=MOST_PREPARED)
def _aes(key: bytes) -> AESGCM:
    return AESGCM(key)


suites: Registry[Suite] = Registry("cipher suites")
AES = suites.add("aes256", AesSuite("aes256", 1, "AES-256-GCM, SHA-256", algorithms.AES, 32, hashes.SHA256))
#: The Chinese national standards GB/T 32907 and GB/T 32905.
SM4 = suites.add("sm4", Suite("sm4", 2, "SM4-GCM, SM3 (国密)", algorithms.SM4, 16, hashes.SM3))
DEFAULT = AES.name


def suite_by_code(code: int) -> Suite:
    """Return the suite that sealed something; raise ``Unreadable`` when this version does not know it."""
    for suite in suites:
        if suite.code == code:
            return suite
    raise Unreadable
