"""Texts with places for values: ``{name}`` and ``{customer.phone}``."""

from __future__ import annotations

import re
from collections.abc import Callable

PLACE = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?)\}")


def places_in(text: str) -> list[str]:
    """Return the paths that a text has places for, each once, in order."""
    return list(dict.fromkeys(PLACE.findall(text)))


def filled(text: str, value: Callable[[str], str]) -> str:
    """Return a text with its places filled."""
    return PLACE.sub(lambda found: value(found[1]), text)


def read_path(document: object, path: str) -> object:
    """Return what a JSON document holds at a path such as ``contact.emails.0``; None where there is nothing."""
    current = document
    for part in path.split("."):
        if isinstance(current, dict):
            current = current.get(part)
        elif isinstance(current, list) and part.isdecimal() and int(part) < len(current):
            current = current[int(part)]
        else:
            return None
    return current
