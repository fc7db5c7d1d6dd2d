"""The one error of all parsers."""

from __future__ import annotations

from typing import Any


class Unreadable(ValueError):
    """A cell that does not say what its field needs.

    ``code`` is stable for programs; ``message`` is a lazy translation that tells what to write
    instead. Whoever knows the field makes a ``FieldError`` of it.
    """

    def __init__(self, code: str, message: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def shortened(text: object, longest: int = 40) -> str:
    """Return a cell as it may be quoted in a message."""
    quoted = " ".join(str(text).split())
    return quoted if len(quoted) <= longest else f"{quoted[: longest - 1]}…"
