"""Envelopes: one sealed value, as bytes and as text that fits any text column.

Version 1 is: version (1 byte), suite (1), number of the key (4), nonce (12), content, tag (16). All that
precedes the content is authenticated together with the context, which says where the value belongs.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct

from banyan.core.ciphers.suites import NONCE_BYTES, TAG_BYTES, Suite, Unreadable, suite_by_code

VERSION = 1
#: What begins so is sealed; a value of the outer world that does is no problem: only the fields that
#: hold sealed values are opened, and what does not open there is damage.
PREFIX = "bx1."
_HEAD = struct.Struct(">BBI")
HEAD_BYTES = _HEAD.size
LEAST_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES


def seal(suite: Suite, key: bytes, key_number: int, content: bytes, context: bytes) -> bytes:
    """Return the envelope of a content under a numbered key."""
    head = _HEAD.pack(VERSION, suite.code, key_number)
    nonce = os.urandom(NONCE_BYTES)
    return head + nonce + suite.seal(key, nonce, content, head + context)


def key_number_of(envelope: bytes) -> int:
    """Return the number of the key that opens an envelope; raise ``Unreadable`` when it is none."""
    if len(envelope) < LEAST_BYTES or envelope[0] != VERSION:
        raise Unreadable
    return int(_HEAD.unpack_from(envelope)[2])


def open_envelope(key: bytes, envelope: bytes, context: bytes) -> bytes:
    """Return what was sealed; raise ``Unreadable`` when anything differs from then."""
    key_number_of(envelope)
    head, nonce = envelope[:HEAD_BYTES], envelope[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES]
    suite = suite_by_code(head[1])
    return suite.open(key, nonce, envelope[HEAD_BYTES + NONCE_BYTES :], head + context)


def to_text(envelope: bytes) -> str:
    """Return an envelope as text without characters that anything would have to quote."""
    return PREFIX + base64.urlsafe_b64encode(envelope).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """Return the envelope that a text holds; raise ``Unreadable`` when it holds none."""
    if not is_sealed(text):
        raise Unreadable
    body = text[len(PREFIX) :]
    try:
        envelope = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable from None
    # Base64 leaves some bits of the last letter unused; only the way we write them is accepted.
    if to_text(envelope) != text:
        raise Unreadable
    return envelope


def is_sealed(value: object) -> bool:
    """Say whether a stored value is an envelope in text form."""
    return isinstance(value, str) and value.startswith(PREFIX)


def context_of(*parts: object) -> bytes:
    """Return the bytes that say where a value belongs; no two lists of parts give the same."""
    texts = [str(part).encode() for part in parts]
    return b"".join(struct.pack(">I", len(text)) + text for text in texts)
