"""The codes that refusals carry, with the words that people are told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import orjson
from django.utils.translation import gettext as _

#: Collected from the code by ``tools/reference.py``.
CODES = Path(__file__).parent / "error_codes.json"


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code and the messages it comes with, in English.

    ``statuses`` are the HTTP statuses of whole answers with this code; none when it only ever tells what is
    wrong with one field. ``in_fields`` says whether it does that.
    """

    code: str
    statuses: tuple[int, ...]
    in_fields: bool
    messages: tuple[str, ...]

    def in_words(self) -> list[str]:
        """Return the messages in the language of the moment; places for values stay as they are written in code."""
        return [_(message) for message in self.messages]


@lru_cache
def error_codes() -> tuple[ErrorCode, ...]:
    """Return every code of the product, in the order of the alphabet."""
    return tuple(
        ErrorCode(entry["code"], tuple(entry["statuses"]), entry["in_fields"], tuple(entry["messages"]))
        for entry in orjson.loads(CODES.read_bytes())
    )
