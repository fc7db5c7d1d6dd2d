"""The codes that refusals carry, with the words that people are told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: Collected from the code by ``tools/reference.py``, which takes over this message for ``invalid``.
INVALID_MESSAGE = gettext_lazy("Some values cannot be accepted; “errors” names each field.")
CODES = Path(__file__).parent / "error_codes.json"


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code and the messages it comes with, in English; places for values stay as they are written in code.

    ``statuses`` are the HTTP statuses of whole answers with this code and ``messages`` their details;
    ``field_messages`` stand beside it where it tells what is wrong with one field.
    """

    code: str
    statuses: tuple[int, ...]
    messages: tuple[str, ...]
    in_fields: bool
    field_messages: tuple[str, ...]

    def in_words(self) -> list[str]:
        """Return the messages of whole answers in the language of the moment."""
        return [_(message) for message in self.messages]

    def of_fields_in_words(self) -> list[str]:
        """Return the messages of fields in the language of the moment."""
        return [_(message) for message in self.field_messages]


@lru_cache
def error_codes() -> tuple[ErrorCode, ...]:
    """Return every code of the product, in the order of the alphabet."""
    return tuple(
        ErrorCode(
            code=entry["code"],
            statuses=tuple(entry["statuses"]),
            messages=tuple(entry["messages"]),
            in_fields=entry["in_fields"],
            field_messages=tuple(entry["field_messages"]),
        )
        for entry in orjson.loads(CODES.read_bytes())
    )
