"""Text that a spreadsheet would run as a formula: made harmless in files we write, read back as it was."""

from __future__ import annotations

import re

_STARTS = "=+-@\t\r"
# Any number of apostrophes counts: what is written has one more than what is meant, whatever is meant.
_RISKY = re.compile(rf"'*[{re.escape(_STARTS)}]")
_PLAIN_NUMBER = re.compile(r"[+-]?[\d\s().,/-]*\d[\d\s().,/-]*")


def escaped(text: str) -> str:
    """Return a text as it may stand in a CSV file: with an apostrophe in front where a program would calculate.

    Numbers and phone numbers stay as they are. ``unescaped`` gives the text back.
    """
    if not _RISKY.match(text) or _PLAIN_NUMBER.fullmatch(text):
        return text
    return f"'{text}"


def unescaped(text: str) -> str:
    """Return a text without the apostrophe that ``escaped``, or a person, wrote in front of it."""
    return text[1:] if text[:1] == "'" and _RISKY.match(text) else text
