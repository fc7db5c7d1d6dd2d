"""Clean-up of every text that comes in from outside, before it is validated and stored."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# PostgreSQL cannot store NUL, UTF-8 has no lone surrogates, and direction overrides let one name pass for another.
_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]"
)
_OTHER_NEWLINES: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def clean_text(value: str) -> str:
    """Return the text in Unicode normal form C, trimmed, with line feeds as the only line ends.

    Control characters, lone surrogates, byte order marks and direction overrides go; emoji (with
    their joiners), four-byte Chinese characters and letters written from right to left stay.
    """
    # What is printable holds none of all these; most texts are, and in normal form.
    if value.isprintable() and unicodedata.is_normalized("NFC", value):
        return value.strip()
    text = _OTHER_NEWLINES.sub("\n", value)
    # Removal comes first: a removed character may have kept a letter and its accent apart.
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()


def clean_line(value: str) -> str:
    """Return the cleaned text on one line, with each stretch of white space as one blank."""
    return " ".join(clean_text(value).split())
